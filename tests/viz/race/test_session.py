"""What the page remembers: the view's changes count only when they started from the race that is on screen."""

import pytest
import streamlit as st

from viz.race import session
from viz.race.racer import racers
from viz.race.state import Race


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch) -> dict:
    """A session and an address of plain dicts."""
    found: dict = {}

    class Query(dict):
        to_dict = dict.copy

        def from_dict(self, new: dict) -> None:
            self.clear()
            self.update(new)

    monkeypatch.setattr(st, "session_state", found)
    monkeypatch.setattr(st, "query_params", Query())
    return found


def view_tells(race: Race, revision: int) -> None:
    st.session_state[session.VIEW] = {"race": {"race": race.to_dict(), "revision": revision}}
    session.adopt_view()


def test_the_view_s_race_is_kept_without_a_new_revision_and_the_link_follows() -> None:
    session.open_page()
    before = session.revision()
    view_tells(Race(start=(0.5, -1.0)), before)
    assert session.race().start == (0.5, -1.0)
    assert session.revision() == before
    assert st.query_params["start"] == "0.5~-1.0"


def test_what_the_view_tells_of_an_older_race_is_out_of_date() -> None:
    session.open_page()
    before = session.revision()
    session.adopt(Race(surface="beale"))
    view_tells(Race(start=(0.5, -1.0)), before)
    assert session.race() == Race(surface="beale")


def test_nonsense_from_the_view_is_a_notice_and_changes_nothing() -> None:
    session.open_page()
    st.session_state[session.VIEW] = {"race": {"race": {"steps": -3}, "revision": session.revision()}}
    session.adopt_view()
    assert session.race() == Race()
    assert "steps" in session.notices()[0]


def test_what_a_link_got_wrong_is_said_until_the_race_changes() -> None:
    st.query_params.from_dict({"steps": "many", "runs": "adma@1"})
    session.open_page()
    assert [notice.split(":")[0] for notice in session.notices()] == [
        "steps",
        "unknown optimizer 'adma'; choose from",
    ]
    view_tells(session.race(), session.revision())
    assert len(session.notices()) == 2
    view_tells(Race(start=(0.5, 1.0)), session.revision())
    assert session.notices() == []


def test_an_emptied_field_shows_again_what_is_raced() -> None:
    session.open_page()
    st.session_state["race_steps"] = None
    session.propose("race_steps", lambda value: {"steps": value})
    session.show("race_steps", session.race().steps)
    assert st.session_state["race_steps"] == 300


def test_a_refused_proposal_stays_in_its_widget_beside_the_reason() -> None:
    session.open_page()
    st.session_state["race_steps"] = 0
    session.propose("race_steps", lambda value: {"steps": value})
    assert session.race() == Race()
    assert session.reason("race_steps") == "0 is not allowed; give a whole number from 1 to 2000."
    session.show("race_steps", 300)
    assert st.session_state["race_steps"] == 0
    st.session_state["race_steps"] = 40
    session.propose("race_steps", lambda value: {"steps": value})
    assert session.race().steps == 40
    assert session.reason("race_steps") is None


def test_a_link_opened_in_the_same_tab_is_read_and_a_bare_one_comes_back_to_the_race() -> None:
    session.open_page()
    st.query_params.from_dict({"runs": "adam@0.3"})
    session.open_page()
    assert session.race().runs == racers("adam@0.3")
    st.query_params.from_dict({})
    session.open_page()
    assert session.race().runs == racers("adam@0.3")
    assert st.query_params == {"runs": "adam@0.3"}
