"""The key that a visitor's browser keeps: unguessable, and as long as the browser keeps cookies the same."""

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response

from viz.server.tokens import TOKEN, new_token

COOKIE = "gradient_flow_lab_shelf"
YEARS = 10 * 365 * 24 * 3600  # seconds


def of_this_page() -> str:
    """The key of this page's visitor; one for this visit alone where the browser keeps none."""
    return st.session_state.setdefault(COOKIE, kept() or new_token())


def kept() -> str | None:
    """The key that the browser keeps."""
    key = str(st.context.cookies.get(COOKIE, ""))
    return key if TOKEN.fullmatch(key) else None


def take_up(key: str) -> bool:
    """Use this key on this page from now on; False where it is no key."""
    if not TOKEN.fullmatch(key):
        return False
    st.session_state[COOKIE] = key
    return True


def give(request: Request, response: Response, key: str = "") -> None:
    """Let the browser keep this key, or a new one where it has none; no script can read it."""
    if key or not TOKEN.fullmatch(request.cookies.get(COOKIE, "")):
        response.set_cookie(COOKIE, key or new_token(), max_age=YEARS, httponly=True, samesite="lax")
