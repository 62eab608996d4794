"""One widget of a page's memory: it shows what is so, proposes what is chosen, and says why that was refused."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from viz.widgets.memory import Fields, Memory
from viz.words.text import plain


def draw(
    memory: Memory[Any],
    widget: Callable[..., Any],
    key: str,
    value: Any,
    fields: Callable[[Any], Fields],
    **settings: Any,
) -> None:
    """The widget `key` shows `value`; fields(new) tells what a new value of it means for the page."""
    with memory.showing(key, value):
        widget(key=key, on_change=memory.propose, args=(key, fields), **settings)
    if reason := memory.reason(key):
        words, *picture = reason.split("\n", 1)
        st.error(plain(words[:1].upper() + words[1:]), icon=":material/error:")
        for lines in picture:
            st.code(lines, language=None)
