"""What makes one run of another, in words: "batch norm before the activation, learning rate 0.01 (A: 0.1)"."""

from collections.abc import Iterator
from functools import reduce
from typing import Any

from engine.spec import FIELDS, RunSpec
from engine.spec.fields import EntryOptions, TableChoice, Widths
from engine.spec.query import entry_of
from engine.tables.option import Option, Switch
from engine.tables.wording import Sentence
from viz.words.labels import called
from viz.words.language import listed, say
from viz.words.numbers import shown

PLACED = ("batch_norm", "layer_norm")
PLACES = {
    "none": "no {setting}",
    "before": "{setting} before the activation",
    "after": "{setting} after the activation",
}
"""Of what it is before or after: by itself "batch norm before" is whatever comes before batch norm."""
BATCHES = ("dataset", "seed", "batch_size", "label_noise", "class_share")
"""What decides which samples a step sees."""


def difference(a: RunSpec, b: RunSpec) -> str:
    """What b has that a has not, and in brackets what a has there; "" where they are the same run."""
    return listed(said for name in a.differences(b) for said in _said(name, a, b))


def batches(a: RunSpec, b: RunSpec) -> str:
    """Whether both nets see the same samples in every step, in a sentence."""
    other = [called(name) for name in BATCHES if getattr(a, name) != getattr(b, name)]
    if not other:
        return say("One seed: the same batches in every step.")
    row = reduce(lambda row, next: Sentence("{row} and the {next}", row=row, next=next), other)
    return say("Other batches: the {settings} {n:differs|differ}.", settings=row, n=len(other))


def placed(name: str, place: str) -> str:
    """A norm with its place, in the middle of a sentence: "batch norm before the activation", "no batch norm"."""
    return say(PLACES[place], setting=called(name))


def _said(name: str, a: RunSpec, b: RunSpec) -> Iterator[str]:
    option, here, there = FIELDS[name], getattr(a, name), getattr(b, name)
    setting = called(name)
    if isinstance(option, EntryOptions):
        yield from _options(option, a, b)
    elif name in PLACED:
        yield placed(name, there)
    elif isinstance(option, Widths):
        yield _shape(here, there)
    elif isinstance(option, TableChoice):
        words = "{entry} weights (A: {was})" if name == "initializer" else "{entry} (A: {was})"
        yield say(words, entry=say(option.table[there].label), was=say(option.table[here].label))
    elif isinstance(option, Switch):
        yield say(setting) if there else say("no {setting}", setting=setting)
    else:
        yield _changed(setting, option, here, there)


def _options(option: EntryOptions, a: RunSpec, b: RunSpec) -> Iterator[str]:
    """Each option that has another value; where the entry is another one all that are not as usual."""
    entry = entry_of(FIELDS, option, getattr(b, option.of))
    is_same = getattr(a, option.of) == getattr(b, option.of)
    here = entry.complete(getattr(a, option.name) if is_same else {})
    there = entry.complete(getattr(b, option.name))
    for one in entry.options:
        was, new = here[one.name], there[one.name]
        if was != new and is_same:
            yield _changed(called(one.name), one, was, new)
        elif was != new:
            yield say("{setting} {value}", setting=called(one.name), value=_written(one, new))


def _changed(setting: Sentence, option: Option, was: Any, new: Any) -> str:
    values = {"value": _written(option, new), "was": _written(option, was)}
    return say("{setting} {value} (A: {was})", setting=setting, **values)


def _shape(a: tuple[int, ...], b: tuple[int, ...]) -> str:
    """Layers or width where only one of them differs, else all widths."""
    if len(set(a)) == len(set(b)) == 1 and a[0] == b[0]:
        return say("{n} {n:layer|layers} (A: {was})", n=len(b), was=len(a))
    if len(set(a)) == len(set(b)) == 1 and len(a) == len(b):
        return say("width {width} (A: {was})", width=b[0], was=a[0])
    option: Option = FIELDS["hidden"]  # type: ignore[assignment]
    return say("widths {widths} (A: {was})", widths=_written(option, b), was=_written(option, a))


def _written(option: Option, value: Any) -> str:
    return say(shown(option.write(value)) or "none")
