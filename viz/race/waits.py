"""What the page says while the race's process starts."""

import streamlit as st

from viz.race import host
from viz.words.language import say

LOOK = 0.5  # seconds between two looks


def waits() -> None:
    """What starts, since when and for how long about, with a bar; nothing once it has started."""
    if host.shared().starting.words():
        st.fragment(_bar, run_every=LOOK)()


def _bar() -> None:
    """Once it has started the page is drawn again, without a bar and without a clock."""
    starting = host.shared().starting
    if words := starting.words():
        st.progress(starting.share(), text=say(words))
    else:
        st.rerun()
