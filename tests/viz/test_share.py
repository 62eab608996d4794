"""A run as a link, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import RunSpec
from engine.spec import FIELDS
from viz import share
from viz.lessons import LESSONS, OPENING


@pytest.mark.parametrize("spec", [RunSpec(), OPENING, *(lesson.spec for lesson in LESSONS.values())])
def test_a_link_gives_back_its_run(spec):
    assert share.read(share.write(spec)) == (spec, [])


def test_a_link_holds_only_what_is_unusual():
    spec = RunSpec(activation="elu", activation_options={"alpha": 0.3}, hidden=(300, 100), lr=0.003)
    expected = {"activation": "elu", "activation_options": "alpha:0.3", "hidden": "300,100", "lr": "0.003"}
    assert share.write(spec) == expected


def test_the_bare_address_is_the_opening_and_no_other_run_has_it():
    assert share.write(OPENING) == {}
    assert share.read({}) == (OPENING, [])
    assert share.write(RunSpec()) != {}


def test_a_bad_key_falls_back_and_says_so():
    spec, notices = share.read({"activation": "rellu", "lr": "0.01", "colour": "red"})
    assert spec == RunSpec(lr=0.01)
    assert len(notices) == 2
    assert any("Did you mean 'relu'?" in notice and "stays at tanh" in notice for notice in notices)
    assert any("'colour' is no field of a run" in notice for notice in notices)


@given(st.dictionaries(st.sampled_from([*FIELDS, "nonsense"]), st.text(max_size=30), max_size=6))
def test_any_link_opens_on_some_run_and_settles(query):
    spec, _ = share.read(query)
    assert share.read(share.write(spec)) == (spec, [])
