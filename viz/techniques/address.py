"""Choices that a link keeps: which technique is shown, and which part of it."""

from collections.abc import Mapping

import streamlit as st

from engine.tables.wording import Sentence, nearest
from viz.words.text import plain

SHOW, PART = "show", "part"
KEYS = (SHOW, PART)
"""Keys of the address that are this page's own."""


def choose(address: str, names: Mapping[str, str], key: str, label: str) -> str:
    """A row of choices, name -> what a person reads, that shows and keeps `address`; the first where it says none."""
    first = next(iter(names))
    asked = st.query_params.get(address, first)
    if asked not in names:
        hint = nearest(asked, names)
        words = "There is no {asked!r}. {hint} Choose one of these."
        words = words if hint else "There is no {asked!r}. Choose one of these."
        st.info(plain(Sentence(words, asked=asked, hint=hint)), icon=":material/info:")
        asked = first
    st.session_state[key] = asked
    st.segmented_control(
        label,
        list(names),
        format_func=lambda name: names[name],
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=_keep,
        args=(address, key),
    )
    return asked


def _keep(address: str, key: str) -> None:
    """Another technique starts at its own first part."""
    st.query_params[address] = st.session_state[key]
    if address == SHOW:
        st.query_params.pop(PART, None)
