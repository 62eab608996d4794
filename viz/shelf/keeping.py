"""Keep what is on the page: a name, a button, and what came of it."""

from collections.abc import Callable

import streamlit as st

from engine.tables.errors import ToldError
from viz.server import keys
from viz.shelf.store import LONGEST_NAME, Item, Shelf, ShelfError, place
from viz.words.language import say
from viz.words.text import plain

Made = tuple[Item, bytes]
"""What is kept, and the bytes of its file."""


def shelf() -> Shelf:
    """The server's shelf."""
    return Shelf(place())


@st.fragment  # by itself it says at once that it is being kept; a page is first drawn from its top
def keep(kind: str, name: str, make: Callable[[str], Made]) -> None:
    """A button that opens a field for a name, the usual one to begin with, and keeps what `make(name)` makes.

    make raises RuntimeError, with the reason, where there is nothing to keep.
    """
    with st.popover(say("Keep on the shelf"), icon=":material/bookmark_add:", key=f"keep_{kind}"):
        chosen = st.text_input(say("Name"), name, max_chars=LONGEST_NAME, key=f"keep_{kind}_name_{name}")
        if not st.button(say("Keep it"), key=f"keep_{kind}_now", type="primary"):
            return
        try:
            with st.spinner(say("It is written down...")):
                shelf().keep(keys.of_this_page(), *make(chosen))
        except (ShelfError, RuntimeError) as error:
            st.error(plain(told(error)), icon=":material/error:")
            return
        kept = say("Kept as “{name}”. It is on the page Shelf.", name=plain(chosen))
        st.success(kept, icon=":material/check:")


def told(error: Exception) -> str:
    """Why it could not be, in the visitor's language."""
    return say(error.sentence if isinstance(error, ToldError) else str(error))
