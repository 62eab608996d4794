"""A link names the technique and its part; what means nothing falls back to the first and says so."""

from streamlit.testing.v1 import AppTest

SCRIPT = """
import streamlit as st
from viz.techniques.address import choose
NAMES = {"modes": "Two modes", "rates": "Rates"}
st.write("chosen", choose("show", {"a": "A", "b": "B"}, key="one", label="Technique"))
st.write("chosen", choose("part", NAMES, key="two", label="Part"))
"""


def opened(**query: str) -> AppTest:
    page = AppTest.from_string(SCRIPT)
    page.query_params.update(query)
    return page.run()


def chosen(page: AppTest) -> list[str]:
    return [one.value.split()[-1] for one in page.markdown]


def test_without_a_word_the_first_ones_are_shown():
    assert chosen(opened()) == ["a", "modes"]


def test_the_address_says_what_is_shown():
    page = opened(show="b", part="rates")
    assert chosen(page) == ["b", "rates"]
    assert not page.info


def test_an_unknown_part_is_named_with_the_nearest_one():
    page = opened(part="rate")
    assert chosen(page) == ["a", "modes"]
    assert "rate" in page.info[0].value
    assert "Did you mean" in page.info[0].value


def test_a_click_is_kept_in_the_address_and_another_technique_begins_at_its_first_part():
    page = opened(show="b")
    page.button_group(key="two").set_value("rates").run()
    assert chosen(page) == ["b", "rates"]
    assert page.query_params["part"] in ("rates", ["rates"])
    page.button_group(key="one").set_value("a").run()
    assert chosen(page) == ["a", "modes"]
    assert "part" not in page.query_params
