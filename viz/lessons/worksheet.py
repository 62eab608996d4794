"""A lesson on paper: printed before anything was predicted, its page is a worksheet, with room to write.

Nothing of it is seen on the screen; the style of every page says what paper shows.
"""

import streamlit as st

from viz.lessons.lesson import Lesson
from viz.widgets.language import along
from viz.words.language import say
from viz.words.text import plain

RULE = '<div class="rule"></div>'


def sheet(lesson: Lesson, number: int) -> None:
    """What a class writes down: what it expects and why, what came, and what one change does."""
    page = (st.context.url or "").split("?")[0]
    with st.container(key="worksheet"):
        _ask(say("I expect this because"), 2)
        _ask(say("Now run it: {link}\n\nIt came out", link=plain(along(f"{page}?lesson={number}"))), 1)
        _ask(say("Why"), 3)
        _ask(say("One thing to change: {change}\n\nThen", change=say(lesson.change.words)), 2)
        _ask(say("Name and date"), 1)


def _ask(words: str, lines: int) -> None:
    st.markdown(words)
    st.html(RULE * lines)
