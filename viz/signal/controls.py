"""The controls beside the signal: the hidden layers of the run's net, and how they are measured."""

from operator import attrgetter

import streamlit as st

from viz.run import controls, session
from viz.signal.lessons import LESSONS
from viz.signal.settings import setting
from viz.widgets import presets


def lesson() -> None:
    """A menu of nets whose signal is worth seeing."""
    presets.menu(
        session.memory,
        "signal_lesson",
        LESSONS,
        attrgetter("spec"),
        own="Your own net",
        about="Nets worth seeing before any training. Choosing one sets all controls, on the Train page too.",
    )


def everything() -> None:
    """What decides a net's signal before training; no net runs here, so none says what a change does to it."""
    with controls.unmarked():
        for group in (controls.network, controls.activation, controls.initializer, controls.path):
            with st.container(key=f"group_signal_{group.__name__}"):
                group()
        controls.choice("batch_norm")
        controls.layer_norm()
        setting("seeds")
        setting("samples")
