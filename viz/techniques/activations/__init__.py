"""Activations: what each costs and does, one question at a time."""

import streamlit as st

from engine.spec import RunSpec
from engine.tables.wording import Sentence
from viz.techniques.activations import cost, linear, maxout, rectifiers, settling
from viz.techniques.address import PART, choose
from viz.words.language import say

TITLE = Sentence("## Activations")

PARTS = {
    "cost": (Sentence("Cost"), cost.show),
    "leaky_relu": (Sentence("Leaky ReLU"), rectifiers.leaky),
    "rrelu": ("RReLU", rectifiers.random),
    "prelu": ("PReLU", rectifiers.learned),
    "elu": (Sentence("ELU, SELU"), settling.show),
    "maxout": (Sentence("Maxout"), maxout.show),
    "none": (Sentence("None at all"), linear.show),
}


def show(spec: RunSpec) -> None:
    st.markdown(say(TITLE))
    names = {name: title for name, (title, _) in PARTS.items()}
    topic = choose(PART, names, key="activations_topic", label=say("Question"))
    PARTS[topic][1](spec)
