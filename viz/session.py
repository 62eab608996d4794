"""What the Train page remembers for one visitor: the spec that runs, and changes that were refused with the reason.

The spec is the only truth. Widgets show it, their callbacks propose a changed one, the address bar follows it.
A refused change stays visible in its widget, beside the reason; the last good spec runs on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.runtime.state import SessionStateProxy

from engine.spec import RunSpec, SpecError
from viz import share

SPEC, ADDRESS, REFUSED, NOTICES, TOKEN = "spec", "address", "refused", "notices", "token"

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Refusal:
    """A proposal that describes no run: what its widget shows, the fields it meant (None: unreadable), and why not."""

    shown: Any
    fields: Fields | None
    reason: str


def state() -> SessionStateProxy:
    return st.session_state


def spec() -> RunSpec:
    """The spec that runs."""
    return state()[SPEC]


def open_page() -> None:
    """Read the address at the first visit, and whenever the visitor changed it or went back in the browser."""
    query = st.query_params.to_dict()
    if SPEC in state() and query == state().get(ADDRESS):
        return
    if SPEC in state() and not query and state().get("arrived"):
        write_address()
        return
    found, notices = share.read(query)
    state()[REFUSED], state()[NOTICES] = {}, notices
    state()[SPEC] = found
    write_address()


def write_address() -> None:
    """Let the address bar say what runs."""
    state()[ADDRESS] = share.write(spec())
    if st.query_params.to_dict() != state()[ADDRESS]:
        st.query_params.from_dict(state()[ADDRESS])


def adopt(new: RunSpec) -> None:
    """Run this spec; what was refused before is forgotten."""
    state()[SPEC], state()[REFUSED] = new, {}
    write_address()


def propose(key: str, fields_of: Callable[[Any], Fields]) -> None:
    """The widget `key` was changed: run the spec with the fields it means, or keep the old one and the reason."""
    shown, fields = state()[key], None
    refused = {other: refusal for other, refusal in state()[REFUSED].items() if other != key}
    try:
        fields = fields_of(shown)
        changed = spec().replace(**fields)
    except SpecError as error:
        state()[REFUSED] = refused | {key: Refusal(shown, fields, str(error))}
        return
    changed, refused = _retry(changed, refused)
    state()[SPEC], state()[REFUSED] = changed, refused
    write_address()


def _retry(changed: RunSpec, refused: Mapping[str, Refusal]) -> tuple[RunSpec, dict[str, Refusal]]:
    """What was refused before may fit now: batch size 1, say, once batch norm is off."""
    left = {}
    for key, refusal in refused.items():
        try:
            changed = changed.replace(**refusal.fields) if refusal.fields is not None else changed
        except SpecError as error:
            left[key] = Refusal(refusal.shown, refusal.fields, str(error))
        else:
            if refusal.fields is None:
                left[key] = refusal
    return changed, left


def show(key: str, value: Any) -> None:
    """Give the widget its value before it is drawn: what runs, or the proposal that was refused."""
    refusal = state()[REFUSED].get(key)
    value = refusal.shown if refusal else value
    if key not in state() or state()[key] != value:
        state()[key] = value


def take_notices() -> list[str]:
    """What there was to say about the address, once."""
    notices, state()[NOTICES] = state().get(NOTICES, []), []
    return notices


def reason(key: str) -> str | None:
    """Why the widget's last change was refused; None when it was not."""
    refusal = state()[REFUSED].get(key)
    return refusal.reason if refusal else None
