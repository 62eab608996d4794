"""The nets that the Recurrent page compares, as a value: checked at birth, and it fits in a link.

Cell, activation, radius and forget bias may hold several values: every combination is one net, one curve.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import product
from typing import Any, Self

import numpy as np

from engine.spec.unrolled import SETTINGS, multiplications, numbers_kept
from engine.tables.option import Option, SpecError
from engine.tables.wording import nearest, shown
from viz.words.numbers import read

MOST_NETS = 6
MOST_WORK = 3e9  # multiplications for all nets together: a few seconds, in which no other visitor is served
MOST_KEPT = 2e7  # numbers that one net keeps for its way back
RADII = 17  # tried from a tenth to three, or as far as the radii asked for reach

OPTIONS = SETTINGS | {
    "clip_threshold": Option(
        "clip_threshold", 1000.0, 0.0, 1e300, open_low=True, log=True,
        words="Clipping by norm: dS/dW is shortened to this length where it is longer.",
    ),
}  # fmt: skip
PLURAL = ("cell", "activation", "radius", "forget_bias")
NAMES = {"rnn": "RNN", "lstm": "LSTM", "gru": "GRU", "relu": "ReLU"}


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is on the page. The bare one speaks at once: the same linear net with a radius below, at and above 1."""

    cell: tuple[str, ...] = ("rnn",)
    activation: tuple[str, ...] = ("identity",)
    matrix: str = "orthogonal"
    radius: tuple[float, ...] = (0.9, 1.0, 1.1)
    forget_bias: tuple[float, ...] = (0.0,)
    steps: int = 100
    width: int = 64
    noise: float = 0.5
    inputs: int = 8
    start: float = 0.0
    batch_size: int = 16
    clip_threshold: float = 1000.0
    seed: int = 0
    dtype: str = "float64"

    def __post_init__(self) -> None:
        for name, option in OPTIONS.items():
            value = getattr(self, name)
            checked = _several(option, value) if name in PLURAL else option.check(value)
            object.__setattr__(self, name, checked)
        self._bounded()

    @property
    def nets(self) -> list[dict[str, Any]]:
        """The arguments of `engine.recurrent.unrolling.unroll`, net by net; what a net does not use stays default."""
        shared = {f.name: getattr(self, f.name) for f in fields(self)}
        del shared["clip_threshold"]
        nets: list[dict[str, Any]] = []
        for values in product(*(getattr(self, name) for name in PLURAL)):
            net = shared | dict(zip(PLURAL, values, strict=True))
            net["activation" if net["cell"] != "rnn" else "forget_bias"] = None
            if self.matrix == "default":
                net["radius"] = net["noise"] = None
            net = {name: SETTINGS[name].default if value is None else value for name, value in net.items()}
            if net not in nets:
                nets.append(net)
        return nets

    @property
    def labels(self) -> list[str]:
        """What tells each net from the others: "radius 0.9", "RNN tanh", "LSTM, bias 3"."""
        nets = self.nets
        several = {name for name in ("radius", "forget_bias") if len({net[name] for net in nets}) > 1}
        return _shorter([label(net, several, len({kind(net) for net in nets}) > 1) for net in nets])

    @property
    def kinds(self) -> dict[str, dict[str, Any]]:
        """What is tried over a range of radii, by its name: the nets without their radius; tanh beside identity."""
        if self.matrix == "default":
            return {}
        nets = self.nets
        plain = [net for net in nets if net["cell"] == "rnn"][:1]
        nets = [net | {"activation": name} for net in plain for name in ("identity", "tanh")] + nets
        biases = {"forget_bias"} if len(self.forget_bias) > 1 else set()
        return dict(zip(_shorter([label(net, biases, True) for net in nets]), nets, strict=True))

    @property
    def radii(self) -> list[float]:
        """Radii to try: evenly spread in their logarithm, over all that are asked for."""
        asked = [radius for radius in self.radius if radius > 0]
        return np.geomspace(min(0.1, *asked, 0.1), max(3.0, *asked, 3.0), RADII).tolist()

    def write(self) -> dict[str, str]:
        """The query of this case's link: what differs from the bare one."""
        plain, query = Case(), {}
        for name, option in OPTIONS.items():
            value = getattr(self, name)
            if value != getattr(plain, name):
                query[name] = "~".join(map(option.write, value)) if name in PLURAL else option.write(value)
        return query

    @classmethod
    def read(cls, query: Mapping[str, str]) -> tuple[Self, list[str]]:
        """The case of a link, and a notice for each key that meant nothing and fell back to its default."""
        found, notices = {}, []
        for name, text in query.items():
            if name not in OPTIONS:
                notices.append(f"The link has no use for {shown(name)}.{nearest(name, OPTIONS)}")
                continue
            try:
                found[name] = parsed(name, text)
            except SpecError as error:
                notices.append(f"{name}: {error.brief} The link's value was left out.")
        try:
            return cls(**found), notices
        except SpecError as error:
            return cls(), [*notices, f"{error} The page opens on its usual nets instead."]

    def _bounded(self) -> None:
        nets = self.nets
        if len(nets) > MOST_NETS:
            raise SpecError(
                f"These settings make {len(nets)} nets, one for each combination; a picture holds {MOST_NETS}. "
                "Give fewer cells, activations, radii or biases."
            )
        work = sum(multiplications(**net) for net in nets)
        kept = max(numbers_kept(**net) for net in nets)
        share = min(MOST_WORK / work, MOST_KEPT / kept)
        if share >= 1:
            return
        if share < MOST_KEPT / kept:
            said = f"Unrolling takes {work / 1e9:,.1f} billion multiplications; {MOST_WORK / 1e9:.0f} billion"
        else:
            said = f"The way back needs {kept / 1e6:,.0f} million numbers kept; {MOST_KEPT / 1e6:.0f} million"
        raise SpecError(f"{said} are allowed here. {self._smaller(share)}")

    def _smaller(self, share: float) -> str:
        """What would fit: fewer steps, or fewer sequences where not even one step does."""
        if steps := int(self.steps * share):
            return f"With this width and as many sequences, {steps} time steps fit."
        return "Give a smaller width or fewer sequences."


