"""What a page remembers: its address, what outlives a change of page, refusals, its widgets' values."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import pytest
import streamlit as st

from engine.tables.errors import SpecError
from engine.tables.option import Whole
from viz.widgets import delivery
from viz.widgets import memory as memories
from viz.widgets.delivery import arrive, drawn, give
from viz.widgets.memory import Memory

DEPTH = Whole("depth", 3, 1, 9)


@dataclass(frozen=True)
class Tower:
    """A value with two fields that do not always go together."""

    depth: int = 3
    color: str = "red"

    def __post_init__(self) -> None:
        DEPTH.check(self.depth)
        if self.color == "thin" and self.depth > 5:
            raise SpecError("{place}: thin towers are low.", field="color")


def read(query: Mapping[str, str]) -> tuple[Tower, list[str]]:
    notices = [f"{key} means nothing." for key in query if key not in ("depth", "color")]
    given = {"depth": int(query.get("depth", 3)), "color": query.get("color", "red")}
    return Tower(**given), notices


def write(tower: Tower) -> dict[str, str]:
    given = {"depth": str(tower.depth), "color": tower.color}
    return {key: text for key, text in given.items() if text != {"depth": "3", "color": "red"}[key]}


class Query(dict):
    to_dict = dict.copy

    def from_dict(self, new: dict) -> None:
        self.clear()
        self.update(new)


@pytest.fixture(autouse=True)
def bar(monkeypatch: pytest.MonkeyPatch) -> Query:
    """The address bar, beside a session of a plain dict."""
    query = Query()
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(st, "query_params", query)
    return query


@pytest.fixture
def memory(bar: Query) -> Memory[Tower]:
    bar.from_dict({"depth": "4"})
    arrive("train")
    one = Memory("tower", read, write, labels={"depth": "Depth"}, keeps_typed=True)
    one.open()
    return one


def choose(memory: Memory[Tower], widget: str, shown: object) -> None:
    st.session_state[widget] = shown
    memory.propose(widget, lambda value: {widget: value})


def told(memory: Memory[Tower], widget: str, value: object) -> object:
    """What a widget holds once it is drawn for that value."""
    with memory.showing(widget, value):
        return st.session_state[widget]


def test_the_menu_comes_back_to_what_was_left_and_the_address_says_it_again(memory, bar):
    choose(memory, "color", "blue")
    for page in ("signal", "train"):
        bar.clear()  # as Streamlit's menu does
        arrive(page)
        memory.open()
        assert memory.value == Tower(4, "blue")
        assert bar == {"depth": "4", "color": "blue"}
    assert memory.kept.came_by == "control"


def test_the_menu_comes_back_from_a_page_that_knows_nothing_of_it(memory, bar):
    bar.clear()
    arrive("recurrent")
    arrive("train")
    memory.open()
    assert memory.value == Tower(4)


def test_a_run_of_the_script_that_ended_before_the_page_opened_loses_nothing(memory, bar):
    bar.clear()
    arrive("signal")
    arrive("signal")
    memory.open()
    assert memory.value == Tower(4)


def test_back_to_a_bare_address_on_the_same_page_is_the_usual_value(memory, bar):
    bar.clear()
    memory.open()
    assert memory.value == Tower()
    assert memory.kept.came_by == "link"


def test_a_link_on_the_way_to_another_page_is_read(memory, bar):
    bar.from_dict({"depth": "7"})
    arrive("signal")
    memory.open()
    assert memory.value == Tower(7)


def test_an_address_stays_as_it_was_typed_until_it_means_something_else(memory, bar):
    bar.from_dict({"depth": "5", "color": "red"})
    memory.open()
    assert bar == {"depth": "5", "color": "red"}
    choose(memory, "depth", 6)
    assert bar == {"depth": "6"}


def test_two_memories_share_an_address(memory, bar):
    other = Memory("other", read, write)
    bar.from_dict({"depth": "4", "color": "blue", "moss": "1"})
    memory.open(owns=lambda key: key == "depth")
    other.open(owns=lambda key: key != "depth")
    assert (memory.value, other.value) == (Tower(4), Tower(3, "blue"))
    assert (memory.notices(), other.notices()) == ([], ["moss means nothing."])
    choose(memory, "depth", 8)
    assert bar == {"depth": "8", "color": "blue"}


def test_of_a_link_to_what_the_page_cannot_take_the_rest_is_taken_and_that_is_said(memory, bar):
    def check(tower: Tower) -> None:
        if tower.depth > 6:
            raise SpecError("{place}: too high for this page.", field="depth")

    bar.from_dict({"depth": "8", "color": "blue", "moss": "1"})
    memory.open(check=check)
    assert memory.value == Tower(color="blue")
    left_out = "Depth: too high for this page. The link's value was left out."
    assert memory.notices() == [left_out, "moss means nothing."]
    assert bar == {"color": "blue"}
    choose(memory, "depth", 7)
    assert memory.reason("depth") == "too high for this page."


def test_where_all_of_a_link_is_too_much_the_page_opens_on_the_usual_value_and_says_so(memory, bar):
    def check(tower: Tower) -> None:
        if tower.color == "blue":
            raise SpecError("Blue towers are none for this page.")

    bar.from_dict({"depth": "5", "color": "blue"})
    memory.open(check=check)
    assert memory.value == Tower()
    assert memory.notices() == [
        "Blue towers are none for this page. The page opens on its usual net instead."
    ]


def test_a_refused_value_stays_in_its_widget_and_is_taken_once_it_fits(memory):
    choose(memory, "depth", 6)
    choose(memory, "color", "thin")
    assert memory.value == Tower(6)
    assert memory.reason("color") == "thin towers are low."
    assert told(memory, "color", "red") == "thin"
    choose(memory, "depth", 5)
    assert memory.value == Tower(5, "thin")
    assert memory.reason("color") is None


def test_a_widget_that_was_emptied_shows_again_what_is_so(memory):
    choose(memory, "depth", " ")
    assert memory.value == Tower(4)
    assert memory.reason("depth") is None
    assert told(memory, "depth", 4) == 4


def test_adopting_forgets_what_was_refused_and_said(memory):
    choose(memory, "depth", 99)
    memory.say("A word.")
    assert memory.notices() == ["A word."]
    memory.adopt(Tower(2))
    assert (memory.reason("depth"), memory.notices(), memory.value) == (None, [], Tower(2))


def test_what_the_view_changed_is_no_new_revision(memory):
    before = memory.kept.revision
    memory.follow(Tower(2))
    assert (memory.value, memory.kept.revision) == (Tower(2), before)
    choose(memory, "depth", 5)
    memory.adopt(Tower(1))
    assert memory.kept.revision == before + 2


class Session(dict):
    """Tells on another page what the widget of the page before held, as Streamlit's does; writing is what counts."""

    def __init__(self, *given: dict) -> None:
        super().__init__(*given)
        self.written: list[str] = []

    def __setitem__(self, key: str, value: object) -> None:
        self.written.append(key)
        super().__setitem__(key, value)


