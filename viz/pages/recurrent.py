"""Why gradients vanish and explode in recurrent nets: unrolled nets side by side, theory beside them."""

import streamlit as st

from viz.recurrent import controls, session
from viz.recurrent.pictures import compared, sources
from viz.widgets.notices import notices
from viz.words.language import say


def page() -> None:
    session.memory.open()
    with st.sidebar:
        controls.preset()
        controls.everything()
    notices(session.memory)
    st.markdown(f"## {say('Why gradients explode and vanish in recurrent nets')}")
    st.caption(
        say(
            "A recurrent net unrolled over T steps, no training: the loss is L = Σ v h_T with v ~ N(0, 1), and the "
            "gradient walks back from it, step by step. Solid: measured. Dashed: theory."
        )
    )
    compared(session.case())
    sources()
