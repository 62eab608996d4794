"""One widget of a page's memory: it shows what is so, proposes what is chosen, and says why that was refused."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from viz.widgets import typed
from viz.widgets.memory import Fields, Memory
from viz.words.text import plain

USUAL: dict[Callable[..., Any], Callable[[Any, Fields], Fields]] = {
    st.selectbox: lambda shown, settings: {"index": _place(shown, settings["options"])},
    st.multiselect: lambda shown, settings: {"default": shown},
    st.segmented_control: lambda shown, settings: {"default": shown},
    st.text_input: lambda shown, settings: {"value": shown},
    st.toggle: lambda shown, settings: {"value": shown},
    typed.stepped: lambda shown, settings: {"value": shown},
}
"""What each kind of widget shows when a browser draws it for the first time."""


def draw(
    memory: Memory[Any],
    widget: Callable[..., Any],
    key: str,
    value: Any,
    fields: Callable[[Any], Fields],
    reads_empty: bool = False,
    **settings: Any,
) -> None:
    """The widget `key` shows `value`; fields(new) tells what a new value of it means for the page.

    reads_empty: also of an emptied one, which else shows its value again.
    """
    with memory.showing(key, value) as shown:
        usual = USUAL[widget](shown, settings)
        widget(key=key, on_change=memory.propose, args=(key, fields, reads_empty), **usual, **settings)
    if reason := memory.reason(key):
        words, *picture = reason.split("\n", 1)
        st.error(plain(words[:1].upper() + words[1:]), icon=":material/error:")
        for lines in picture:
            st.code(lines, language=None)


def _place(shown: Any, options: Sequence[Any]) -> int | None:
    return list(options).index(shown) if shown in options else None
