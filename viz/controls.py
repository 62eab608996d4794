"""The controls of a run: menus and fields made from the engine's tables, so that a new entry appears by itself.

Each is marked "now" (it acts on the running net) or "restarts" (the net is built anew).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st
import torch

from engine.registry import Option
from engine.spec import FIELDS, TABLES, RunSpec, SpecError
from viz import session

RATES = (*(digit * 10.0**power for power in range(-5, 1) for digit in (1, 3)), 10.0)
BATCHES = ("1", "8", "32", "64", "128", "256", "512", "full")
DEEPEST, WIDEST = 64, 1024  # of the two small fields; the list of widths goes up to the spec's own bounds

LABELS = {
    "dataset": "Data",
    "batch_size": "Batch size",
    "layers": "Layers",
    "width": "Width",
    "hidden": "Layer by layer",
    "activation": "Activation",
    "initializer": "Initial weights",
    "batch_norm": "Batch norm",
    "batch_norm_momentum": "BN momentum",
    "batch_norm_input": "on the data",
    "batch_norm_output": "on the logits",
    "dropout": "Dropout",
    "optimizer": "Optimizer",
    "lr": "Learning rate",
    "clip": "Clip gradients",
    "clip_threshold": "Threshold",
    "seed": "Seed",
    "dtype": "Precision",
    "device": "Device",
}
NOTES = {
    "layers": "Hidden layers; the output layer comes on top.",
    "width": "Units in each hidden layer. A new value makes all of them equally wide.",
    "hidden": "Width of each hidden layer, first to last: 300,100. Ten of a hundred: 100x10.",
    "batch_size": "Type any number.",
    "optimizer": "Choosing one also sets its usual learning rate.",
    "lr": "Type any number, such as 0.02 or 5e-4.",
}

Fields = Mapping[str, Any]


def everything() -> None:
    """All controls of the run in the order data flows; each shows what runs and proposes what is chosen."""
    spec = session.spec()
    data(spec)
    network(spec)
    menu("activation")
    options("activation")
    menu("initializer")
    options("initializer")
    regularization(spec)
    optimizer(spec)
    clipping(spec)
    reproducibility(spec)


def data(spec: RunSpec) -> None:
    """What is learned, and how many samples make a step."""
    left, right = st.columns(2)
    with left:
        menu("dataset")
    with right:
        text = "full" if spec.batch_size is None else str(spec.batch_size)
        typed("batch_size", BATCHES, text, _batch)


def network(spec: RunSpec) -> None:
    """Depth and width, and the widths one by one for nets that are not equally wide."""
    hidden = spec.hidden
    equal = len(set(hidden)) == 1
    left, right = st.columns(2)
    with left:
        count("layers", len(hidden), lambda n: {"hidden": resized(hidden, n)}, high=DEEPEST)
    with right:
        width = hidden[0] if equal else None
        count("width", width, lambda n: {"hidden": (n,) * len(hidden)}, high=WIDEST)
    written("hidden", widths_text(hidden), lambda text: {"hidden": widths(text)})


def regularization(spec: RunSpec) -> None:
    """Batch norm with its places and its momentum, and dropout."""
    choice("batch_norm")
    left, right = st.columns(2)
    with left:
        switch("batch_norm_input", "batch_norm_input", spec.batch_norm_input)
    with right:
        switch("batch_norm_output", "batch_norm_output", spec.batch_norm_output)
    left, right = st.columns(2)
    used = spec.batch_norm != "none" or spec.batch_norm_input or spec.batch_norm_output
    with left:
        setting("batch_norm_momentum", disabled=not used)
    with right:
        setting("dropout")


def optimizer(spec: RunSpec) -> None:
    """The rule, its learning rate on a 1-3-10 menu, and its options."""
    left, right = st.columns(2)
    with left:
        menu("optimizer", also=lambda name: {"lr": TABLES["optimizer"][name].default_lr})
    with right:
        typed("lr", [short(rate) for rate in RATES], short(spec.lr), lambda text: {"lr": number(text, "lr")})
    options("optimizer")


def clipping(spec: RunSpec) -> None:
    """Limits on the gradient before each step."""
    choice("clip")
    if spec.clip != "none":
        setting("clip_threshold")


def reproducibility(spec: RunSpec) -> None:
    """Seed and number format, and the device where there is a choice."""
    left, right = st.columns(2)
    with left:
        setting("seed")
    with right:
        choice("dtype")
    if torch.cuda.is_available():
        _draw(
            st.segmented_control, "device", "device", spec.device, as_field("device"), options=["cpu", "cuda"]
        )


def menu(field: str, also: Callable[[str], Fields] = lambda name: {}) -> None:
    """One entry of a table; `also` tells what else a choice sets."""
    table = TABLES[field]
    _draw(
        st.selectbox,
        field,
        field,
        getattr(session.spec(), field),
        lambda name: {field: name, **also(name)},
        options=list(table),
        format_func=lambda name: table[name].label,
    )


def options(field: str) -> None:
    """The options of the chosen entry, two in a row."""
    spec = session.spec()
    entry = TABLES[field][getattr(spec, field)]
    place = f"{field}_options"
    given = dict(getattr(spec, place))
    values = entry.complete(given)
    for start in range(0, len(entry.options), 2):
        columns = st.columns(2)
        for column, option in zip(columns, entry.options[start : start + 2], strict=False):
            with column:
                one_option(place, option, values[option.name], lambda name, new: {place: given | {name: new}})


def setting(field: str, disabled: bool = False) -> None:
    """A field of the run that is a number within a range."""
    option = RunSpec.option(field)
    one_option(field, option, getattr(session.spec(), field), lambda name, new: {name: new}, disabled=disabled)


def one_option(
    field: str, option: Option, value: Any, fields: Callable[[str, Any], Fields], disabled: bool = False
) -> None:
    """The widget that suits the option's kind: fields(name, value) tells what a value means for the run."""
    key = field if field == option.name else f"{field}.{option.name}"
    label = LABELS.get(field, option.name.replace("_", " "))

    def meant(new: Any) -> Fields:
        return fields(option.name, option.check(new, field))

    shared = {"label": label, "help": f"{option.words} Allowed: {option.allowed}.", "disabled": disabled}
    match option.kind:
        case "bool":
            _draw(st.toggle, key, field, value, meant, **shared)
        case "choice":
            _draw(st.selectbox, key, field, value, meant, options=list(option.choices), **shared)
        case "int":
            bounds = {"min_value": bound(option.low, int), "max_value": bound(option.high, int), "step": 1}
            _draw(st.number_input, key, field, value, meant, **bounds, **shared)
        case "pair":
            text = ", ".join(map(short, value))
            _draw(st.text_input, key, field, text, lambda new: meant(pair(new, key)), **shared)
        case _ if option.log:
            _draw(st.text_input, key, field, short(value), lambda new: meant(number(new, key)), **shared)
        case _:
            bounds = {"min_value": bound(option.low, float), "max_value": bound(option.high, float)}
            step = 0.05 if option.high <= 1 else 0.1
            _draw(st.number_input, key, field, value, meant, step=step, format="%g", **bounds, **shared)


