"""What varies, over which values, on how many seeds and for how long."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from engine.spec import RunSpec
from engine.tables.option import Choice, Option, Whole
from viz.compare import session
from viz.compare.axes import Axis, axes
from viz.compare.plan import FOLDS, METRICS, NONE, OPTIONS
from viz.compare.presets import PRESETS, Preset
from viz.run import session as run
from viz.widgets import presets, typed
from viz.widgets.drawn import draw
from viz.words.language import paragraph, say

SHOWN = {"rank": METRICS, "folds": FOLDS}
STRIDES = {"seeds": 1, "steps": 50}


class Both:
    """The run and what is compared of it, as one value for the menu: a preset sets both."""

    @property
    def value(self) -> tuple[Any, Any]:
        return run.spec(), session.plan()

    def adopt(self, both: tuple[Any, Any]) -> None:
        run.adopt(both[0])
        session.memory.adopt(both[1])

    showing = staticmethod(session.memory.showing)


def preset() -> None:
    """A menu of comparisons worth seeing; it names the one on screen, and says what to look for."""

    def both(one: Preset) -> tuple[Any, Any]:
        return one.spec, one.plan

    presets.menu(
        Both(),
        "compare_preset",
        PRESETS,
        both,
        own=say("Your own comparison"),
        about=say("Comparisons worth seeing. Choosing one sets everything on this page."),
    )


def everything(spec: RunSpec) -> None:
    """All that a comparison is made of, beside the run."""
    known = axes(spec)
    with st.container(key="group_compare"):
        setting("vary", known)
        several("values", known.get(session.plan().vary))
        setting("also", known)
        several("also_values", known.get(session.plan().also))
        for name in OPTIONS:
            option(name)


def setting(name: str, known: Mapping[str, Axis]) -> None:
    """A menu of what can be varied; what a link calls otherwise stays in it, for the error names it."""
    value, follows = getattr(session.plan(), name), "also_values" if name == "also" else "values"
    choices = [*([NONE] if name == "also" else []), *known]

    def fields(new: str) -> Mapping[str, Any]:
        return {name: new, follows: known[new].suggested(run.spec()) if new in known else ()}

    def called(one: str) -> str:
        return say(known[one].label) if one in known else say("nothing else") if one == NONE else one

    _draw(
        st.selectbox, name, value, fields,
        options=choices if value in choices else [*choices, value], format_func=called,
        help=say("What the nets differ in; all else is the run of the sidebar."),
    )  # fmt: skip


def several(name: str, axis: Axis | None) -> None:
    """The values of an axis: some of a few, or numbers that are typed."""
    value = getattr(session.plan(), name)
    key = f"compare_{name}_{axis.name}" if axis else ""
    session.memory.forget(lambda widget: widget.startswith(f"compare_{name}") and widget != key)
    if axis is None:
        return
    if (texts := axis.texts()) is not None:
        _draw(
            st.multiselect, name, list(value), lambda new: {name: tuple(new)}, key=key,
            options=list(dict.fromkeys([*texts, *value])), format_func=axis.shown,
            help=paragraph(say(axis.option.words), say("Choose some.")),
        )  # fmt: skip
        return

    def typed_values(text: str) -> Mapping[str, Any]:
        parts = [part for part in text.replace("~", ",").split(",") if part.strip()]
        return {name: tuple(dict.fromkeys(axis.option.write(axis.value(part)) for part in parts))}

    shown = ", ".join(map(axis.shown, value))
    about = _about(axis.option), say("Several, with commas between them.")
    _draw(st.text_input, name, shown, typed_values, key=key, reads_empty=True, help=paragraph(*about))


def option(name: str) -> None:
    """Seeds, steps, what the ranking goes by, and what each net is judged on."""
    one, value = OPTIONS[name], getattr(session.plan(), name)
    match one:
        case Whole():
            ends = typed.beside(one, value, STRIDES[name])
            _draw(
                typed.stepped, name, str(value), lambda text: {name: one.read(text)}, ends=ends, help=_about(one)
            )  # fmt: skip
        case Choice():
            _draw(
                st.selectbox, name, value, lambda new: {name: new},
                options=one.choices, format_func=lambda text: say(SHOWN[name][text]), help=say(one.words),
            )  # fmt: skip


def _about(option: Option) -> str:
    return paragraph(say(option.words), say("Allowed: {span}.", span=option.span))


def _draw(widget: Any, name: str, value: Any, fields: Any, key: str = "", **settings: Any) -> None:
    label = say(session.LABELS[name])
    draw(session.memory, widget, key or f"compare_{name}", value, fields, label=label, **settings)
