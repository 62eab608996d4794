"""Keys of the address that say how a view is looked at: the view reads and writes them, the page says what is none."""

from collections.abc import Collection, Mapping
from functools import reduce

import streamlit as st

from engine.tables.wording import Sentence

Looks = Mapping[str, Collection[str]]
"""key of the address -> the texts that it may have."""


def keep(view: str, keys: Collection[str]) -> None:
    """The view was looked at in another way: its address has what it tells under these keys, and no more."""
    told = st.session_state[view].get("looks")
    if not isinstance(told, Mapping):
        return
    for key in keys:
        if isinstance(text := told.get(key), str) and text:
            st.query_params[key] = text
        else:
            st.query_params.pop(key, None)


def misread(looks: Looks) -> list[Sentence]:
    """A notice for each that the address has, and that is none."""
    asked = {key: st.query_params[key] for key in looks if key in st.query_params}
    words = "{key}: {text!r} is not allowed; give {allowed}. The link's value was left out."
    return [
        Sentence(words, key=key, text=text, allowed=reduce(_or, looks[key]))
        for key, text in asked.items()
        if text not in looks[key]
    ]


def _or(row: str, one: str) -> Sentence:
    return Sentence("{row} or {next}", row=row, next=one)
