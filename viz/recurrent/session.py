"""What the Recurrent page remembers for one visitor: the nets on screen, what was refused, what is to be said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from engine.tables.option import SpecError
from viz.recurrent.case import Case
from viz.widgets.refusals import Refusals, is_empty

CASE, ADDRESS, NOTICES = "recurrent_case", "recurrent_address", "recurrent_notices"

refusals = Refusals("recurrent_refused")
show, reason = refusals.show, refusals.reason


def case() -> Case:
    """What is on screen."""
    return st.session_state[CASE]


def open_page() -> None:
    """Read the address at the first visit, after Back and Forward, and when a link is opened in the same tab."""
    query = st.query_params.to_dict()
    if CASE in st.session_state and query in ({}, st.session_state[ADDRESS]):
        _write_address()
        return
    adopt(*Case.read(query))


def adopt(new: Case, notices: Sequence[str] = ()) -> None:
    """Show these nets, and say these things about them; what was refused or said before is forgotten."""
    st.session_state[CASE], st.session_state[NOTICES] = new, list(notices)
    refusals.forget()
    _write_address()


def propose(key: str, fields_of: Callable[[Any], Mapping[str, Any]]) -> None:
    """The widget `key` was changed: show the nets with the fields it means, or keep the old ones and the reason."""
    shown = st.session_state[key]
    try:
        changed = replace(case(), **({} if is_empty(shown) else fields_of(shown)))
    except SpecError as error:
        refusals.refuse(key, shown, error.brief)
        return
    adopt(changed)


def notices() -> list[str]:
    """What there is to say about the address, until the next change."""
    return st.session_state[NOTICES]


def _write_address() -> None:
    st.session_state[ADDRESS] = query = case().write()
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)