def choice(field: str) -> None:
    """A field with a few named values, all in sight."""
    names = RunSpec.option(field).choices
    _draw(
        st.segmented_control,
        field,
        field,
        getattr(session.spec(), field),
        as_field(field),
        options=names,
        required=True,
        width="stretch",
    )


def switch(key: str, field: str, value: bool) -> None:
    _draw(st.toggle, key, field, value, as_field(field))


def typed(field: str, menu: Sequence[str], text: str, fields_of: Callable[[str], Fields]) -> None:
    """A menu of usual values that takes any other one as well."""
    _draw(st.selectbox, field, field, text, fields_of, options=list(menu), accept_new_options=True)


def written(field: str, text: str, fields_of: Callable[[str], Fields]) -> None:
    _draw(st.text_input, field, field, text, fields_of)


def count(name: str, value: int | None, fields_of: Callable[[int], Fields], high: int) -> None:
    """A whole number about the hidden layers; None where there is no single one."""
    bounds = {"min_value": 1, "max_value": max(high, value or 1), "step": 1}
    _draw(st.number_input, name, "hidden", value, fields_of, placeholder="mixed", **bounds)


def _draw(
    widget: Callable, key: str, field: str, value: Any, fields_of: Callable[[Any], Fields], **settings: Any
) -> None:
    """One widget that shows `value`, proposes the fields that its new value means, and says why one was refused."""
    name = settings.pop("label", LABELS.get(key))
    settings.setdefault("help", words(key))
    session.show(key, value)
    widget(f"{name} {mark(field)}", key=key, on_change=session.propose, args=(key, fields_of), **settings)
    if reason := session.reason(key):
        st.error(reason, icon=":material/error:")


def mark(field: str) -> str:
    """Whether a change of the field acts on the running net or restarts it."""
    return ":green-badge[now]" if field in RunSpec.LIVE else ":gray-badge[restarts]"


def words(name: str) -> str:
    """The help of a control: the field's own words, and how to use the control."""
    metadata = FIELDS[name].metadata if name in FIELDS and name != "hidden" else {}
    said = metadata["option"].words if "option" in metadata else metadata.get("words", "")
    return f"{said} {NOTES.get(name, '')}".strip()


def short(value: float) -> str:
    """As people write it: 0.003, 1e-5. Reading it back gives exactly the same number."""
    text = f"{value:.12g}"
    text = text if float(text) == value else repr(value)
    return text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def number(text: str, name: str) -> float:
    """What a person typed, as a number; SpecError where it is none."""
    try:
        return float(text)
    except ValueError:
        raise SpecError(f"{name}: {text!r} is not a number; give one such as 0.01 or 1e-3.") from None


def pair(text: str, name: str) -> tuple[float, ...]:
    """Two numbers with a comma between them; SpecError where there are not two."""
    parts = [part for part in text.replace(";", ",").split(",") if part.strip()]
    if len(parts) != 2:
        raise SpecError(f"{name}: {text!r} is not a pair; give two numbers such as 0.9, 0.999.")
    return tuple(number(part, name) for part in parts)


def widths(text: str) -> tuple[int, ...]:
    """The hidden layers a person typed, spelled as in a link: 300,100 or 100x10; SpecError otherwise."""
    return RunSpec.from_query({"hidden": text}).hidden


def widths_text(hidden: Sequence[int]) -> str:
    """The twin of `widths`: "300,100x3"."""
    usual = {} if tuple(hidden) != RunSpec().hidden else {"hidden": "100x10"}
    return (RunSpec(hidden=tuple(hidden)).to_query() or usual)["hidden"]


def resized(hidden: Sequence[int], layers: int) -> tuple[int, ...]:
    """The first layers of the net; new ones are as wide as the last, or 100 where there was none."""
    last = hidden[-1] if hidden else 100
    return tuple(hidden[:layers]) + (last,) * (layers - len(hidden))


def bound(end: float, kind: type) -> Any:
    """The end of a range as a widget wants it: None where there is none."""
    return kind(end) if math.isfinite(end) else None


def as_field(field: str) -> Callable[[Any], Fields]:
    return lambda value: {field: value}


def _batch(text: str) -> Fields:
    return {"batch_size": RunSpec.from_query({"batch_size": text}).batch_size}
