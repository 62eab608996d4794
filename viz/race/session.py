"""What the Optimizers page remembers for one visitor: the race, where its last change came from, what was refused."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from engine.tables.option import SpecError
from viz.race import link
from viz.race.state import Race
from viz.server import tokens
from viz.widgets.refusals import Refusals, is_empty

RACE, ADDRESS, REVISION, NOTICES, TOKEN, VIEW = (
    "race_spec", "race_address", "race_revision", "race_notices", "race_token", "race",
)  # fmt: skip

refusals = Refusals("race_refused")
show, reason = refusals.show, refusals.reason


def race() -> Race:
    """The race on screen."""
    return st.session_state[RACE]


def revision() -> int:
    """Counts the races that did not come from the view: what it tells of an older one is out of date."""
    return st.session_state[REVISION]


def open_page() -> None:
    """Read the address at the first visit, after Back and Forward, and when a link is opened in the same tab."""
    query = st.query_params.to_dict()
    if RACE in st.session_state and query in ({}, st.session_state[ADDRESS]):
        _write_address()
        return
    found, said = link.read(query)
    adopt(found)
    st.session_state[NOTICES] = said


def adopt(new: Race) -> None:
    """Race this from now on; what was refused before is forgotten."""
    st.session_state[REVISION] = st.session_state.get(REVISION, 0) + 1
    _keep(new)


def _keep(new: Race) -> None:
    if new != st.session_state.get(RACE):
        st.session_state[NOTICES] = []
    st.session_state[RACE] = new
    refusals.forget()
    _write_address()


def propose(key: str, fields_of: Callable[[Any], Mapping[str, Any]]) -> None:
    """The widget `key` was changed: race with the fields it means, or keep the old race and the reason.

    A widget that was emptied means nothing, and shows again what is raced.
    """
    shown = st.session_state[key]
    try:
        changed = race() if is_empty(shown) else replace(race(), **fields_of(shown))
    except SpecError as error:
        refusals.refuse(key, shown, error.brief)
        return
    adopt(changed)


def adopt_view() -> None:
    """The view changed the race by itself, and the race's process has accepted it."""
    told = st.session_state[VIEW].get("race")
    if not isinstance(told, Mapping) or told.get("revision") != revision():
        return
    try:
        _keep(Race.from_dict(told.get("race")))
    except SpecError as error:
        st.session_state[NOTICES] = [error.sentence]


def token() -> str:
    """The name under which this page asks."""
    return st.session_state.setdefault(TOKEN, tokens.new_token())


def notices() -> list[str]:
    """What there is to say about the address, until the race changes."""
    return st.session_state.get(NOTICES, [])


def _write_address() -> None:
    st.session_state[ADDRESS] = query = link.write(race())
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)
