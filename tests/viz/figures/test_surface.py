"""Figures of the race: what stands where, and nothing outside the window."""

import copy

import numpy as np
import plotly.graph_objects as go
import pytest

from engine import SURFACES
from engine.descent.walk import clipped
from viz.figures import surface as figures
from viz.wire.scale import Scale


def drawn(base: str = "light") -> go.Figure:
    xs, ys, values = SURFACES["six_hump_camel"].grid(31)
    scale = Scale.of(values)
    path = {
        "x": np.array([-1.0, 0.5, 9.0]),
        "y": np.array([1.0, -0.5, 0.0]),
        "value": np.array([3.0, 1.0, 0.0]),
    }
    path |= {"label": "C Adam", "color": 2, "place": scale.place(path["value"])}
    return figures.relief(xs, ys, values, scale.place(values), [path], title="Camel", base=base)


@pytest.mark.parametrize("base", ["light", "dark"])
def test_the_relief_says_values_and_stands_on_the_scale(base: str) -> None:
    figure = drawn(base)
    ground, path = figure.data
    assert np.min(ground.z) == 0
    assert np.max(ground.z) == pytest.approx(1)
    np.testing.assert_array_equal(ground.customdata, SURFACES["six_hump_camel"].grid(31)[2])
    assert path.name == "C Adam"
    assert figure.layout.title.text == "Camel"
    ticks = figure.layout.scene.zaxis.ticktext
    assert float(ticks[0]) == pytest.approx(ground.customdata.min(), rel=1e-2)
    assert float(ticks[-1]) == pytest.approx(ground.customdata.max(), rel=1e-2)


def test_a_path_is_left_out_where_it_is_outside_the_window_and_not_moved() -> None:
    path = drawn().data[1]
    np.testing.assert_array_equal(np.isnan(path.x), [False, False, True])
    assert path.x[:2].tolist() == [-1.0, 0.5]


def test_clipping_by_value_turns_by_44_degrees_and_by_norm_not_at_all() -> None:
    gradient = np.array([100.0, 1.0])
    kept = {how: clipped(gradient, how, 1.0) for how in ("value", "norm")}
    before = copy.deepcopy(kept)
    figure = figures.clipping(gradient, kept, title="Clipping", base="dark")
    assert "turned by 44.4°" in figure.data[1].name
    assert "[1, 1]" in figure.data[1].name
    assert "turned by 0.0°" in figure.data[2].name.replace("-0.0", "0.0")
    assert all((kept[how] == before[how]).all() for how in kept)
    np.testing.assert_allclose(kept["norm"], [0.99995, 0.0099995], rtol=1e-5)
