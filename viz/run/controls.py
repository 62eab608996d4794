"""The controls of a run: menus and fields made from the engine's tables, so that a new entry appears by itself.

Where a net runs, each is marked "now" (it acts on that net) or "restarts" (the net is built anew). viz/chrome.py draws
the marks, which differ in word and shape, beside the names: a name itself is plain words, for who has it read aloud.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from operator import attrgetter
from typing import Any, TypeVar

import streamlit as st

from engine.spec import RunSpec
from engine.spec.fields import TableChoice
from engine.tables import rates
from engine.tables.datasets import DATASETS
from engine.tables.option import Choice, Number, Option, Pair, Switch, Whole
from viz.live import host
from viz.run import session, tables, task
from viz.run.fitting import fitting_data, resized
from viz.run.lessons import LESSONS
from viz.run.own_data import own_data
from viz.server import bounds as limits
from viz.widgets import presets, typed
from viz.widgets.drawn import draw
from viz.words import numbers
from viz.words.labels import LABELS, words
from viz.words.language import paragraph, say
from viz.words.numbers import shown

RATES = (*rates.menu(-5, 0), 10.0)
BATCHES = (1, 8, 32, 64, 128, 256, 512, None)

Fields = Mapping[str, Any]
Kind = TypeVar("Kind", bound=Option)
_marked = ContextVar("_marked", default=True)


def everything(*others: Callable[[], None]) -> None:
    """All controls of the run, in the order data flows, and then others; each proposes what is chosen."""
    some([*GROUPS], *others)


def some(names: Collection[str], *others: Callable[[], None]) -> None:
    """The groups of controls of these names, and then others."""
    groups = {name: group for name, group in GROUPS.items() if name in names}
    shown = {**groups, **{other.__name__: other for other in others}}
    with st.container(key="marked" if _marked.get() else "unmarked"):
        for name, group in shown.items():
            if task.is_hidden(name):
                continue
            with st.container(key=f"group_{name}"):
                group()


def lesson() -> None:
    """A menu of runs worth seeing; it names the one that runs, and says what to look for."""
    if task.is_hidden("lesson"):
        return
    presets.menu(
        session.memory,
        "lesson",
        LESSONS,
        attrgetter("spec"),
        own="Your own net",
        about="Runs worth seeing. Choosing one sets all controls below.",
    )


def data() -> None:
    """What is learned, and how many samples make a step."""
    menu(
        "dataset",
        also=lambda name: fitting_data(session.spec(), name),
        more=list(tables.held()),
        called=tables.label,
    )
    if not DATASETS[session.spec().dataset].classes:
        st.caption(f"Numbers, {tables.SCALED}")
    if not task.is_locked("dataset"):
        own_data()
    usual("batch_size", BATCHES)


def network() -> None:
    """Depth and width, and the widths one by one for nets that are not equally wide."""
    hidden = session.spec().hidden
    width = hidden[0] if len(set(hidden)) == 1 else None
    count(
        "layers",
        len(hidden),
        lambda n: {"hidden": resized(session.spec().hidden, n)},
        low=0,
        high=limits.MOST_LAYERS,
    )
    some = {"low": 1, "high": limits.MOST_WIDTH, "disabled": not hidden}
    count(
        "width",
        width,
        lambda n: {"hidden": (n,) * len(session.spec().hidden)},
        empty="mixed" if hidden else "no layers",
        **some,
    )
    _draw(st.text_input, "hidden", "hidden", of_kind(Option, "hidden").write(hidden), read_as("hidden"))


def activation() -> None:
    menu("activation")
    options("activation")


def initializer() -> None:
    menu("initializer")
    options("initializer")


def path() -> None:
    """The path past blocks of hidden layers, and how many of them make a block."""
    choice("residual")
    if session.spec().residual != "none":
        setting("residual_every")


def regularization() -> None:
    """Batch norm with its places and its momentum, layer norm, and dropout."""
    spec = session.spec()
    choice("batch_norm")
    setting("batch_norm_input")
    setting("batch_norm_output")
    if spec.batch_norm != "none" or spec.batch_norm_input or spec.batch_norm_output:
        setting("batch_norm_momentum")
    layer_norm()
    setting("dropout")


def layer_norm() -> None:
    """Layer norm's place, its kind, and where it stands beside a residual path."""
    spec = session.spec()
    choice("layer_norm")
    if spec.layer_norm != "none":
        choice("layer_norm_kind")
        if spec.residual != "none":
            choice("norm_place")


def optimizer() -> None:
    """The rule, its learning rate in steps of 1-3-10, its options, and limits on the gradient."""
    menu("optimizer", also=lambda name: {"lr": of_kind(TableChoice, "optimizer").table[name].default_lr})
    usual("lr", RATES)
    options("optimizer")
    choice("clip")
    if session.spec().clip != "none":
        setting("clip_threshold")


def repeatability() -> None:
    """The seed, and the device where there is a choice."""
    setting("seed")
    device = session.spec().device
    devices = list(dict.fromkeys((*host.shared().devices, device)))
    if len(devices) > 1:
        _draw(st.selectbox, "device", "device", device, lambda one: {"device": one}, options=devices)


GROUPS = {
    "data": data,
    "network": network,
    "activation": activation,
    "initializer": initializer,
    "path": path,
    "regularization": regularization,
    "optimizer": optimizer,
    "repeatability": repeatability,
}


def menu(
    field: str,
    also: Callable[[str], Fields] = lambda name: {},
    more: Sequence[str] = (),
    called: Callable[[str], str] | None = None,
) -> None:
    """One entry of a table, or one of a few more; `also` tells what else a choice sets, `called` each one's label."""
    table = of_kind(TableChoice, field).table
    _draw(
        st.selectbox,
        field,
        field,
        getattr(session.spec(), field),
        lambda name: {field: name, **task.free(also(name))},
        options=[*table, *more],
        format_func=called or (lambda name: table[name].label),
    )


