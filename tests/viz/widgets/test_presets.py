"""The menu "Try this": what is chosen there sets the page, what a browser still shows there does not."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import streamlit as st

from viz.widgets import presets
from viz.widgets.delivery import arrive
from viz.widgets.memory import Memory

LOW, HIGH = (
    SimpleNamespace(title=name, words=f"{name}.", depth=depth) for name, depth in (("Low", 2), ("High", 9))
)


@pytest.fixture
def drawn(monkeypatch) -> dict:
    """What the menu was drawn with."""
    told: dict = {}
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(st, "query_params", SimpleNamespace(to_dict=dict, from_dict=lambda new: None))
    monkeypatch.setattr(st, "container", lambda **_: nullcontext())
    monkeypatch.setattr(st, "caption", lambda words: told.update(words=words))
    monkeypatch.setattr(st, "selectbox", lambda label, options, **settings: told.update(settings))
    return told


def test_only_a_choice_sets_the_page(drawn):
    arrive("train")
    memory = Memory("depth", lambda query: (2, []), lambda depth: {}, change=lambda depth, new: new)
    memory.open()

    def menu() -> None:
        presets.menu(memory, "try", {"low": LOW, "high": HIGH}, lambda one: one.depth, own="own", about="")

    menu()
    assert (st.session_state["try"], drawn["index"]) == ("low", 0)
    memory.adopt(5)  # a field beside it was changed: none of them is on screen any more
    menu()
    assert (st.session_state["try"], drawn["index"]) == (None, None)
    st.session_state["try"] = "low"  # the browser has not drawn that yet
    drawn["on_change"]()
    assert memory.value == 5
    st.session_state["try"] = "high"
    drawn["on_change"]()
    assert memory.value == 9


def test_the_words_of_a_preset_stay_when_a_setting_is_changed_and_the_menu_says_that_one_was(drawn):
    arrive("train")
    memory = Memory("depth", lambda query: (2, []), lambda depth: {}, change=lambda depth, new: new)
    memory.open()
    for depth, shown, words in ((5, "own", None), (9, "own", "High."), (4, "Changed: High", "High.")):
        memory.adopt(depth)
        drawn.pop("words", None)
        presets.menu(memory, "try", {"low": LOW, "high": HIGH}, lambda one: one.depth, own="own", about="")
        assert (drawn["placeholder"], drawn.get("words")) == (shown, words)
    arrive("compare")
    arrive("train")
    presets.menu(memory, "try", {"low": LOW, "high": HIGH}, lambda one: one.depth, own="own", about="")
    assert drawn["placeholder"] == "own"
