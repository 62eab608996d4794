"""How a net's signal is measured: how many nets, on how many samples. A link keeps both."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from engine.tables.errors import SpecError
from engine.tables.option import Whole
from viz.widgets.drawn import draw
from viz.widgets.memory import Memory
from viz.widgets.typed import beside, stepped
from viz.words.language import paragraph, say
from viz.words.numbers import read

OPTIONS = {
    "seeds": Whole("seeds", 8, 1, 16, words="Nets drawn; the band spans all of them."),
    "samples": Whole("samples", 32, 2, 1024, words="Inputs x ~ N(0, 1) sent through each net."),
}
"""key of the address -> what it may hold."""
LABELS = {"seeds": "Seeds", "samples": "Samples"}
STRIDES = {"seeds": 1, "samples": 16}


@dataclass(frozen=True)
class Sampling:
    """How many nets, on how many samples."""

    seeds: int = OPTIONS["seeds"].default
    samples: int = OPTIONS["samples"].default

    def write(self) -> dict[str, str]:
        """What of it is unusual, as keys of the address."""
        usual = Sampling()
        return {
            name: str(getattr(self, name)) for name in OPTIONS if getattr(self, name) != getattr(usual, name)
        }


def _read(query: Mapping[str, str]) -> tuple[Sampling, list[str]]:
    """What the address says, and the keys of it that mean nothing."""
    given, slips = {}, []
    for name, text in query.items():
        try:
            given[name] = read(OPTIONS[name], text)
        except SpecError:
            slips.append(name)
    return Sampling(**given), slips


memory = Memory("signal", _read, Sampling.write)


def open_page() -> None:
    """Find the settings, in the address or as they were left; the fields show what the address got wrong."""
    asked = {name: st.query_params[name] for name in OPTIONS if name in st.query_params}
    if memory.open(owns=OPTIONS.__contains__):
        for name in memory.kept.notices:
            try:
                read(OPTIONS[name], asked[name])
            except SpecError as error:
                memory.refuse(f"signal_{name}", asked[name], error)


def setting(name: str) -> int:
    """A field that shows and keeps a setting, with the reason where that is refused."""
    option, value = OPTIONS[name], getattr(memory.value, name)
    draw(
        memory, stepped, f"signal_{name}", str(value), lambda text: {name: read(option, text)},
        label=say(LABELS[name]), ends=beside(option, value, STRIDES[name]),
        help=paragraph(say(option.words), say("Allowed: {span}.", span=option.span)),
    )  # fmt: skip
    return value
