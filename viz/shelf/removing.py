"""What is taken off the shelf, and its way back for an hour, or until something else is taken off."""

from collections.abc import Sequence

import streamlit as st

from viz.shelf.keeping import shelf, told
from viz.shelf.store import ShelfError
from viz.words.language import say
from viz.words.text import plain

CHOSEN = "shelf_chosen"  # the ids of what is looked at


def button(key: str, label: str, ids: Sequence[int]) -> None:
    """Takes these off the shelf."""
    st.button(label, icon=":material/delete:", key="shelf_remove", on_click=_take_off, args=(key, ids))


def way_back(key: str) -> None:
    """What was taken off last, and a button that puts it back; nothing where nothing was, or too long ago."""
    off = shelf().off(key)
    if not off:
        return
    if len(off) == 1:
        said = say("Taken off the shelf: {name}. It can be put back for an hour.", name=off[0].name)
    else:
        said = say("Taken off the shelf: {n} {n:thing|things}. They can be put back for an hour.", n=len(off))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(plain(said))
        st.button(
            say("Put it back") if len(off) == 1 else say("Put them back"),
            icon=":material/undo:",
            key="shelf_put_back",
            on_click=_put_back,
            args=(key, [item.id for item in off]),
        )


def _take_off(key: str, ids: Sequence[int]) -> None:
    try:
        here = [item.id for item in shelf().items(key)]
        shelf().remove(key, ids)
    except ShelfError as error:
        st.toast(plain(told(error)), icon=":material/error:")
        return
    left = [id for id in here if id not in ids]
    at = sum(id > max(ids) for id in here)  # as many are newer than what went
    st.session_state[CHOSEN] = [left[min(at, len(left) - 1)]] if left else []


def _put_back(key: str, ids: Sequence[int]) -> None:
    try:
        shelf().put_back(key)
    except ShelfError as error:
        st.toast(plain(told(error)), icon=":material/error:")
        return
    st.session_state[CHOSEN] = list(ids)