def test_every_widget_is_given_its_value_anew_on_another_page_and_once(memory, monkeypatch):
    told(memory, "depth", 4)
    session = Session(st.session_state)
    monkeypatch.setattr(st, "session_state", session)
    told(memory, "depth", 4)
    assert "depth" not in session.written
    arrive("signal")
    for _ in range(2):
        told(memory, "depth", 4)
    assert session.written.count("depth") == 1


def test_what_a_widget_was_given_is_given_again_until_the_browser_has_it(memory, monkeypatch):
    """A browser that is told two states of a page shows the second alone: of the first it never hears."""
    session = Session(st.session_state)
    monkeypatch.setattr(st, "session_state", session)
    told(memory, "depth", 4)
    memory.adopt(Tower(7))
    for _ in range(3):  # the third begins when the second is hardly drawn
        told(memory, "depth", 7)
        drawn()
        arrive("train")
    assert session.written.count("depth") == 1 + 3
    monkeypatch.setattr(delivery, "TAKEN_WITHIN", -1.0)
    drawn()
    arrive("train")
    told(memory, "depth", 7)
    assert session.written.count("depth") == 1 + 3, "who types there now is left alone"


def test_a_value_that_the_browser_still_shows_is_nobodys_choice(memory, monkeypatch):
    told(memory, "depth", 4)
    memory.adopt(Tower(7))
    told(memory, "depth", 7)
    choose(memory, "depth", 4)  # of another widget's change: this one had not been drawn yet
    assert memory.value == Tower(7)
    choose(memory, "depth", 5)
    told(memory, "depth", 5)
    choose(memory, "depth", 7)  # drawn late, over what was chosen
    assert memory.value == Tower(5)
    monkeypatch.setattr(delivery, "TAKEN_WITHIN", -1.0)
    drawn()
    arrive("train")
    choose(memory, "depth", 4)
    assert memory.value == Tower(4)


def test_a_step_back_to_what_was_before_counts(memory):
    told(memory, "depth", 4)
    for wanted in (5, 4, 5):
        give("depth", wanted)  # as a field's buttons do
        memory.propose("depth", lambda value: {"depth": value})
        assert memory.value == Tower(wanted)


def test_a_widget_that_was_not_drawn_to_its_end_is_given_its_value_again(memory, monkeypatch):
    session = Session(st.session_state)
    monkeypatch.setattr(st, "session_state", session)
    arrive("signal")
    for _ in range(2):
        with suppress(InterruptedError), memory.showing("depth", 4):
            raise InterruptedError
    assert session.written.count("depth") == 2


def test_another_memory_puts_a_typed_address_in_order(bar):
    bar.from_dict({"depth": "5", "color": "red"})
    Memory("tidy", read, write).open()
    assert bar == {"depth": "5"}


def test_an_address_that_comes_late_takes_nothing_back(memory, bar, monkeypatch):
    """A browser that is told a new address says its old one until it has it; who goes back does so later."""
    memory.adopt(Tower(7))
    memory.adopt(Tower(7, "blue"))
    bar.from_dict({"depth": "4"})  # with a message that was under way
    assert not memory.open()
    assert memory.value == Tower(7, "blue")
    assert bar == {"depth": "7", "color": "blue"}
    monkeypatch.setattr(memories, "ADDRESS_WITHIN", 0.0)
    bar.from_dict({"depth": "4"})
    assert memory.open()
    assert memory.value == Tower(4)
    memory.adopt(Tower(8))
    bar.from_dict({"depth": "2"})  # never one of ours: a link, at any time
    monkeypatch.setattr(memories, "ADDRESS_WITHIN", 60.0)
    assert memory.open()
    assert memory.value == Tower(2)
