"""One technique at a time, at work on the net of the sidebar."""

import streamlit as st

from engine.registry import SpecError, nearest, shown
from viz import controls, session
from viz.live import bounds
from viz.techniques import SECTIONS
from viz.text import plain

SHOW = "show"  # its key in the address


def page() -> None:
    session.open_page(beside=(SHOW,))
    controls.notices()
    with st.sidebar, controls.unmarked():
        controls.everything()
    chosen = section()
    try:
        bounds.check(session.spec())
    except SpecError as error:  # a net of the Signal page, too large to train
        st.error(plain(str(error)), icon=":material/error:")
        return
    SECTIONS[chosen].show(session.spec())


def section() -> str:
    """The row of choices, and the address that follows it."""
    asked = st.query_params.get(SHOW, next(iter(SECTIONS)))
    if asked not in SECTIONS:
        st.info(
            plain(f"There is no {shown(asked)}.{nearest(asked, SECTIONS)} Choose one of these."),
            icon=":material/info:",
        )
        asked = next(iter(SECTIONS))
    st.session_state[SHOW] = asked
    st.segmented_control(
        "Technique",
        list(SECTIONS),
        format_func=lambda name: SECTIONS[name].TITLE,
        key=SHOW,
        required=True,
        label_visibility="collapsed",
        on_change=_remember,
    )
    return asked


def _remember() -> None:
    st.query_params[SHOW] = st.session_state[SHOW]
