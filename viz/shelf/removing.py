"""What is taken off the shelf, and its way back until something else is taken off."""

from collections.abc import Sequence

import streamlit as st

from viz.shelf.keeping import shelf, told
from viz.shelf.store import ShelfError
from viz.words.language import say
from viz.words.text import plain

CHOSEN = "shelf_chosen"  # the ids of what is looked at
OFF = "shelf_off"  # the key of the shelf, and what was taken off it last, with its files


def button(key: str, label: str, ids: Sequence[int]) -> None:
    """Takes these off the shelf."""
    st.button(label, icon=":material/delete:", key="shelf_remove", on_click=_take_off, args=(key, ids))


def way_back(key: str) -> None:
    """What was taken off last, and a button that puts it back; nothing where nothing was, or off another shelf."""
    of, off = st.session_state.get(OFF, (key, []))
    if not off or of != key:
        return
    first = off[0][0].name
    said = say("Taken off the shelf: {n} {n:thing|things}.", n=len(off))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(plain(say("Taken off the shelf: {name}.", name=first) if len(off) == 1 else said))
        st.button(
            say("Put it back") if len(off) == 1 else say("Put them back"),
            icon=":material/undo:",
            key="shelf_put_back",
            on_click=_put_back,
            args=(key,),
        )


def _take_off(key: str, ids: Sequence[int]) -> None:
    try:
        here = [item.id for item in shelf().items(key)]
        off = shelf().packed(key, ids)
        shelf().remove(key, ids)
    except ShelfError as error:
        st.toast(plain(told(error)), icon=":material/error:")
        return
    if off:
        st.session_state[OFF] = key, off
    left = [id for id in here if id not in ids]
    at = sum(id > max(ids) for id in here)  # as many are newer than what went
    st.session_state[CHOSEN] = [left[min(at, len(left) - 1)]] if left else []


def _put_back(key: str) -> None:
    _, off = st.session_state[OFF]
    try:
        shelf().put_back(key, off)
    except ShelfError as error:
        st.toast(plain(told(error)), icon=":material/error:")
        return
    del st.session_state[OFF]
    st.session_state[CHOSEN] = [item.id for item, _ in off]
