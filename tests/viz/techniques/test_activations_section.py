"""The activations' figures and words, and each question asked once of a small net."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine import RunSpec
from engine.experiments.activations.cost import Cost
from engine.experiments.activations.linear_map import OneMap
from engine.experiments.activations.maxout_unit import Fit
from viz import theme
from viz.figures import activations as figures
from viz.techniques.activations import PARTS, cost, linear, maxout

pytestmark = pytest.mark.slow

COSTS = Cost(
    names=["relu", "tanh", "maxout"],
    seconds=np.array([[[1.0, 2, 10], [4, 2, 11], [2, 3, 20]], [[2, 4, 20], [8, 4, 22], [4, 6, 40]]]) * 1e-6,
    done=1.0,
)


@pytest.mark.parametrize("base", theme.BASES)
def test_costs_are_marks_from_the_cheapest_down(base):
    figure = figures.cost(
        labels=["ReLU", "Tanh", "Maxout"],
        ratios={"forward": COSTS.ratios[:, 0], "layer": COSTS.ratios[:, 2]},
        quartiles={"forward": COSTS.quartiles[:, :, 0], "layer": COSTS.quartiles[:, :, 2]},
        names={"forward": "forward", "layer": "layer"},
        title="Cost",
        base=base,
    )
    forward, layer = figure.data
    assert list(forward.y)[-1] == "ReLU"
    assert dict(zip(forward.y, forward.x, strict=True)) == {"ReLU": 1, "Tanh": 4, "Maxout": 2}
    assert dict(zip(layer.y, layer.x, strict=True)) == {"ReLU": 1, "Tanh": 1.1, "Maxout": 2}
    assert figure.layout.xaxis.type == "log"
    assert figure.layout.template.layout.paper_bgcolor == theme.colors(base)["background"]


def test_the_costs_are_said_with_their_numbers():
    said = cost.in_words(COSTS)
    assert "Tanh costs most: 4.0 times ReLU forward" in said
    assert "take 1.10 to 1.10 times" in said
    assert "maxout 2.00 times, as it has 2 linear maps" in said
    assert "ReLU itself: 1.5 µs forward, 3.0 µs backward, its layer 15 µs" in said


def test_the_histogram_marks_both_means():
    bars, drawn, inference = figures.drawn_slopes(
        edges=np.array([0.0, 0.1, 0.3]),
        counts=np.array([3, 5]),
        mean=0.14,
        inference=0.15,
        title="",
        base="light",
    ).data
    assert list(bars.y) == [3, 5]
    assert list(bars.width) == pytest.approx([0.1, 0.2])
    assert (drawn.x[0], inference.x[0]) == (0.14, 0.15)


@pytest.mark.parametrize(("layers", "named"), [(3, True), (30, False)])
def test_a_legend_names_layers_while_they_are_few(layers, named):
    figure = figures.by_layer(
        steps=np.arange(4),
        values=np.zeros((4, layers)),
        guide=(0.25, "start"),
        title="",
        unit="a",
        base="dark",
    )
    assert len(figure.data) == layers
    assert figure.layout.showlegend is named


def test_real_nets_are_points_and_theory_is_dashed():
    points, dashed = figures.settling(
        measured={"SELU": np.array([[1.0, 2], [3, 4]])},
        predicted={"SELU": np.array([2.0, 3])},
        target=1.0,
        title="",
        unit="variance",
        base="light",
        log=True,
    ).data
    assert list(points.y) == [2, 3]
    assert points.mode == "markers"
    assert dashed.line.dash == "dash"


@pytest.mark.parametrize("bad", [np.full((3, 2), np.nan), np.zeros((3, 2))])
def test_broken_outputs_are_still_a_figure(bad):
    figure = figures.against(x=bad, y=bad, title="", across="", up="", role="weight", base="light")
    assert np.isfinite(figure.data[0].x).all()


def test_idle_lines_are_counted():
    fit = Fit(
        x=np.zeros(2),
        target=np.zeros(2),
        output=np.zeros(2),
        lines=np.zeros((3, 2)),
        on_top=np.array([0.5, 0, 0.5]),
        steps=np.arange(2),
        rms=np.array([1, 0.0336]),
        done=1.0,
    )
    said = maxout.in_words(fit, "square")
    assert "Error 0.0336" in said
    assert "3 lines can come to 0.0331" in said
    assert "1 of 3 lines is nowhere the largest" in said
    assert "not convex" in maxout.in_words(fit, "sine")


def test_the_difference_and_the_stretch_are_said():
    one = OneMap(
        outputs=np.zeros((1, 2)),
        product=np.zeros((1, 2)),
        difference=3e-7,
        curved=np.zeros((1, 2)),
        best=np.zeros((1, 2)),
        unexplained=0.25,
        matrix=np.zeros((2, 64)),
        singular=np.array([[1.0, 0.5], [8.0, 2.0]]),
        steps=np.array([0, 9]),
        accuracy=np.array([0.9, 0.9, 0.95]),
        diverged_at=-1,
        done=1.0,
    )
    said = linear.in_words(RunSpec(hidden=(5, 5)), one)
    assert "at most 3.0e-07" in said
    assert "3 layers are one 2 × 64 matrix" in said
    assert "the best linear map misses 25%" in said
    assert "stretches one direction 4 times" in said


SCRIPT = """
import streamlit as st
from engine import RunSpec
from viz.run import session
from viz.techniques import activations
from viz.techniques.address import KEYS
session.open_page(beside=KEYS)
st.query_params["part"] = {topic!r}
activations.show(session.spec())
"""
EXPECTED = {
    "cost": "costs most",
    "leaky_relu": "With a = 1 and weights made for ReLU",
    "rrelu": "slopes with mean 0.2",
    "prelu": "At step 100 the slopes go from",
    "elu": "SELU is at mean",
    "maxout": "**Error 0.0",
    "none": "Net and product differ by at most",
}


BRIEF = {"prelu": {"steps": "100"}, "cost": {"samples": "1", "width": "32"}}


@pytest.mark.long
@pytest.mark.parametrize("topic", PARTS)
def test_each_question_is_answered(topic):
    page = AppTest.from_string(SCRIPT.format(topic=topic), default_timeout=60)
    page.query_params.update(
        hidden="20x3", activation="relu", initializer="he_normal", **BRIEF.get(topic, {})
    )
    page.run()
    assert not page.exception
    assert not page.error
    assert any(EXPECTED[topic] in one.value for one in page.markdown)


@pytest.mark.parametrize("topic", ["rrelu", "prelu"])
def test_a_net_without_activations_is_told_so(topic):
    page = AppTest.from_string(SCRIPT.format(topic=topic), default_timeout=60)
    page.query_params.update(hidden="none")
    page.run()
    assert "no activation" in page.info[0].value
