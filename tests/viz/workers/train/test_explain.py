"""The numbers behind the explanations: against closed forms, and against the net that is really built."""

import numpy as np
import pytest
import torch

from engine import ACTIVATIONS, INITIALIZERS, RunSpec, Trainer
from viz.workers.train import explain


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"maxout"}))
def test_a_curve_is_the_activation_and_its_slope(name):
    u, value, slope = explain.curve(name, {})
    phi = ACTIVATIONS[name].build().double().eval()
    np.testing.assert_allclose(value, phi(torch.from_numpy(u)).detach().numpy())
    smooth = np.abs(u) > 0.05  # beside the kinks, where a slope is no limit of differences
    np.testing.assert_allclose(np.gradient(value, u)[smooth], slope[smooth], atol=2e-3)


def test_a_random_leak_is_drawn_at_its_mean():
    u, value, _ = explain.curve("rrelu", {"lower": 0.1, "upper": 0.5})
    assert value[0] == pytest.approx(0.3 * u[0])


def test_maxout_is_the_upper_edge_of_its_lines():
    _, value, slope = explain.curve("maxout", {"pieces": 3})
    assert sorted(set(slope.round(9))) == [-1, 0, 1]
    assert (np.diff(slope) >= 0).all()
    assert value.min() == 0


def test_layers_of_one_shape_share_a_line():
    rows = explain.layers(RunSpec(hidden=(100,) * 10, initializer="glorot_normal"))
    assert [(row.label, row.fan_in, row.fan_out) for row in rows] == [
        ("1", 64, 100),
        ("2–10", 100, 100),
        ("out", 100, 10),
    ]
    assert rows[0].std == pytest.approx((2 / 164) ** 0.5)
    assert rows[2].law == "N(0, 0.135²)"


@pytest.mark.parametrize("spec", [RunSpec(hidden=()), RunSpec(dataset="mnist"), RunSpec(hidden=(7, 7, 5, 7))])
def test_every_net_has_its_layers_without_loading_the_data(spec, monkeypatch):
    monkeypatch.setattr("engine.training.data._load", None)
    rows = explain.layers(spec)
    assert rows[-1].label == "out"
    assert rows[-1].fan_out == 10


@pytest.mark.parametrize("name", INITIALIZERS)
def test_what_is_drawn_has_the_variance_that_is_said(name):
    spec = RunSpec(initializer=name, hidden=(50, 20))
    for row, weights in zip(explain.layers(spec), explain.draws(spec).values(), strict=True):
        assert weights.std() == pytest.approx(row.std, rel=0.03, abs=1e-12)


def test_the_layers_explained_are_those_of_the_net():
    spec = RunSpec(dataset="blobs", hidden=(30, 30, 8))
    shapes = [tuple(linear.weight.shape) for linear in Trainer(spec).model.linears()]
    rows = explain.layers(spec)
    assert [(row.fan_out, row.fan_in) for row in rows] == [(30, 2), (30, 30), (8, 30), (4, 8)]
    assert shapes == [(row.fan_out, row.fan_in) for row in rows]
