"""Whose shelf this is: the key to it, where it is kept, and how a browser takes up the key of another one."""

from collections.abc import Sequence

import streamlit as st

from viz.server import keys
from viz.shelf.keeping import shelf
from viz.shelf.removing import CHOSEN
from viz.shelf.store import MEGABYTE, Item
from viz.widgets.language import along
from viz.words.language import say

FIELD, BEFORE, KEPT, KEEPER = "shelf_key", "shelf_key_before", "shelf_key_kept", "shelf_keeper"
REFUSED = "shelf_key_refused"
SCRIPT = """
const asked = new WeakMap()  // element -> the key that its browser was asked to keep last

export default async function ({ parentElement, data: { key, address }, setStateValue }) {
  if (asked.get(parentElement) === key) return
  asked.set(parentElement, key)
  const answer = await fetch(new URL(address, document.baseURI), { redirect: "manual" }).catch(() => null)
  if (answer?.type === "opaqueredirect") setStateValue("kept", key)
}
"""
"""Only an answer of the server can let a browser keep a key; who is sent there by a link would lose the way back."""

_mount = st.components.v2.component("shelf_keeper", js=SCRIPT, isolate_styles=False)


def is_kept(key: str) -> bool:
    """Whether this browser has the key when it comes again."""
    return st.session_state.get(KEPT, keys.kept()) == key


def taken_up(key: str) -> None:
    """Above the shelf of a key that was entered: that it is another one, whether it is kept, and the way back."""
    before = st.session_state.get(BEFORE)
    if before is None:
        return
    _mount(
        key=KEEPER, data={"key": key, "address": along(f"shelf/use/{key}")}, on_kept_change=_hear, height=1
    )
    if before == key:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if is_kept(key):
            said = say(
                "This is the shelf of the key that you entered. Your browser keeps this key from now on."
            )
        else:
            said = say(
                "This is the shelf of the key that you entered. Your browser is asked to keep this key."
            )
        st.markdown(said)
        st.button(
            say("Back to the shelf before"),
            icon=":material/undo:",
            key="shelf_key_back",
            on_click=_go_back,
            args=(before,),
        )


def about(key: str, items: Sequence[Item]) -> None:
    """Where it all is, and whose it is."""
    with st.expander(say("Where this is kept, and your key to it")):
        st.markdown(
            say(
                "{count} of {most} things, {size:.1f} of {room:.0f} MB, in the file `{path}` of the machine that runs "
                "the lab. They stay until you take them off.",
                count=len(items),
                most=shelf().most_items,
                size=sum(item.size for item in items) / MEGABYTE,
                room=shelf().most_bytes / MEGABYTE,
                path=shelf().path,
            )
        )
        if is_kept(key):
            st.markdown(
                say(
                    "Your browser keeps this key. Whoever has it sees this shelf; take it along to another browser."
                )
            )
        else:
            st.markdown(
                say(
                    "Your browser does not keep this key yet. Whoever has it sees this shelf; copy it, or keep it here."
                )
            )
            st.link_button(say("Keep it in this browser"), along(f"shelf/use/{key}"))
        st.code(key, language=None)
        st.text_input(
            say("The key of another shelf"),
            key=FIELD,
            on_change=_take_up,
            help=say("Your browser then keeps that key in the place of this one."),
        )
        if st.session_state.pop(REFUSED, False):
            st.error(
                say("This is no key of a shelf: a key is 32 letters, digits, - and _."),
                icon=":material/error:",
            )


def _take_up() -> None:
    key = st.session_state[FIELD].strip()
    if key and key != keys.of_this_page():
        st.session_state[REFUSED] = not _use(key)


def _go_back(before: str) -> None:
    _use(before)


def _use(key: str) -> bool:
    """From now on this is the page's shelf; False where it is no key."""
    before = keys.of_this_page()
    if not keys.take_up(key):
        return False
    st.session_state[FIELD] = ""
    st.session_state.pop(CHOSEN, None)  # of the other shelf the newest is looked at
    known = st.session_state.get(BEFORE)
    st.session_state[BEFORE] = before if known is None or key != known else known
    return True


def _hear() -> None:
    """The browser keeps it: what came with the page's first request says nothing any more."""
    st.session_state[KEPT] = (st.session_state.get(KEEPER) or {}).get("kept")
