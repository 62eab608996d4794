"""The nets that the Recurrent page compares, as a value: checked at birth, and it fits in a link.

Cell, activation, radius and forget bias may hold several values: every combination is one net, one curve.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import combinations, product
from typing import Any, Self

import numpy as np

from engine.spec.unrolled import SETTINGS, multiplications, numbers_kept
from engine.tables.errors import SpecError
from engine.tables.option import Choice, Number, Option
from engine.tables.wording import Name, Sentence
from viz.words.language import say
from viz.words.numbers import is_taken, read
from viz.words.text import left_out, unused

MOST_NETS = 6
MOST_WORK = 3e9  # multiplications for all nets together: a few seconds, in which no other visitor is served
MOST_KEPT = 2e7  # numbers that one net keeps for its way back
RADII = 17  # tried from a tenth to three, or as far as the radii asked for reach

OPTIONS = SETTINGS | {
    "clip_threshold": Number(
        "clip_threshold", 1000.0, 0.0, 1e300, open_low=True, log=True,
        words="Clipping by norm: dL/dW is shortened to this length where it is longer.",
    ),
}  # fmt: skip
PLURAL = ("cell", "activation", "radius", "forget_bias")
DEAR = (*PLURAL, "matrix", "steps", "width", "inputs", "batch_size")
"""Settings that make more nets, or larger ones."""
NAMES = {"rnn": "RNN", "lstm": "LSTM", "gru": "GRU", "relu": "ReLU", "identity": "linear"}


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
    def read(cls, query: Mapping[str, str]) -> tuple[Self, list[Sentence]]:
        """The case of a link, and a notice for each key that meant nothing and fell back to its default."""
        found, notices = {}, []
        for name, text in query.items():
            if name not in OPTIONS:
                notices.append(unused(name, OPTIONS))
                continue
            try:
                found[name] = parsed(name, text)
            except SpecError as error:
                notices.append(left_out(name, error))
        try:
            return cls(**found), notices
        except SpecError as error:
            said, refused = error.sentence, cls._too_much(found)
        names = tuple(map(Name, refused))
        left = Sentence("{said} Left out of the link: {names:and}.", said=said, names=names)
        return cls(**{name: value for name, value in found.items() if name not in refused}), [*notices, left]

    @classmethod
    def _too_much(cls, found: Mapping[str, Any]) -> tuple[str, ...]:
        """As few of these settings as there may be, without which the others fit; of the later ones rather."""
        dear = [name for name in reversed([*found]) if name in DEAR]
        several = (names for count in range(1, len(dear)) for names in combinations(dear, count))
        rests = ((names, {name: found[name] for name in found if name not in names}) for names in several)
        fits = (names for names, rest in rests if is_taken(lambda rest: cls(**rest), rest))
        return next(fits, tuple(dear))

    def _bounded(self) -> None:
        nets = self.nets
        if len(nets) > MOST_NETS:
            raise SpecError(
                "These settings make {nets} nets, one for each combination; a picture holds {most}. "
                "Give fewer cells, activations, radii or biases.",
                nets=len(nets),
                most=MOST_NETS,
            )
        work = sum(multiplications(**net) for net in nets)
        kept = max(numbers_kept(**net) for net in nets)
        share = min(MOST_WORK / work, MOST_KEPT / kept)
        if share >= 1:
            return
        if share < MOST_KEPT / kept:
            said = "Unrolling takes {work:,.1f} billion multiplications; {most:.0f} billion are allowed here."
            raise SpecError(said, hint=self._smaller(share), work=work / 1e9, most=MOST_WORK / 1e9)
        said = "The way back needs {kept:,.0f} million numbers kept; {most:.0f} million are allowed here."
        raise SpecError(said, hint=self._smaller(share), kept=kept / 1e6, most=MOST_KEPT / 1e6)

    def _smaller(self, share: float) -> Sentence:
        """What would fit: fewer steps, or fewer sequences where not even one step does."""
        if steps := int(self.steps * share):
            return Sentence("With this width and as many sequences, {steps} time steps fit.", steps=steps)
        return Sentence("Give a smaller width or fewer sequences.")


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
    if net["cell"] != "rnn":
        return NAMES[net["cell"]]
    return say("RNN {activation}", activation=say(NAMES.get(activation, activation)))


def label(net: Mapping[str, Any], several: set[str], with_kind: bool) -> str:
    """The net's name among others that differ in `several`, or in their kind."""
    parts = [kind(net)] if with_kind else []
    if "radius" in several:
        parts.append(say("radius {radius}", radius=f"{net['radius']:g}"))
    if "forget_bias" in several and net["cell"] != "rnn":
        parts.append(say("bias {bias}", bias=f"{net['forget_bias']:g}".replace("-", "−")))
    return say("{rows}", rows=parts) if parts else kind(net)


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
            "{place}: give at least one; each is {each}.",
            field=option.name,
            value=values,
            allowed=option.allowed,
            each=option.choices if isinstance(option, Choice) else option.allowed,
        )
    if len(checked) > MOST_NETS:
        raise SpecError(
            "{place}: {count} values are more than the {most} curves a picture holds.",
            field=option.name,
            value=values,
            count=len(checked),
            most=MOST_NETS,
        )
    return tuple(sorted(checked, key=option.choices.index)) if isinstance(option, Choice) else checked