def usual(field: str, values: Sequence[Any]) -> None:
    """A field for any value; its buttons go through the usual ones."""
    option, value = of_kind(Option, field), getattr(session.spec(), field)
    ends = typed.among(option, value, values)
    _draw(typed.stepped, field, field, shown(option.write(value)), read_as(field), ends=ends)


def choice(field: str) -> None:
    """One of a few named values, all in sight."""
    _draw(
        st.segmented_control,
        field,
        field,
        getattr(session.spec(), field),
        lambda value: {field: value},
        options=of_kind(Choice, field).choices,
        required=True,
        width="stretch",
    )


def picked(field: str, also: Callable[[Any], Fields] = lambda value: {}) -> None:
    """One of several named values, in a menu; `also` tells what else a choice sets."""
    _draw(
        st.selectbox,
        field,
        field,
        getattr(session.spec(), field),
        lambda value: {field: value, **task.free(also(value))},
        options=of_kind(Choice, field).choices,
    )


def switched(field: str, on: Any, off: Any) -> None:
    """A field of two values as a switch."""
    value = getattr(session.spec(), field) == on
    _draw(st.toggle, field, field, value, lambda chosen: {field: on if chosen else off})


def typed_field(field: str) -> None:
    """A field that is typed as in a link."""
    text = shown(of_kind(Option, field).write(getattr(session.spec(), field)))
    _draw(st.text_input, field, field, text, read_as(field))


def setting(field: str) -> None:
    """A field of the run that is one number, or on and off."""
    option = of_kind(Option, field)
    one_option(field, option, getattr(session.spec(), field), lambda value: {field: value})


def options(of: str) -> None:
    """The options of the chosen entry; what needs another one is out of sight until that one is set."""
    spec, field = session.spec(), f"{of}_options"
    entry = of_kind(TableChoice, of).table[getattr(spec, of)]
    given = dict(getattr(spec, field))

    def fields(name: str, new: Any) -> Fields:  # of what is so by then: two may have been changed at once
        return {field: dict(getattr(session.spec(), field)) | {name: new}}

    values = {option.name: given.get(option.name, option.default) for option in entry.options}
    for option in entry.options:
        value = values[option.name]
        if option.needs and not values[option.needs] and value == option.default:
            continue
        one_option(field, option, value, partial(fields, option.name))


def one_option(field: str, option: Option, value: Any, fields: Callable[[Any], Fields]) -> None:
    """The widget that suits the option; fields(value) tells what a value means for the run."""
    key = field if field == option.name else f"{field}.{option.name}"
    shared = {"label": LABELS.get(field, option.name.replace("_", " ")), "help": option.words}
    if not isinstance(option, Switch):
        shared["help"] += f" Allowed: {option.span}."

    def read(text: str) -> Fields:
        return fields(numbers.read(option, text, field))

    def read_pair(text: str) -> Fields:
        return fields(option.read(text.replace(", ", "~").replace(",", "~"), field))

    match option:
        case Switch():
            _draw(st.toggle, key, field, value, fields, **shared)
        case Choice():
            _draw(st.selectbox, key, field, value, fields, options=list(option.choices), **shared)
        case Pair():
            _draw(st.text_input, key, field, shown(option.write(value)), read_pair, **shared)
        case Number(log=True):
            _draw(st.text_input, key, field, shown(option.write(value)), read, **shared)
        case Number():
            step = 1 if isinstance(option, Whole) else 0.05 if option.high <= 1 else 0.1
            ends = typed.beside(option, value, step)
            _draw(typed.stepped, key, field, shown(option.write(value)), read, ends=ends, **shared)


def count(
    name: str,
    value: int | None,
    fields: Callable[[int], Fields],
    low: int,
    high: int,
    empty: str = "",
    **settings: Any,
) -> None:
    """A whole number about the hidden layers; None where there is no single one, said in the words of `empty`."""
    option = Whole(name, value, low, high)
    _draw(
        typed.stepped,
        name,
        "hidden",
        "" if value is None else str(value),
        lambda text: fields(numbers.read(option, text)),
        placeholder=empty,
        ends=typed.beside(option, value, 1),
        **settings,
    )


def _draw(
    widget: Callable, key: str, field: str, value: Any, fields: Callable[[Any], Fields], **settings: Any
) -> None:
    """One widget of the run, called and explained as its field is."""
    settings = {"label": say(LABELS.get(key, "")), "help": words(key)} | settings
    if _marked.get():
        acts = say("Acts on the running net." if field in RunSpec.LIVE else "Builds the net anew.")
        settings["help"] = paragraph(settings["help"], acts)
    if task.is_locked(field):
        settings |= {"disabled": True, "help": paragraph(settings["help"], say("Locked by the task."))}
    draw(session.memory, widget, key, value, fields, **settings)


@contextmanager
def unmarked() -> Iterator[None]:
    """Controls for a page where no net runs: none of them says what a change does to it."""
    token = _marked.set(False)
    try:
        yield
    finally:
        _marked.reset(token)


def of_kind(kind: type[Kind], field: str) -> Kind:
    """The option of a field whose kind is known where it is asked for."""
    option = RunSpec.option(field)
    assert isinstance(option, kind), field
    return option


def read_as(field: str) -> Callable[[str], Fields]:
    """What a typed text means for the field; SpecError where it means nothing."""
    return lambda text: {field: numbers.read(of_kind(Option, field), text)}
