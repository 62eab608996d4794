"""The figures of unrolled nets: what they hold, and that nothing breaks them."""

import numpy as np
import plotly.graph_objects as go
import pytest

from viz import theme
from viz.figures.recurrent import Mark, over_radius, over_time

T = np.arange(5)
CURVES = {"radius 0.9": np.array([-4.0, -3, -2, -1, 0]), "radius 2": np.array([9.0, np.nan, np.inf, 1, 0])}
TIME = {"title": "Gradient", "unit": "ratio"}
RADIUS = {
    "radii": np.array([0.1, 1.0, 3.0]),
    "measured": {"linear": np.array([0.1, 1.0, np.nan]), "tanh": np.array([0.0, 0.8, 1.2])},
    "predicted": {"linear": np.array([0.1, 1.0, 3.0]), "tanh": np.full(3, np.nan)},
    "here": {"radius 0.9": (0.9, 0.91), "radius 0": (0.0, 0.0)},
    "critical": {"linear": 1.0, "tanh": np.nan},
    "title": "Radius",
}


@pytest.mark.parametrize("base", theme.BASES)
def test_figures_wear_the_theme_and_name_their_axes(base):
    for figure in (over_time(T, CURVES, **TIME, base=base), over_radius(**RADIUS, base=base)):
        assert isinstance(figure, go.Figure)
        assert figure.layout.template.layout.paper_bgcolor == theme.colors(base)["background"]
        assert figure.layout.xaxis.title.text
        assert figure.layout.yaxis.title.text


def test_each_net_has_its_color_and_its_sign_and_gaps_where_it_is_no_number():
    first, second = over_time(T, CURVES, **TIME, base="light").data
    assert np.isnan(second.y).tolist() == [False, True, True, False, False]
    assert first.line.color != second.line.color
    assert first.marker.symbol != second.marker.symbol


def test_the_comparison_is_dashed_and_named_once():
    figure = over_time(T, CURVES, dashed=CURVES, meaning="theory", **TIME, base="light")
    dashed = [trace for trace in figure.data if trace.line.dash == "dash"]
    assert [trace.showlegend for trace in dashed] == [True, False]
    assert over_time(T, CURVES, dashed=CURVES, meaning="before", own_color=True, **TIME, base="light").data[
        1
    ].line.color == (figure.data[0].line.color)


def test_marks_and_limits_stand_where_they_belong():
    marks = [Mark("radius 2", 2, np.nan, "overflow"), Mark("radius 0.9", 1, -3.0, "here")]
    limits = {"inf in float32": 5.0, "far away": 900.0}
    figure = over_time(T, CURVES, marks=marks, limits=limits, **TIME, base="dark")
    low = figure.layout.yaxis.range[0]
    said = {note.text: (note.x, note.y) for note in figure.layout.annotations}
    assert said["overflow"] == (2, low)
    assert said["here"] == (1, -3.0)
    assert "inf in float32" in said
    assert "far away" not in said


def test_the_nets_on_the_page_stand_among_the_radii_and_zero_is_left_out():
    figure = over_radius(**RADIUS, base="light")
    points = [trace for trace in figure.data if trace.name == "radius 0.9"]
    assert [(*trace.x, *trace.y) for trace in points] == [(0.9, 0.91)]
    assert not [trace for trace in figure.data if trace.name == "radius 0"]
    assert [note.text for note in figure.layout.annotations] == ["linear: 1"]
    assert figure.layout.yaxis.type == figure.layout.xaxis.type == "log"


@pytest.mark.parametrize("bad", [np.nan, -np.inf, 0.0])
def test_nothing_to_draw_is_still_a_figure(bad):
    figure = over_time(T, {"a": np.full(5, bad)}, **TIME, base="light")
    assert np.isfinite(figure.layout.yaxis.range).all()
    empty = {"linear": np.full(3, bad)}
    given = RADIUS | {"measured": empty, "predicted": empty}
    assert np.isfinite(over_radius(**given, base="light").layout.yaxis.range).all()
