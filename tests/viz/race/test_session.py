"""What the page remembers: the view's changes count only when they started from the race that is on screen."""

import pytest
import streamlit as st

from viz.race import session
from viz.race.racer import racers
from viz.race.state import Race
from viz.widgets.delivery import arrive


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
    session.memory.open()
    before = session.revision()
    view_tells(Race(start=(0.5, -1.0)), before)
    assert session.race().start == (0.5, -1.0)
    assert session.revision() == before
    assert st.query_params["start"] == "0.5~-1.0"


def test_what_the_view_tells_of_an_older_race_is_out_of_date() -> None:
    session.memory.open()
    before = session.revision()
    session.memory.adopt(Race(surface="beale"))
    view_tells(Race(start=(0.5, -1.0)), before)
    assert session.race() == Race(surface="beale")


def test_nonsense_from_the_view_is_a_notice_and_changes_nothing() -> None:
    session.memory.open()
    st.session_state[session.VIEW] = {"race": {"race": {"steps": -3}, "revision": session.revision()}}
    session.adopt_view()
    assert session.race() == Race()
    assert "steps" in session.memory.notices()[0]


def test_what_a_link_got_wrong_is_said_until_the_race_changes() -> None:
    st.query_params.from_dict({"steps": "many", "runs": "adma@1"})
    session.memory.open()
    assert [notice.split(":")[0] for notice in session.memory.notices()] == [
        "Steps",
        "unknown optimizer 'adma'; choose from",
    ]
    view_tells(session.race(), session.revision())
    assert len(session.memory.notices()) == 2
    view_tells(Race(start=(0.5, 1.0)), session.revision())
    assert session.memory.notices() == []


def test_a_link_opened_in_the_same_tab_is_read_and_the_menu_comes_back_to_the_race() -> None:
    session.memory.open()
    st.query_params.from_dict({"runs": "adam@0.3"})
    session.memory.open()
    assert session.race().runs == racers("adam@0.3")
    st.query_params.from_dict({})
    arrive("train")
    arrive("optimizers")
    session.memory.open()
    assert session.race().runs == racers("adam@0.3")
    assert st.query_params == {"runs": "adam@0.3"}
