"""One technique at a time, at work on the net of the sidebar."""

import streamlit as st

from engine.tables.option import SpecError
from viz.run import fields, session, tables
from viz.run.more import more
from viz.server import bounds
from viz.techniques import SECTIONS
from viz.techniques.address import KEYS, SHOW, choose
from viz.techniques.counting import sidebar
from viz.widgets.notices import notices
from viz.words.labels import in_labels
from viz.words.language import say
from viz.words.text import plain


def page() -> None:
    session.open_page(beside=KEYS)
    notices(session.memory, more=tables.wishes())
    titles = {name: say(section.TITLE).removeprefix("## ") for name, section in SECTIONS.items()}
    chosen = choose(SHOW, titles, key="technique", label=say("Technique"))
    with st.sidebar, fields.unmarked():
        sidebar(chosen, SECTIONS, (more,))
    try:
        bounds.check(session.spec())
    except SpecError as error:  # a net of the Signal page, too large to train
        st.error(plain(in_labels(str(error))), icon=":material/error:")
        return
    SECTIONS[chosen].show(session.spec())
