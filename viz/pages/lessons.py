"""Predict, run, see, explain: the chapter's lessons in its order."""

import streamlit as st

from viz.lessons import session
from viz.lessons.page import contents, everything
from viz.widgets.notices import notices


def page() -> None:
    session.open_page()
    with st.sidebar:
        contents()
    notices(session.memory)
    everything()
