"""Tokens: who a page is, unguessable."""

import base64
import re
import secrets
from hashlib import sha256

import streamlit as st

TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
MINE = "token"


def new_token() -> str:
    """A name for a run that nobody can guess."""
    return secrets.token_urlsafe(24)


def derived(token: str, what: str) -> str:
    """A second name that only who knows the first one can tell."""
    return base64.urlsafe_b64encode(sha256(f"{what} {token}".encode()).digest()[:24]).decode()


def visitor() -> str:
    """The name of this script run's visitor, and of the run in the sidebar."""
    return st.session_state.setdefault(MINE, new_token())


def adopt(token: str) -> None:
    """This visitor came before, under this name."""
    st.session_state[MINE] = token
