"""Activations: what each costs and does, one question at a time."""

import streamlit as st

from engine.spec import RunSpec
from viz.techniques.activations import cost, linear, maxout, rectifiers, settling

TITLE = "Activations"

TOPICS = {
    "Cost": cost.show,
    "Leaky ReLU": rectifiers.leaky,
    "RReLU": rectifiers.random,
    "PReLU": rectifiers.learned,
    "ELU, SELU": settling.show,
    "Maxout": maxout.show,
    "None at all": linear.show,
}


def show(spec: RunSpec) -> None:
    st.markdown("#### Activations")
    topic = st.segmented_control(
        "Question",
        list(TOPICS),
        default="Cost",
        required=True,
        key="activations_topic",
        label_visibility="collapsed",
    )
    TOPICS[topic](spec)
