"""The controls beside the unrolled nets, made from the engine's table of settings.

Cell, activation, radius and forget bias take several values at once: one curve for each combination.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

import streamlit as st

from engine.tables.option import Choice, Whole
from viz.recurrent import session
from viz.recurrent.case import NAMES, OPTIONS, PLURAL, parsed
from viz.recurrent.presets import PRESETS
from viz.widgets import presets, typed
from viz.widgets.drawn import draw
from viz.words.language import paragraph, say
from viz.words.numbers import shown

STRIDES = {"steps": 50, "width": 16, "batch_size": 8}


def everything() -> None:
    """All controls, from the net to its numbers."""
    groups = {
        "net": net,
        "size": lambda: each("steps", "width"),
        "input": inputs,
        "clip": lambda: each("clip_threshold"),
        "repeat": lambda: each("seed", "dtype"),
    }
    for name, group in groups.items():
        with st.container(key=f"group_recurrent_{name}"):
            group()


def net() -> None:
    """The cell and its recurrent matrix; what does not matter to the chosen cells is left out."""
    each("cell")
    if "rnn" in session.case().cell:
        each("activation")
    each("matrix")
    if session.case().matrix != "default":
        each("radius")
    if set(session.case().cell) != {"rnn"}:
        each("forget_bias")


def inputs() -> None:
    """What the net is fed; torch's own start decides by itself what the inputs add."""
    if session.case().matrix != "default":
        each("noise")
    each("inputs", "batch_size", "start")


def preset() -> None:
    """A menu of nets worth seeing; it names the one on screen, and says what to look for."""
    presets.menu(
        session.memory,
        "recurrent_preset",
        PRESETS,
        attrgetter("case"),
        own=say("Your own nets"),
        about=say("Nets worth seeing. Choosing one sets everything on this page."),
    )


def each(*names: str) -> None:
    """The widgets that suit these settings."""
    for name in names:
        setting(name)


def setting(name: str) -> None:
    """The widget that suits a setting's kind."""
    option, value = OPTIONS[name], getattr(session.case(), name)
    several = say("Several at once: one curve each.") if name in PLURAL else ""
    help = paragraph(say(option.words), say("Allowed: {span}.", span=option.span), several)
    about: dict[str, Any] = {"help": help}
    match option:
        case Choice() if name == "matrix":
            _draw(st.selectbox, name, value, options=list(option.choices), format_func=say, **about)
        case Choice():
            many = {"selection_mode": "multi"} if name in PLURAL else {"required": True}
            about |= many | {"options": option.choices, "width": "stretch"}
            value = list(value) if name in PLURAL else value
            _draw(st.segmented_control, name, value, format_func=called, **about)
        case Whole():
            ends = typed.beside(option, value, STRIDES.get(name, 1))
            _draw(typed.stepped, name, str(value), lambda text: parsed(name, text), ends=ends, **about)
        case _:
            values = value if name in PLURAL else (value,)
            text = ", ".join(shown(option.write(one)) for one in values)
            _draw(st.text_input, name, text, read=lambda typed: parsed(name, typed), **about)


def called(choice: str) -> str:
    """What a cell, an activation or a number format is called in its menu."""
    return say(NAMES.get(choice, choice))


def _draw(
    widget: Callable, name: str, value: Any, read: Callable[[Any], Any] = lambda value: value, **settings: Any
) -> None:
    """One widget of a setting; read(new) tells what a new value of it means."""

    def fields(new: Any) -> Mapping[str, Any]:
        return {name: read(new)}

    draw(
        session.memory,
        widget,
        f"recurrent_{name}",
        value,
        fields,
        label=say(session.LABELS[name]),
        **settings,
    )
