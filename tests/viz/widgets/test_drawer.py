"""What a drawer holds is drawn from its first opening on."""

import pytest
from streamlit.testing.v1 import AppTest

SCRIPT = """
import streamlit as st
from viz.widgets.drawer import drawer
with drawer(st.session_state.get("title", "More"), "more", needed=st.session_state.get("needed", False)) as is_open:
    if is_open:
        st.text_input("Words", key="words")
"""


@pytest.fixture
def page() -> AppTest:
    return run(AppTest.from_string(SCRIPT))


def run(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception
    return page


def test_nothing_is_drawn_before_it_is_opened(page):
    assert not page.text_input
    page.session_state["more"] = True
    assert [one.label for one in run(page).text_input] == ["Words"]


def test_it_loses_nothing_when_it_is_closed_or_called_otherwise(page):
    page.session_state["more"] = True
    run(page).text_input(key="words").set_value("typed")
    page.session_state["more"], page.session_state["title"] = False, "More (1 set)"
    assert run(page).text_input(key="words").value == "typed"
    assert page.session_state["more"] is False


def test_it_opens_by_itself_once_it_is_needed_and_can_be_closed_again(page):
    page.session_state["needed"] = True
    assert run(page).text_input
    assert page.session_state["more"] is True
    page.session_state["more"] = False
    assert run(page).session_state["more"] is False, "what is needed still does not open what was closed"
    page.session_state["needed"] = False
    run(page)
    page.session_state["needed"] = True
    assert run(page).session_state["more"] is True


def test_another_visit_begins_with_it_closed(page):
    page.session_state["more"] = True
    run(page)
    page.session_state["more"], page.session_state["visit"] = False, 7
    assert not run(page).text_input