def parsed(name: str, text: str) -> Any:
    """What a text, typed or in a link, means for a setting; SpecError where it means nothing."""
    option = OPTIONS[name]
    if name not in PLURAL:
        return read(option, text)
    parts = [part.strip() for part in text.replace(",", "~").split("~") if part.strip()]
    return _several(option, [read(option, part) for part in parts])


def kind(net: Mapping[str, Any]) -> str:
    """The cell, and the activation of one that has a choice."""
    activation = net["activation"]
    return f"RNN {NAMES.get(activation, activation)}" if net["cell"] == "rnn" else NAMES[net["cell"]]


def label(net: Mapping[str, Any], several: set[str], with_kind: bool) -> str:
    """The net's name among others that differ in `several`, or in their kind."""
    parts = [kind(net)] if with_kind else []
    if "radius" in several:
        parts.append(f"radius {net['radius']:g}")
    if "forget_bias" in several and net["cell"] != "rnn":
        parts.append(f"bias {net['forget_bias']:g}".replace("-", "−"))
    return ", ".join(parts) or kind(net)


def _shorter(names: list[str]) -> list[str]:
    """Without "RNN", where all of several are plain RNNs."""
    plain = len(names) > 1 and all(name.startswith("RNN ") for name in names)
    return [name.removeprefix("RNN ") if plain else name for name in names]


def _several(option: Option, values: Any) -> tuple[Any, ...]:
    """One to MOST_NETS different values, each checked; words in the order of their menu."""
    if isinstance(values, str) or not isinstance(values, Sequence):
        values = (values,)
    checked = tuple(dict.fromkeys(option.check(value) for value in values))
    if not checked:
        raise SpecError(
            f"{option.name}: give at least one; each is {option.allowed.removeprefix('one of ')}.",
            field=option.name,
        )
    if len(checked) > MOST_NETS:
        raise SpecError(
            f"{option.name}: {len(checked)} values are more than the {MOST_NETS} curves a picture holds.",
            field=option.name,
        )
    return tuple(sorted(checked, key=option.choices.index)) if option.choices else checked
