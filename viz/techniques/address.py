"""Choices that a link keeps: which technique is shown and which part of it; and the names of its settings there."""

from collections.abc import Mapping

import streamlit as st

from viz.widgets.kept import refuse
from viz.words.language import say

SHOW, PART = "show", "part"
SETTINGS = (
    "batch", "data", "depth", "draws", "epochs", "first", "init", "layer", "lower", "map", "masks", "mean", "moment",
    "net", "nets", "norm_at", "pieces", "rate", "samples", "second", "seeds", "start", "steps", "target", "threshold",
    "upper", "value_at", "variance", "width",
)  # fmt: skip
KEYS = (SHOW, PART, *SETTINGS)
"""Keys of the address that are this page's own."""


def choose(address: str, names: Mapping[str, str], key: str, label: str) -> str:
    """A row of choices, name -> what it is called, that shows and keeps `address`; the first where it says none."""
    first = next(iter(names))
    asked = st.query_params.get(address, first)
    if asked not in names:
        refuse(asked, names)
        asked = first
    st.session_state[key] = asked
    st.segmented_control(
        label,
        list(names),
        format_func=lambda name: say(names[name]),
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=_move,
        args=(address, key),
    )
    return asked


def _move(address: str, key: str) -> None:
    """Another technique starts at its own first part, with its own usual settings."""
    st.query_params[address] = st.session_state[key]
    for name in (PART, *SETTINGS) if address == SHOW else ():
        st.query_params.pop(name, None)
