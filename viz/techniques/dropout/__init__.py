"""Dropout: one net with its masks drawn, as in training, and without them, as at inference."""

import streamlit as st

from engine.spec import RunSpec
from engine.spec.variants import with_dropout
from engine.tables.option import SpecError
from engine.tables.wording import Sentence
from viz.techniques import net
from viz.techniques.address import PART, choose
from viz.techniques.dropout import layers, modes, rates, unit
from viz.words.labels import in_labels
from viz.words.language import say
from viz.words.text import plain

TITLE = Sentence("Dropout")
PARTS = {
    "modes": (Sentence("Two modes"), modes.show),
    "layers": (Sentence("Layer by layer"), layers.show),
    "unit": (Sentence("One unit"), unit.show),
    "rates": (Sentence("Rates"), rates.show),
}


def show(spec: RunSpec) -> None:
    st.markdown(
        say(
            "## Dropout\n"
            "In each training step every hidden output is set to 0 with chance p; what is kept is divided by 1 − p, so "
            "that nothing needs to change at inference, where all of them are there (Srivastava et al., 2014)."
        )
    )
    net.warn_of_the_opening(spec)
    names = {name: title for name, (title, _) in PARTS.items()}
    part = choose(PART, names, key="dropout_part", label=say("Part"))
    try:
        dropping = with_dropout(spec)
    except SpecError as error:
        st.info(plain(in_labels(str(error))), icon=":material/info:")
        return
    if part != "rates" and not spec.dropout:
        st.caption(
            say("The net of the sidebar drops nothing: here it does with p = 0.5. *Dropout* there sets p.")
        )
    PARTS[part][1](dropping if part != "rates" else spec)
