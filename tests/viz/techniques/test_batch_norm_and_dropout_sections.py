"""The batch norm and dropout sections and their figures: what they draw and say, without a server."""

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from engine.spec import RunSpec
from tests.viz.workbench.here import ARRIVING, the_last
from viz import theme
from viz.figures import batch_norm, drift, dropout, shared_axis
from viz.figures.lines import Line
from viz.run.lessons import OPENING
from viz.techniques import dropout as dropout_section

pytestmark = pytest.mark.slow

STEP = np.array([1, 5, 20])
FALLING = Line(np.array([2.0, 0.0, 0.5]), "activation", band=(np.array([1.0, 0, 0]), np.array([3.0, 1, 1])))
GAP = np.array([[0.9, 1.4], [0.2, np.nan], [0.1, 0.3]])
COUNTS = np.zeros((3, 8), np.uint16)
COUNTS[:, 2:5] = [10, 70, 20]
EDGES = np.sinh(np.linspace(-4, 4, 9))
FIGURES = {
    shared_axis.through_time: ((STEP, {"a": FALLING, "b": FALLING}), {"unit": "loss"}),
    batch_norm.layer_map: ((STEP, ["data", "out"], GAP), {"hover": "lie apart by"}),
    batch_norm.two_ways: ((np.array([0.5, np.nan]), np.array([0.7, np.nan])), {}),
    batch_norm.draws: (
        (np.array([1.0, -2.0]), np.ones((5, 2)), 1),
        {"first": "alone", "second": "in batches"},
    ),
    batch_norm.table_map: (
        (np.array([[0.1, np.nan], [50.0, 1.0]]),),
        {"across": ["2", "8"], "down": ["0.1", "1"], "across_title": "size", "down_title": "m", "worst": 1.0},
    ),
    drift.stacked: (
        (STEP, EDGES, COUNTS, np.tile([-1.0, 0, 1.0], (3, 1))),
        {"limits": (-3.0, 2.0), "scale": 1.0, "role": "activation"},
    ),
    shared_axis.over_layers: (
        (["1", "out"], {"a": Line(np.array([1.0, 4.0]), "activation")}),
        {"unit": "ratio"},
    ),
    dropout.unit: ((np.array([1.0, 2.0, 2.5]), 1.5), {}),
}


def drawn(function: Callable[..., go.Figure], base: str = "light") -> go.Figure:
    args, settings = FIGURES[function]
    return function(*args, **settings, title="Title", base=base)


@pytest.mark.parametrize("base", theme.BASES)
@pytest.mark.parametrize("function", FIGURES)
def test_figures_wear_the_theme_and_name_their_axes(function, base):
    figure = drawn(function, base)
    assert figure.layout.template.layout.paper_bgcolor == theme.colors(base)["background"]
    assert figure.layout.title.text == "Title"
    assert figure.layout.xaxis.title.text
    assert figure.layout.yaxis.title.text


def test_a_log_axis_leaves_zeros_out_and_names_one_two_five():
    args, settings = FIGURES[shared_axis.through_time]
    figure = shared_axis.through_time(*args, **settings, title="t", base="light", log=True)
    low, high, line = figure.data[:3]
    assert np.isnan(line.y).tolist() == [False, True, False]
    assert list(low.y), list(high.y) == ([1, 0, 0], [3, 1, 1])
    assert {"0.5", "1", "2"} <= set(figure.layout.yaxis.ticktext)
    far = {"a": Line(np.array([1.0, 1e-9, np.nan]), "test")}
    assert (
        shared_axis.through_time(
            np.arange(3), far, title="", unit="", base="light", log=True
        ).layout.yaxis.dtick
        == 2
    )


def test_the_table_writes_its_shares_and_leaves_the_unknown_empty():
    (heat,) = drawn(batch_norm.table_map).data
    assert [list(row) for row in heat.text] == [["10%", ""], [">999%", "100%"]]


def test_the_axis_of_the_stacked_histograms_holds_what_matters_and_reads_in_the_values_own_unit():
    low, high = drift.reach(EDGES, COUNTS)
    assert (low, high) == (pytest.approx(EDGES[2]), pytest.approx(EDGES[5]))
    assert drift.reach(EDGES, np.zeros((3, 8))) == (-1, 1)
    figure = drawn(drift.stacked)
    assert figure.data[0].z.max() == 1
    places, words = figure.layout.yaxis.tickvals, figure.layout.yaxis.ticktext
    assert dict(zip(words, places, strict=True))["1"] == pytest.approx(np.arcsinh(1))
    assert figure.data[2].name == "median"


def test_a_net_that_has_diverged_leaves_empty_columns():
    _, settings = FIGURES[drift.stacked]
    nothing = (STEP, EDGES, np.zeros((3, 8)), np.full((3, 3), np.nan))
    assert isinstance(drift.stacked(*nothing, **settings, title="t", base="dark"), go.Figure)


