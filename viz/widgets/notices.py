"""What was ignored, until the next change: above the page, where it covers nothing and a phone shows it."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from viz.widgets.memory import Memory
from viz.words.language import say
from viz.words.text import plain


def notices(*memories: Memory[Any], more: Sequence[str] = ()) -> None:
    """The box, with more to say where a page has it; it takes no room while there is nothing."""
    with st.container(key="notices"):
        if said := [*map(say, more), *(one for memory in memories for one in memory.notices())]:
            st.info("\n\n".join(map(plain, said)), icon=":material/info:")
