"""What a script run draws, and what of it a browser has: it lags, and of two runs it may draw the second alone."""

import time
from dataclasses import dataclass
from typing import Any, NoReturn

import streamlit as st

PAGE, VISIT = "page", "visit"
GIVEN, AGAIN, IS_AGAIN = "given", "again", "is_again"
TAKEN_WITHIN = 2.0  # seconds that a busy browser needs until a widget shows what it was given
_NOTHING = object()


@dataclass
class Given:
    """A value that a widget was given, what a browser may still show there, and since when it should have the value."""

    value: Any
    before: list[Any]
    drawn_at: float | None = None


def arrive(page: str) -> None:
    """This page is about to be drawn; where another was drawn before, a new visit begins."""
    st.session_state[IS_AGAIN] = st.session_state.pop(AGAIN, False)
    latest = time.monotonic() - TAKEN_WITHIN
    for widget, one in list(_given().items()):
        if one.drawn_at is not None and one.drawn_at < latest:
            del _given()[widget]
    if st.session_state.get(PAGE) != page:
        st.session_state[PAGE], st.session_state[VISIT] = page, visit() + 1


def again() -> NoReturn:
    """Draw the page once more, as it is: nobody went anywhere, whatever address came with this script run."""
    st.session_state[AGAIN] = True
    st.rerun()


def is_again() -> bool:
    """Whether this script run is one that we asked for."""
    return bool(st.session_state.get(IS_AGAIN))


def drawn() -> None:
    """The page was drawn to its end."""
    for one in _given().values():
        one.drawn_at = one.drawn_at or time.monotonic()


def give(widget: str, value: Any) -> None:
    """The widget shows this from now on, whatever it holds.

    A browser draws only the newest of what it is told, and may draw what it was told before somebody chose: where
    things come close together it shows in the end what was so before. So for some seconds the value is given again,
    and what the widget held before is taken for what it still shows, not for somebody's choice.
    """
    _holds(widget, value, before=st.session_state.get(widget, _NOTHING))
    st.session_state[widget] = value


def chosen(widget: str, value: Any) -> None:
    """Somebody chose this there: what it was given before may still be drawn over it."""
    if is_on_its_way(widget):
        _holds(widget, value, before=_given()[widget].value)


def is_on_its_way(widget: str) -> bool:
    """Whether a browser may not have drawn yet what the widget was given."""
    return widget in _given()


def is_outdated(widget: str) -> bool:
    """Whether it says what it held before it was given its value: a browser that lags, and nobody's choice."""
    return is_on_its_way(widget) and st.session_state[widget] in _given()[widget].before


def _holds(widget: str, value: Any, before: Any) -> None:
    outdated = [*_given()[widget].before, before] if widget in _given() else [before]
    _given()[widget] = Given(value, [one for one in outdated if one != value])


def _given() -> dict[str, Given]:
    return st.session_state.setdefault(GIVEN, {})


def visit() -> int:
    """The number of the visit to the page on screen."""
    return st.session_state.get(VISIT, 0)
