"""Batch norm: its two modes, what it learns, what it holds still, where it may stand, and what it does at init."""

import streamlit as st

from engine.spec import RunSpec
from engine.spec.variants import has_batch_norm, with_batch_norm
from engine.tables.option import SpecError
from engine.tables.wording import Sentence
from viz.techniques.address import PART, choose
from viz.techniques.batch_norm import drift, init, learned, modes, momentum, placement
from viz.words.labels import in_labels
from viz.words.language import say
from viz.words.text import plain

TITLE = Sentence("Batch norm")
PARTS = {
    "modes": (Sentence("Two modes"), modes.show),
    "learned": (Sentence("What it learns"), learned.show),
    "drift": (Sentence("What it holds still"), drift.show),
    "momentum": (Sentence("Momentum and batch size"), momentum.show),
    "placement": (Sentence("Where it stands"), placement.show),
    "init": (Sentence("Gradients at init"), init.show),
}
OWN_NETS = ("placement", "init")  # parts that compare nets with and without it
BEYOND_STEP = ("drift", *OWN_NETS)


def show(spec: RunSpec) -> None:
    st.markdown(
        say(
            "## Batch norm\nEach unit's values are brought to mean 0 and variance 1 over the batch, then scaled by γ "
            "and moved by β, which are learned (Ioffe and Szegedy, 2015). At inference, where a sample may come alone, "
            "running averages of the mean and the variance stand in."
        )
    )
    names = {name: title for name, (title, _) in PARTS.items()}
    part = choose(PART, names, key="batch_norm_part", label=say("Part"))
    try:
        normalized = spec if part in OWN_NETS else with_batch_norm(spec)
    except SpecError as error:
        st.info(plain(in_labels(str(error))), icon=":material/info:")
        return
    if part not in BEYOND_STEP and not has_batch_norm(spec):
        st.caption(
            say(
                "The net of the sidebar has no batch norm: here it gets it before each activation. *Batch norm*, *BN "
                "on data* and *BN on logits* in the sidebar put it elsewhere."
            )
        )
    PARTS[part][1](normalized)
