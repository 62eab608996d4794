"""The controls beside the signal: the hidden layers of the run's net, and how they are measured."""

from operator import attrgetter

import streamlit as st

from viz.run import controls, fields, session
from viz.signal.lessons import LESSONS
from viz.signal.settings import setting
from viz.widgets import presets
from viz.words.language import say


def lesson() -> None:
    """A menu of nets whose signal is worth seeing."""
    presets.menu(
        session.memory,
        "signal_lesson",
        LESSONS,
        attrgetter("spec"),
        own=say("Your own net"),
        about=say(
            "Nets worth seeing before any training. Choosing one sets all controls, on the Train page too."
        ),
    )


def everything() -> None:
    """What decides a net's signal before training; no net runs here, so none says what a change does to it."""
    with fields.unmarked():
        for group in (controls.network, controls.activation, controls.initializer, controls.path):
            with st.container(key=f"group_signal_{group.__name__}"):
                group()
        fields.choice("batch_norm")
        controls.layer_norm()
        setting("seeds")
        setting("samples")
