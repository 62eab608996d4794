"""What the Optimizers page remembers for one visitor: the race, where its last change came from, what was refused."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from engine.registry import SpecError
from viz.race import host, link
from viz.race.state import Race

RACE, ADDRESS, ECHO, NOTICES, TOKEN, VIEW = (
    "race_spec", "race_address", "race_echo", "race_notices", "race_token", "race",
)  # fmt: skip


def race() -> Race:
    """The race on screen."""
    return st.session_state[RACE]


def echo() -> int | None:
    """The number under which the view told of this race; None when it came from anywhere else."""
    return st.session_state.get(ECHO)


def open_page() -> None:
    """Read the address at the first visit, after Back and Forward, and when a link is opened in the same tab."""
    query = st.query_params.to_dict()
    if RACE in st.session_state and query in ({}, st.session_state[ADDRESS]):
        _write_address()
        return
    found, st.session_state[NOTICES] = link.read(query)
    adopt(found)


def adopt(new: Race, number: int | None = None) -> None:
    """Race this from now on."""
    st.session_state[RACE], st.session_state[ECHO] = new, number
    _write_address()


def adopt_view() -> None:
    """The view changed the race by itself, and the race's process has accepted it."""
    told = st.session_state[VIEW].get("race")
    if not isinstance(told, Mapping):
        return
    try:
        adopt(Race.from_dict(told.get("race")), told.get("serial"))
    except SpecError as error:
        st.session_state[NOTICES] = [str(error)]


def token() -> str:
    """The name under which this page asks."""
    return st.session_state.setdefault(TOKEN, host.new_token())


def take_notices() -> list[str]:
    """What there is to say about the address, once."""
    return st.session_state.pop(NOTICES, [])


def _write_address() -> None:
    st.session_state[ADDRESS] = query = link.write(race())
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


def given(key: str) -> Any:
    """What the widget holds."""
    return st.session_state[key]
