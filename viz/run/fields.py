"""The control of one field of a run, made from the engine's tables, so that a new entry appears by itself.

Where a net runs, each is marked "now" (it acts on that net) or "restarts" (the net is built anew). viz/chrome.py draws
the marks, which differ in word and shape, beside the names: a name itself is plain words, for who has it read aloud.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, TypeVar

import streamlit as st

from engine.spec import RunSpec
from engine.spec.fields import TableChoice
from engine.tables.option import Choice, Number, Option, Pair, Switch, Whole
from viz.run import session, task
from viz.server import bounds
from viz.widgets import typed
from viz.widgets.drawn import draw
from viz.words import numbers
from viz.words.labels import LABELS, words
from viz.words.language import paragraph, say
from viz.words.numbers import shown

Fields = Mapping[str, Any]
Kind = TypeVar("Kind", bound=Option)
_marked = ContextVar("_marked", default=True)


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
        format_func=called or (lambda name: say(table[name].label)),
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
        format_func=say,
        required=True,
        width="stretch",
    )


def picked(
    field: str, also: Callable[[Any], Fields] = lambda value: {}, options: Sequence[str] | None = None
) -> None:
    """One of several named values, the field's own or `options`, in a menu; `also` tells what else a choice sets."""
    _draw(
        st.selectbox,
        field,
        field,
        getattr(session.spec(), field),
        lambda value: {field: value, **task.free(also(value))},
        options=options or of_kind(Choice, field).choices,
        format_func=say,
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
    shared = {"label": say(LABELS.get(field, option.name.replace("_", " "))), "help": say(option.words)}
    if not isinstance(option, Switch):
        shared["help"] = paragraph(shared["help"], say("Allowed: {span}.", span=option.span))

    def read(text: str) -> Fields:
        return fields(numbers.read(option, text, field))

    def read_pair(text: str) -> Fields:
        return fields(option.read(text.replace(", ", "~").replace(",", "~"), field))

    match option:
        case Switch():
            _draw(st.toggle, key, field, value, fields, **shared)
        case Choice():
            _draw(
                st.selectbox,
                key,
                field,
                value,
                fields,
                options=list(option.choices),
                format_func=say,
                **shared,
            )
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


def are_marked() -> bool:
    """Whether each control says what a change does to the net that runs."""
    return _marked.get()


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

    def read(text: str) -> Fields:
        if field == "hidden" and (error := bounds.too_deep(text, session.spec())):
            raise error
        return {field: numbers.read(of_kind(Option, field), text)}

    return read
