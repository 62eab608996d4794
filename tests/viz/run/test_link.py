"""A run as a link, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import RunSpec
from engine.spec import FIELDS
from viz.run import link as share
from viz.run.lessons import LESSONS, OPENING
from viz.words.labels import LABELS


@pytest.mark.parametrize("spec", [RunSpec(), OPENING, *(lesson.spec for lesson in LESSONS.values())])
def test_a_link_gives_back_its_run(spec):
    assert share.read(share.write(spec)) == (spec, [])


def test_what_a_link_leaves_out_is_as_the_page_opens():
    assert share.read({"lr": "0.3"}) == (OPENING.replace(lr=0.3), [])
    assert share.read({"seed": "3", "activation": "tanh"}) == (RunSpec(seed=3), [])


@pytest.mark.parametrize(
    "change", [{"lr": 0.3}, {"hidden": (30, 20)}, {"activation": "tanh"}, {"optimizer": "adam"}]
)
def test_the_address_after_a_change_means_the_same_net_to_page_and_engine(change):
    changed = OPENING.replace(**change)
    address = share.write(changed)
    assert share.read(address) == (changed, [])
    assert RunSpec.from_query(address) == changed


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
    assert spec == OPENING.replace(lr=0.01)
    assert notices == [
        "'colour' is no field of a run. Ignored.",
        "activation: there is no 'rellu'. Did you mean 'relu'? It stays at sigmoid.",
    ]


def test_a_net_too_deep_for_the_engine_is_told_how_deep_it_may_be_here():
    spec, notices = share.read({"hidden": "100x1000000", "lr": "0.3", "colour": "red"})
    assert spec == OPENING.replace(lr=0.3)
    assert notices == [
        "'colour' is no field of a run. Ignored.",
        "hidden: '100x1000000' is too many layers; give at most 100. It stays at 100x10.",
    ]


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("widths", "hidden"), ("depth", "hidden"), ("layers", "hidden"), ("data", "dataset"),
        ("learning_rate", "lr"), ("Learning-Rate", "lr"), ("batch", "batch_size"), ("weights", "initializer"),
        ("activation_function", "activation"), ("init", "initializer"), ("bn", "batch_norm"),
    ],
)  # fmt: skip
def test_a_key_that_people_guess_is_told_the_right_one(key, field):
    spec, notices = share.read({key: "3", "lr": "0.01"})
    assert spec == OPENING.replace(lr=0.01)
    label = LABELS[field]
    assert notices == [f"{key!r} is no field of a run. Did you mean {label} ({field!r})? Ignored."]


def test_an_empty_name_is_said_to_be_missing():
    _, [notice] = share.read({"optimizer": ""})
    assert notice.startswith("optimizer: a value is missing; choose from: sgd, ")


@given(st.dictionaries(st.sampled_from([*FIELDS, "nonsense"]), st.text(max_size=30), max_size=6))
def test_any_link_opens_on_some_run_and_settles(query):
    spec, _ = share.read(query)
    assert share.read(share.write(spec)) == (spec, [])
