"""One technique at a time, at work on the net of the sidebar."""

import streamlit as st

from viz import controls, session
from viz.techniques import SECTIONS
from viz.techniques.address import KEYS, SHOW, choose


def page() -> None:
    session.open_page(beside=KEYS)
    controls.notices()
    with st.sidebar, controls.unmarked():
        controls.everything()
    titles = {name: section.TITLE for name, section in SECTIONS.items()}
    chosen = choose(SHOW, titles, key="technique", label="Technique")
    SECTIONS[chosen].show(session.spec())
