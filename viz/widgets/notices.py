"""What was ignored, until the next change: above the page, where it covers nothing and a phone shows it."""

from typing import Any

import streamlit as st

from viz.widgets.memory import Memory
from viz.words.text import plain


def notices(*memories: Memory[Any]) -> None:
    """The box; it takes no room while there is nothing to say."""
    with st.container(key="notices"):
        if said := [one for memory in memories for one in memory.notices()]:
            st.info("\n\n".join(map(plain, said)), icon=":material/info:")
