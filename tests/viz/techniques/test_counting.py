"""Beside a part with nets of its own the sidebar has no fields that count for nothing, and says so."""

import pytest
from streamlit.testing.v1 import AppTest

from viz.run.controls import GROUPS
from viz.techniques import SECTIONS
from viz.techniques.counting import COUNTING, EXAMPLE, EXAMPLES, NOTHING, SOME

SCRIPT = """
import streamlit as st
from viz.run import session
from viz.techniques import SECTIONS
from viz.techniques.counting import sidebar
session.open_page(beside=("show", "part", "net"))
sidebar(st.query_params["show"], SECTIONS, ())
"""


def beside(show: str, part: str | None = None, **address: str) -> AppTest:
    page = AppTest.from_string(SCRIPT, default_timeout=60)
    page.query_params.update({"show": show} | ({"part": part} if part else {}) | address)
    page.run()
    assert not page.exception
    return page


def test_every_part_that_counts_little_is_one():
    for (section, part), groups in COUNTING.items():
        assert part is None or part in SECTIONS[section].PARTS
        assert set(groups) <= set(GROUPS)


@pytest.mark.parametrize("part", [None, "maxout"])
def test_beside_nets_of_their_own_no_field_stands(part):
    page = beside("activations", part)
    assert [one.value for one in page.caption] == [NOTHING]
    assert not page.selectbox
    assert not page.text_input


def test_where_only_the_seed_counts_only_it_stands():
    page = beside("chapter")
    assert [one.value for one in page.caption] == [SOME]
    assert [one.label for one in page.text_input] == ["Seed"]


def test_a_part_that_trains_the_net_of_the_sidebar_has_all_of_it():
    page = beside("activations", "prelu")
    assert not page.caption
    assert {"Data", "Activation", "Optimizer"} <= {one.label for one in page.selectbox}


@pytest.mark.parametrize("show", EXAMPLES)
def test_beside_an_example_no_field_stands_until_the_net_of_the_sidebar_is_chosen(show):
    page = beside(show)
    assert [one.value for one in page.caption] == [str(EXAMPLE)]
    assert not page.selectbox
    for of_the_sidebar in (beside(show, net="sidebar"), beside(show, lr="0.3")):
        assert not of_the_sidebar.caption
        assert {"Data", "Activation", "Optimizer"} <= {one.label for one in of_the_sidebar.selectbox}
