"""The controls beside the unrolled nets, made from the engine's table of settings.

Cell, activation, radius and forget bias take several values at once: one curve for each combination.
"""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from engine.tables.option import Choice, Whole
from viz.recurrent import session
from viz.recurrent.case import NAMES, OPTIONS, PLURAL, parsed
from viz.recurrent.presets import PRESETS
from viz.widgets import typed
from viz.words.labels import in_labels
from viz.words.numbers import shown
from viz.words.text import plain

LABELS = {
    "cell": "Cell",
    "activation": "Activation",
    "matrix": "Matrix W",
    "radius": "Radius",
    "forget_bias": "Forget bias",
    "steps": "Time steps",
    "width": "Width",
    "noise": "Input noise",
    "inputs": "Inputs",
    "start": "First state",
    "batch_size": "Sequences",
    "clip_threshold": "Clipping at",
    "seed": "Seed",
    "dtype": "Precision",
}
STRIDES = {"steps": 50, "width": 16, "batch_size": 8}
SEVERAL = "Several at once: one curve each."


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


def notices() -> None:
    """What was ignored, until the next change: above the page, where it covers nothing and a phone shows it."""
    with st.container(key="notices"):
        if said := session.notices():
            st.info("\n\n".join(plain(in_labels(one, LABELS)) for one in said), icon=":material/info:")


def preset() -> None:
    """A menu of nets worth seeing; it names the one on screen, and says what to look for."""
    now = next((key for key, one in PRESETS.items() if one.case == session.case()), None)
    session.show("recurrent_preset", now)
    st.selectbox(
        "Try this",
        list(PRESETS),
        format_func=lambda key: PRESETS[key].title,
        key="recurrent_preset",
        placeholder="Your own nets",
        help="Nets worth seeing. Choosing one sets everything on this page.",
        on_change=_start_preset,
    )
    if now:
        st.caption(PRESETS[now].words)


def _start_preset() -> None:
    if chosen := st.session_state["recurrent_preset"]:
        session.adopt(PRESETS[chosen].case)


def each(*names: str) -> None:
    """The widgets that suit these settings."""
    for name in names:
        setting(name)


def setting(name: str) -> None:
    """The widget that suits a setting's kind."""
    option, value = OPTIONS[name], getattr(session.case(), name)
    about = {"help": f"{option.words} Allowed: {option.span}."}
    if name in PLURAL:
        about["help"] += f" {SEVERAL}"
    match option:
        case Choice() if name == "matrix":
            _draw(st.selectbox, name, value, options=list(option.choices), **about)
        case Choice():
            many = {"selection_mode": "multi"} if name in PLURAL else {"required": True}
            about |= many | {"options": option.choices, "width": "stretch"}
            value = list(value) if name in PLURAL else value
            _draw(st.segmented_control, name, value, format_func=lambda one: NAMES.get(one, one), **about)
        case Whole():
            ends = typed.beside(option, value, STRIDES.get(name, 1))
            _draw(typed.stepped, name, str(value), lambda text: parsed(name, text), ends=ends, **about)
        case _:
            values = value if name in PLURAL else (value,)
            text = ", ".join(shown(option.write(one)) for one in values)
            _draw(st.text_input, name, text, read=lambda typed: parsed(name, typed), **about)


def _draw(
    widget: Callable, name: str, value: Any, read: Callable[[Any], Any] = lambda value: value, **settings: Any
) -> None:
    """One widget that shows `value`, proposes what its new value means, and says why one was refused."""
    key = f"recurrent_{name}"

    def fields(new: Any) -> Mapping[str, Any]:
        return {name: read(new)}

    session.show(key, value)
    widget(LABELS[name], key=key, on_change=session.propose, args=(key, fields), **settings)
    if reason := session.reason(key):
        st.error(plain(reason[0].upper() + reason[1:]), icon=":material/error:")
