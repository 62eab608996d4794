"""What can be varied: the fields of a run, the options of what it has chosen, and the shape of its net."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from engine.spec import FIELDS, RunSpec
from engine.spec.fields import EntryOptions, TableChoice, Widths
from engine.spec.query import entry_of
from engine.tables.errors import SpecError
from engine.tables.option import Choice, Option, Pair, Switch, Whole
from engine.tables.wording import Sentence, nearest
from viz.run.fitting import resized
from viz.server.bounds import MOST_LAYERS, MOST_WIDTH
from viz.words.difference import PLACED, placed
from viz.words.labels import LABELS, called
from viz.words.language import say
from viz.words.numbers import read, shown
from viz.words.spec import entry_label

FIXED = ("dataset", "seed", "device")
"""Other data are another question, other seeds are in every comparison, and the device is this machine's."""
SUGGESTED = {
    "activation": "sigmoid~tanh~relu~elu",
    "initializer": "glorot_normal~he_normal~lecun_normal~orthogonal",
    "optimizer": "sgd~momentum~rmsprop~adam",
    "lr": "0.001~0.01~0.1~1.0",
    "layers": "2~5~10~20",
    "width": "20~50~100~200",
    "batch_size": "16~64~256",
    "dropout": "0.0~0.2~0.5",
    "clip_threshold": "0.1~1.0~10.0",
    "initializer.gain": "0.5~1.0~2.0",
    "initializer.scale": "0.5~1.0~2.0",
}


@dataclass(frozen=True)
class Axis:
    """A setting that can be varied: `fields(spec, value)` are the fields of the spec that have this value there."""

    name: str
    label: Sentence
    option: Option
    fields: Callable[[RunSpec, Any], Mapping[str, Any]]

    def texts(self) -> dict[str, str] | None:
        """Where it is one of a few: how each is written in a link -> what a person reads; None for a number."""
        match self.option:
            case TableChoice(table=table):
                return {name: say(table[name].label) for name in table}
            case Choice(choices=choices):
                return {name: say(entry_label(self.name, name)) for name in choices}
            case Switch():
                return {"false": say("off"), "true": say("on")}
        return None

    def value(self, text: str) -> Any:
        """What a text, typed or in a link, means; SpecError where it means nothing."""
        return read(self.option, text.strip())

    def shown(self, text: str) -> str:
        """The text of a value as people write it."""
        return (self.texts() or {}).get(text) or shown(text)

    def said(self, text: str) -> str:
        """A value where nothing else says what it is of: "ELU", "batch norm before the activation"."""
        if isinstance(self.option, TableChoice):
            return self.shown(text)
        if self.name in PLACED:
            return placed(self.name, text)
        name = self.label.values.get("text", self.label)
        words = "{name:lower}: {value}" if self.texts() else "{name:lower} {value}"
        return say(words, name=name, value=self.shown(text))

    def suggested(self, spec: RunSpec) -> tuple[str, ...]:
        """Texts of values that are worth a look."""
        if self.name in SUGGESTED:
            return tuple(SUGGESTED[self.name].split("~"))
        return tuple(self.texts() or (self.option.write(self.option.default),))


class Entries(Axis):
    """A table's entries, each with options where they are given: "leaky_relu(negative_slope:0.2)"."""

    def value(self, text: str) -> Any:
        name, opened, rest = text.strip().partition("(")
        found = super().value(name)
        if not opened:
            return found
        options = OPTIONS_OF[self.name]
        entry = entry_of(FIELDS, options, found)
        return found, options.check(entry, options.read_all(entry, rest.removesuffix(")").split(",")))

    def shown(self, text: str) -> str:
        name, _, rest = text.partition("(")
        options = (part.partition(":")[2] or part for part in rest.removesuffix(")").split(","))

        def beside(row: str, value: str) -> str:
            return say("{name} {value}", name=row, value=value)

        return reduce(beside, filter(None, map(shown, options)), super().shown(name))


def _entry(name: str) -> Callable[[RunSpec, Any], Mapping[str, Any]]:
    def fields(spec: RunSpec, value: Any) -> Mapping[str, Any]:
        return (
            dict(zip((name, OPTIONS_OF[name].name), value, strict=True))
            if isinstance(value, tuple)
            else {name: value}
        )

    return fields


OPTIONS_OF = {option.of: option for option in FIELDS.values() if isinstance(option, EntryOptions)}
"""The field of the options, by that of the entry."""


def axes(spec: RunSpec) -> dict[str, Axis]:
    """All that can be varied of this run, by the names that a link has for them."""
    found: dict[str, Axis] = {}
    for name, option in FIELDS.items():
        if name in FIXED:
            continue
        if isinstance(option, EntryOptions):
            found |= _options(spec, name, option)
        elif isinstance(option, Widths):
            found |= SHAPE
        else:
            found[name] = _field(name, option)
    return found | {"norm": NORM}


def axis(spec: RunSpec, name: str) -> Axis:
    """The axis of that name; SpecError where this run has none."""
    known = axes(spec)
    if name not in known:
        hint = nearest(name, known)
        raise SpecError(
            "{name!r} is nothing that can be varied here."
            if hint
            else "{name!r} is nothing that can be varied here; choose from: {allowed}.",
            name=name,
            hint=hint,
            field="vary",
            allowed=tuple(one.label for one in known.values()),
        )
    return known[name]


def _field(name: str, option: Option) -> Axis:
    if isinstance(option, TableChoice):
        return Entries(name, Sentence(LABELS[name]), option, _entry(name))

    def fields(spec: RunSpec, value: Any) -> Mapping[str, Any]:
        return {name: value}

    return Axis(name, Sentence(LABELS[name]), option, fields)


def _options(spec: RunSpec, field: str, options: EntryOptions) -> dict[str, Axis]:
    entry = entry_of(FIELDS, options, getattr(spec, options.of))
    return {
        f"{options.of}.{one.name}": Axis(
            f"{options.of}.{one.name}",
            Sentence("{name}: {text}", name=Sentence(LABELS[options.of]), text=called(one.name)),
            one,
            _setting(field, one.name),
        )
        for one in entry.options
        if not isinstance(one, Pair)
    }


def _setting(field: str, name: str) -> Callable[[RunSpec, Any], Mapping[str, Any]]:
    return lambda spec, value: {field: dict(getattr(spec, field)) | {name: value}}


SHAPE = {
    "layers": Axis(
        "layers",
        Sentence(LABELS["layers"]),
        Whole("layers", 10, 0, MOST_LAYERS),
        lambda spec, value: {"hidden": resized(spec.hidden, value)},
    ),
    "width": Axis(
        "width",
        Sentence(LABELS["width"]),
        Whole("width", 100, 1, MOST_WIDTH),
        lambda spec, value: {"hidden": (value,) * len(spec.hidden)},
    ),
}
"""The two that make a net's shape."""
NORM = Axis(
    "norm",
    Sentence("Norm"),
    Choice(
        "norm", "none", choices=("none", "batch", "layer"),
        words=Sentence("Batch norm or layer norm before each activation, or neither."),
    ),
    lambda spec, value: {
        "batch_norm": "before" if value == "batch" else "none",
        "layer_norm": "before" if value == "layer" else "none",
    },
)  # fmt: skip
"""Two fields of which a net has one."""