def test_the_histogram_of_a_unit_counts_every_mask_even_when_all_are_alike():
    bars, whole, mean = drawn(dropout.unit).data
    assert sum(bars.y) == 3
    assert whole.x == (1.5, 1.5)
    assert mean.x[0] == pytest.approx(5.5 / 3)
    assert sum(dropout.unit(np.full(9, 2.0), 2.0, title="t", base="light").data[0].y) == 9


@pytest.fixture
def section(monkeypatch) -> Callable[..., AppTest]:
    """`section("batch_norm", "drift", hidden=(4,))` is that part, its experiments run here and at once."""

    monkeypatch.setattr(ARRIVING, the_last)

    def draw(name: str, part: str, **fields) -> AppTest:
        spec = RunSpec(
            **{"dataset": "moons", "hidden": (6, 5), "activation": "relu", "batch_size": 32} | fields
        )

        def script(name, part, spec):
            from importlib import import_module

            import streamlit as st

            from engine.spec import RunSpec

            st.query_params["part"] = part
            for key in ("batch_norm_steps", "dropout_steps"):
                st.session_state.setdefault(key, 50)
            import_module(f"viz.techniques.{name}").show(RunSpec.from_dict(spec))

        app = AppTest.from_function(
            script, kwargs={"name": name, "part": part, "spec": spec.to_dict()}, default_timeout=60
        )
        app.run()
        assert not app.exception
        return app

    return draw


def said(app: AppTest) -> str:
    return " ".join(
        element.value for kind in (app.markdown, app.info, app.warning, app.caption) for element in kind
    )


@pytest.mark.long
@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("modes", "the logits of the two modes lie"),
        ("learned", "γ went from 1 to"),
        ("drift", "since the start its units' means have moved by"),
        ("momentum", "the gap is narrowest"),
        ("placement", "Test loss at inference, best first"),
    ],
)
def test_each_part_of_batch_norm_says_what_it_found(section, part, words):
    app = section("batch_norm", part)
    assert words in said(app)
    assert "Expect" in said(app) or "expect" in said(app) or part == "placement"
    assert "per channel" not in said(app)
    assert ("refuses a batch of 1" in said(app)) == (part == "modes")
    assert not app.error


@pytest.mark.long
def test_the_explosion_is_said_with_its_theory(section):
    app = section("batch_norm", "init", hidden=(40,), initializer="he_normal")
    assert "Going back one layer multiplies the squared gradient by" in said(app)
    assert "π/(π − 1) = 1.467 for ReLU" in said(app)


@pytest.mark.long
@pytest.mark.parametrize("fields", [{"batch_norm": "after", "batch_norm_input": True}, {"hidden": (1,)}])
def test_odd_nets_are_drawn_too(section, fields):
    for part in ("modes", "learned", "drift"):
        assert not section("batch_norm", part, **fields).error


@pytest.mark.parametrize(
    ("name", "part", "fields", "words"),
    [
        ("batch_norm", "modes", {"hidden": ()}, "no layer to put batch norm in"),
        ("batch_norm", "drift", {"hidden": (), "batch_norm_input": True}, "no activations"),
        ("batch_norm", "modes", {"batch_size": 1}, "does not go with batch normalization"),
        ("batch_norm", "modes", {"lr": 1e9}, "The run diverged at step"),
        ("batch_norm", "drift", {"lr": 1e9}, "without diverged at step"),
        ("dropout", "modes", {"hidden": ()}, "no hidden outputs to drop"),
        ("dropout", "layers", {"lr": 1e9, "activation": "linear"}, "The run diverged at step"),
        ("dropout", "rates", {"lr": 1e9}, "diverged at step"),
    ],
)
def test_bad_input_gets_a_message(section, name, part, fields, words):
    found = said(section(name, part, **fields)).replace("\\", "")
    assert words in found


@pytest.mark.long
@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("modes", "of the masks agree with it"),
        ("layers", "the mean of the logits over the masks lies"),
        ("unit", "The first unit of layer 2"),
        ("rates", "Loss on training and on test samples"),
    ],
)
def test_each_part_of_dropout_says_what_it_found(section, part, words):
    app = section("dropout", part, dropout=0.25)
    assert words in said(app)
    assert "drops nothing" not in said(app)
    assert not app.error


def test_only_is_said_of_the_smaller_share_alone(section):
    assert "gets wrong only" not in said(section("dropout", "modes", initializer="zeros"))


def test_the_net_that_does_not_learn_is_said_to_be_so_and_any_other_is_not(monkeypatch, section):
    for part in dropout_section.PARTS:
        monkeypatch.setitem(dropout_section.PARTS, part, ("Part", lambda spec: None))
    fields = OPENING.to_dict()
    app = section("dropout", "modes", **fields)
    assert "does not learn" in said(app)
    assert app.button("net_that_learns").label == "Take ReLU and He's weights"
    assert "does not learn" not in said(section("dropout", "modes", **fields | {"activation": "relu"}))
