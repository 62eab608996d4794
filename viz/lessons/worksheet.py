"""A lesson on paper: printed before anything was predicted, its page is a worksheet, with room to write.

Nothing of it is seen on the screen; the style of every page says what paper shows.
"""

import streamlit as st

from viz.lessons.lesson import Lesson
from viz.words.text import plain

RULE = '<div class="rule"></div>'


def sheet(lesson: Lesson, number: int) -> None:
    """What a class writes down: what it expects and why, what came, and what one change does."""
    page = (st.context.url or "").split("?")[0]
    with st.container(key="worksheet"):
        _ask("I expect this because", 2)
        _ask(f"Now run it: {plain(f'{page}?lesson={number}')}\n\nIt came out", 1)
        _ask("Why", 3)
        _ask(f"One thing to change: {lesson.change.words}\n\nThen", 2)
        _ask("Name and date", 1)


def _ask(words: str, lines: int) -> None:
    st.markdown(words)
    st.html(RULE * lines)
