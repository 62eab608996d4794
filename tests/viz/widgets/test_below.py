"""What is beside a view waits for it, at a visit's first script run and not for long."""

import pytest

from viz.widgets import below


@pytest.fixture
def session(monkeypatch) -> dict:
    state: dict = {}
    monkeypatch.setattr(below.st, "session_state", state)
    monkeypatch.setattr(below, "visit", lambda: 3)
    monkeypatch.setattr(below, "AT_ONCE", 30.0)
    return state


def test_it_comes_as_soon_as_the_view_stands(session):
    looks = iter([False, False, True])
    below.give_way(lambda: next(looks))
    assert next(looks, "asked three times") == "asked three times"


def test_who_was_drawn_before_in_this_visit_waits_for_nothing(session):
    session[below.DRAWN] = 3
    below.give_way(lambda: pytest.fail("the view stands already"))


def test_where_nobody_watches_it_comes_all_the_same(session, monkeypatch):
    monkeypatch.setattr(below, "AT_ONCE", 0.1)
    below.give_way(lambda: False)
