"""Activations: what each costs and does, one question at a time."""

import streamlit as st

from engine.spec import RunSpec
from viz.techniques.activations import cost, linear, maxout, rectifiers, settling
from viz.techniques.address import PART, choose

TITLE = "Activations"

PARTS = {
    "cost": ("Cost", cost.show),
    "leaky_relu": ("Leaky ReLU", rectifiers.leaky),
    "rrelu": ("RReLU", rectifiers.random),
    "prelu": ("PReLU", rectifiers.learned),
    "elu": ("ELU, SELU", settling.show),
    "maxout": ("Maxout", maxout.show),
    "none": ("None at all", linear.show),
}


def show(spec: RunSpec) -> None:
    st.markdown("## Activations")
    names = {name: title for name, (title, _) in PARTS.items()}
    topic = choose(PART, names, key="activations_topic", label="Question")
    PARTS[topic][1](spec)
