"""Dots, maps and curves of a comparison: axes whose marks differ, names that tell rows apart, a legend in its room."""

import numpy as np
import pytest

from viz.figures import grids
from viz.figures.names import middle_out, two_lines
from viz.figures.shares import FORMATS, share_axis

LONG = [f"Momentum (heavy ball), learning rate {rate}" for rate in (0.001, 0.01, 0.1, 1)]


def written(value: float, dtick: float) -> str:
    """A mark of a share, in the digits that Plotly takes for marks so far apart."""
    for stop in FORMATS["tickformatstops"]:
        low, high = stop["dtickrange"]
        if low <= dtick <= (np.inf if high is None else high):
            return format(value, stop["value"])
    return format(value, FORMATS["tickformat"])


@pytest.mark.parametrize("dtick", [0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0001, 0.00002])
def test_marks_of_a_share_differ_and_have_no_digit_too_many(dtick):
    marks = [written(0.1 + dtick * k, dtick) for k in range(6)]
    assert len(set(marks)) == 6
    assert ("." in marks[0]) == (dtick < 0.01)


@pytest.mark.parametrize(
    "values",
    [[0.1, 0.1], [0.0, 1.0], [0.953, 0.981], [0.0], [1.0], [np.nan, np.inf], []],
)
def test_an_axis_of_shares_holds_its_values_and_stays_within_what_can_be(values):
    low, high = share_axis([np.array(values)])["range"]
    assert -0.02 <= low < high <= 1.02
    assert all(low < value < high for value in values if np.isfinite(value))


def test_dots_of_nets_at_chance_have_an_axis_of_their_own():
    figure = grids.dots(
        labels=LONG[:2], values=np.full((2, 2), 0.1), means=np.full(2, 0.1), intervals=np.full((2, 2), np.nan),
        best=None, title="", unit="", base="light", share=True,
    )  # fmt: skip
    low, high = figure.layout.xaxis.range
    assert 0 < low < 0.1 < high < 0.2
    assert figure.layout.yaxis.ticktext == tuple(name.replace(", ", ",<br>") for name in LONG[:2])


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("ELU, layers 10", "ELU, layers 10"),
        (LONG[0], "Momentum (heavy ball),<br>learning rate 0.001"),
        ("learning rate 0.001, batch norm before", "learning rate 0.001,<br>batch norm before"),
        ("x" * 100, f"{'x' * 34}<br>{'x' * 11}…{'x' * 22}"),
    ],
)
def test_a_long_name_has_two_lines(name, lines):
    assert two_lines(name) == lines


def test_what_is_cut_keeps_its_end():
    names = [f"{'a long name of an activation ' * 3} {k}" for k in range(3)]
    assert len({middle_out(name, 20) for name in names}) == 3
    assert len({two_lines(name) for name in names}) == 3


def test_a_legend_of_long_names_has_a_row_for_each_and_room_for_them():
    figure = grids.courses(
        looks=np.arange(2), labels=LONG, values=np.ones((4, 1, 2)), colors=range(4), title="Accuracy", unit="",
        base="light", share=True,
    )  # fmt: skip
    assert figure.layout.legend.tracegroupgap == 0
    assert figure.layout.margin.t >= 60 + 20 * len(LONG)


@pytest.mark.parametrize(
    ("values", "said"),
    [([0.958, 0.961], ["95.8%", "96.1%"]), ([0.1, 0.961], ["10%", "96%"]), ([np.nan, 0.5], ["", "50.0%"])],
)
def test_cells_whose_values_lie_close_bear_a_digit_more(values, said):
    figure = grids.heat(
        across=["a", "b"], up=["c"], values=np.array([values]), diverged=np.zeros((1, 2), bool), names=("x", "y"),
        title="", unit="accuracy", base="light", share=True,
    )  # fmt: skip
    assert figure.data[0].text.tolist() == [said]
