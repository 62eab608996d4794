"""Which of the sidebar's fields count: not every part of a section trains the net of the sidebar."""

from collections.abc import Mapping
from types import ModuleType

import streamlit as st

from engine.tables.wording import Sentence
from viz.run import controls, session
from viz.techniques import net
from viz.techniques.address import PART
from viz.words.language import say

NOTHING = "Nets of its own: no setting of the run counts here."
SOME = "Only these settings of the run count here."
EXAMPLE = Sentence(
    "The example: no setting of the run counts here, until you choose *The net of the sidebar*."
)
EXAMPLES = ("clipping", "batches")  # the sections that have one
START = ("network", "activation", "initializer")

COUNTING: dict[tuple[str, str | None], tuple[str, ...]] = {
    ("activations", "cost"): (),
    ("activations", "leaky_relu"): (),
    ("activations", "elu"): (),
    ("activations", "maxout"): (),
    ("batch_norm", "init"): START,
    ("chapter", None): ("repeatability",),
}
"""(section, part) -> the groups of controls that it looks at; one that is not here looks at all of them."""


def part_on_screen(section: ModuleType) -> str | None:
    """The part that a section shows, None where it has none."""
    parts: list[str | None] = list(getattr(section, "PARTS", ())) or [None]
    asked = st.query_params.get(PART)
    return asked if asked in parts else parts[0]


def sidebar(name: str, sections: Mapping[str, ModuleType], everything: tuple) -> None:
    """The controls that count in the section of that name, and a word where those are not all."""
    if name in EXAMPLES and net.is_example(name, session.spec()):
        st.caption(say(EXAMPLE))
        return
    groups = COUNTING.get((name, part_on_screen(sections[name])))
    if groups is None:
        controls.everything(*everything)
        return
    st.caption(say(SOME if groups else NOTHING))
    controls.some(groups)
