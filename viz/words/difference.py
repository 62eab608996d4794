"""What makes one run of another, in words: "batch norm before the activation, learning rate 0.01 (A: 0.1)"."""

from collections.abc import Iterator
from typing import Any

from engine.spec import FIELDS, RunSpec
from engine.spec.fields import EntryOptions, TableChoice, Widths
from engine.spec.query import entry_of
from engine.tables.option import Option, Switch
from viz.words.labels import LABELS
from viz.words.numbers import shown

PLACED = ("batch_norm", "layer_norm")
BATCHES = ("dataset", "seed", "batch_size", "label_noise", "class_share")
"""What decides which samples a step sees."""


def difference(a: RunSpec, b: RunSpec) -> str:
    """What b has that a has not, and in brackets what a has there; "" where they are the same run."""
    return ", ".join(said for name in a.differences(b) for said in _said(name, a, b))


def batches(a: RunSpec, b: RunSpec) -> str:
    """Whether both nets see the same samples in every step, in a sentence."""
    other = [LABELS[name].lower() for name in BATCHES if getattr(a, name) != getattr(b, name)]
    if other:
        return f"Other batches: the {' and the '.join(other)} {'differs' if len(other) == 1 else 'differ'}."
    return "One seed: the same batches in every step."


def _said(name: str, a: RunSpec, b: RunSpec) -> Iterator[str]:
    option, here, there = FIELDS[name], getattr(a, name), getattr(b, name)
    label = LABELS.get(name, name.replace("_", " ")).lower().replace("bn ", "BN ")
    if isinstance(option, EntryOptions):
        yield from _options(option, a, b)
    elif name in PLACED:
        yield f"no {label}" if there == "none" else f"{label} {there} the activation"
    elif isinstance(option, Widths):
        yield _shape(here, there)
    elif isinstance(option, TableChoice):
        named = {"initializer": f"{option.table[there].label} weights"}.get(name, option.table[there].label)
        yield f"{named} (A: {option.table[here].label})"
    elif isinstance(option, Switch):
        yield label if there else f"no {label}"
    else:
        yield f"{label} {_written(option, there)} (A: {_written(option, here)})"


def _options(option: EntryOptions, a: RunSpec, b: RunSpec) -> Iterator[str]:
    """Each option that has another value; where the entry is another one all that are not as usual."""
    entry = entry_of(FIELDS, option, getattr(b, option.of))
    is_same = getattr(a, option.of) == getattr(b, option.of)
    here = entry.complete(getattr(a, option.name) if is_same else {})
    there = entry.complete(getattr(b, option.name))
    for one in entry.options:
        if there[one.name] != here[one.name]:
            was = f" (A: {_written(one, here[one.name])})" if is_same else ""
            yield f"{one.name.replace('_', ' ')} {_written(one, there[one.name])}{was}"


def _shape(a: tuple[int, ...], b: tuple[int, ...]) -> str:
    """Layers or width where only one of them differs, else all widths."""
    if len(set(a)) == len(set(b)) == 1 and a[0] == b[0]:
        return f"{len(b)} layer{'s' * (len(b) != 1)} (A: {len(a)})"
    if len(set(a)) == len(set(b)) == 1 and len(a) == len(b):
        return f"width {b[0]} (A: {a[0]})"
    option: Option = FIELDS["hidden"]  # type: ignore[assignment]
    return f"widths {_written(option, b)} (A: {_written(option, a)})"


def _written(option: Option, value: Any) -> str:
    return shown(option.write(value)) or "none"
