"""The numbers behind the explanations: against closed forms, and against the net that is really built."""

import json

import numpy as np
import pytest
import torch

from engine import ACTIVATIONS, INITIALIZERS, RunSpec
from engine.spec.laws import layers
from viz.wire import result
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


@pytest.mark.parametrize("name", INITIALIZERS)
def test_what_is_drawn_has_the_variance_that_is_said(name):
    spec = RunSpec(initializer=name, hidden=(50, 20))
    for row, weights in zip(layers(spec), explain.draws(spec).values(), strict=True):
        assert weights.std() == pytest.approx(row.std, rel=0.03, abs=1e-12)


@pytest.mark.parametrize("weights", [np.zeros(10), np.full(10, 0.3), np.empty(0)])
def test_weights_that_are_all_alike_have_a_density_too(weights):
    edges, heights = explain.densities({"1": weights})
    assert len(edges) == len(heights["1"]) + 1
    assert edges[0] < 0 < edges[-1]


def test_densities_have_area_one_and_share_their_bins():
    rng = np.random.default_rng(4)
    edges, heights = explain.densities({"1": rng.normal(1, 2, 500), "2": rng.normal(0, 0.1, 800)})
    for height in heights.values():
        assert (height * np.diff(edges)).sum() == pytest.approx(1)


def test_all_of_it_travels_as_a_header_and_arrays():
    spec = RunSpec(activation="relu", hidden=(7, 7), dataset="moons")
    seen = explain.about(spec)
    header, body = result.pack(seen)
    back = result.unpack(json.loads(json.dumps(header)), body)
    assert back["labels"] == ["1 (2 → 7)", "2 (7 → 7)", "out (7 → 2)"]
    assert back["densities"].shape == (3, len(back["edges"]) - 1)
    assert back["saturation"] == [0.0, None]
    np.testing.assert_array_equal(back["value"], np.maximum(back["u"], 0))
