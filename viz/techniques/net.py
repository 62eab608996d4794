"""Which net a section is about: an example that shows the technique at work, or the net of the sidebar."""

import streamlit as st

from engine.spec import RunSpec
from viz.run import session
from viz.run.lessons import OPENING
from viz.server.bounds import MOST_MEMORY, memory

CHOICES = {"example": "The example", "sidebar": "The net of the sidebar"}


def choose(section: str, spec: RunSpec, example: RunSpec, words: str) -> RunSpec:
    """Draw the choice and return the net. A touched sidebar is meant: from then on it is the sidebar's net.

    words: what the example is, said while it is chosen.
    """
    key, before = f"{section}_net", f"{section}_sidebar"
    if st.session_state.get(before, spec) != spec:
        st.session_state[key] = "sidebar"
    elif key not in st.session_state:
        st.session_state[key] = "example" if spec == OPENING else "sidebar"
    st.session_state[before] = spec
    choice, load = st.columns([3, 2], vertical_alignment="bottom")
    choice.segmented_control("Net", list(CHOICES), format_func=CHOICES.__getitem__, key=key, required=True)
    if st.session_state[key] == "sidebar":
        return spec
    load.button(
        "Put it into the sidebar",
        key=f"{section}_load",
        icon=":material/arrow_back:",
        help="Sets all controls to the example, on the Train page too.",
        on_click=session.adopt,
        args=(example,),
    )
    st.caption(words)
    return example


def warn_of_the_opening(spec: RunSpec) -> None:
    """Say of the net that the pages open on, which is there to fail, that it shows little of a technique."""
    if spec.replace(dropout=0.0) == OPENING:
        st.info(
            "The net of the sidebar does not learn: its gradient vanishes in ten layers of sigmoids, so expect little "
            "to see here. Try this with one that learns:",
            icon=":material/info:",
        )
        st.button(
            "Take ReLU and He's weights",
            key="net_that_learns",
            icon=":material/healing:",
            on_click=session.adopt,
            args=(OPENING.replace(activation="relu", initializer="he_normal", dropout=spec.dropout),),
        )


def is_too_large(spec: RunSpec, nets: int = 3) -> bool:
    """Whether so many nets like this one would take more memory than one visitor may have; says so where it is."""
    if (needed := nets * memory(spec)) <= MOST_MEMORY:
        return False
    st.info(
        f"{nets} nets of this size would take {needed / 1e9:.1f} GB of this server's memory, and one visitor may have "
        f"{MOST_MEMORY / 1e9:.0f}. Give a smaller net.",
        icon=":material/info:",
    )
    return True
