"""The controls beside the signal: the hidden layers of the run's net, and how they are measured."""

import streamlit as st

from viz.run import controls
from viz.signal.settings import setting


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
