"""A part of a page that is drawn once it is opened: what was never looked at costs a browser nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from viz.widgets.delivery import give, visit


@contextmanager
def drawer(title: str, key: str, needed: bool = False, icon: str | None = None) -> Iterator[bool]:
    """Within it, whether to draw what it holds: from its first opening on, so that it loses nothing when it is closed.

    It opens by itself when it comes to be `needed`.
    """
    since, opened = f"{key}_needed", f"{key}_opened"
    if needed and st.session_state.get(since) != visit():
        give(key, True)
    st.session_state[since] = visit() if needed else None
    with (
        place := st.expander(title, bool(st.session_state.get(key)), key=key, on_change="rerun", icon=icon)
    ):
        if place.open:
            st.session_state[opened] = visit()
        yield st.session_state.get(opened) == visit()
