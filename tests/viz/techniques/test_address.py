"""A link names the technique and its part; what means nothing falls back to the first and says so."""

import re
from pathlib import Path

from streamlit.testing.v1 import AppTest

from viz import techniques
from viz.techniques.address import SETTINGS as SETTINGS_KEPT

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
    return [one.value.split()[-1].strip("`") for one in page.markdown]


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


SETTINGS = """
import streamlit as st
from viz.widgets.kept import number, one_of
st.write("chosen", one_of(st.select_slider, "Steps", (50, 100), 50, key="slider", name="steps"))
st.write("chosen", number(st.number_input, "Mean", -3.0, 3.0, 0.5, key="field", name="mean"))
st.write("chosen", one_of(st.select_slider, "Layer", ("1", "2"), "1", key="layer", name="layer", follows=True))
"""


def set_up(**query: str) -> AppTest:
    page = AppTest.from_string(SETTINGS)
    page.query_params.update(query)
    return page.run()


def test_what_a_slider_and_a_field_say_is_in_the_address_where_it_is_not_the_usual():
    page = set_up(steps="100", mean="-1.25")
    assert chosen(page) == ["100", "-1.25", "1"]
    assert not page.info
    page.select_slider(key="slider").set_value(50).run()
    page.number_input(key="field").set_value(2.0).run()
    assert "steps" not in page.query_params
    assert page.query_params["mean"] in ("2.0", ["2.0"])
    assert chosen(page) == ["50", "2.0", "1"]


def test_a_setting_that_cannot_be_is_said_with_what_can():
    page = set_up(steps="70", mean="4")
    assert chosen(page) == ["50", "0.5", "1"]
    said = [one.value.replace("\\", "") for one in page.info]
    assert "'70'" in said[0]
    assert said[1] == "'4' is not allowed here; give -3.0 to 3.0."


def test_a_choice_that_another_setting_took_away_is_dropped_in_silence():
    page = set_up(layer="7")
    assert chosen(page)[-1] == "1"
    assert not page.info
    assert "layer" not in page.query_params


def test_every_setting_of_a_section_is_a_key_of_the_page():
    named = {
        name
        for path in Path(techniques.__path__[0]).rglob("*.py")
        for name in re.findall(r'\bname="(\w+)"', path.read_text())
    }
    assert named | {"value_at", "norm_at", "lower", "upper", "layer"} == set(SETTINGS_KEPT)


def test_nothing_in_a_section_is_out_of_the_address():
    """A widget whose value is its own is lost with the tab."""
    drawn = re.compile(r"\.(select_slider|slider|number_input|segmented_control|selectbox)\(")
    for path in Path(techniques.__path__[0]).rglob("*.py"):
        if path.name != "address.py":
            assert not drawn.findall(path.read_text()), path
