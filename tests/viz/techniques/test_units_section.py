"""The unit health section: its figures, its words, and what it says to nets it cannot show."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine import RunSpec
from engine.experiments.units import UnitHealth
from engine.spec.examples import KILLER
from viz import theme
from viz.figures import units as figures
from viz.techniques import units as section

pytestmark = pytest.mark.slow

STEPS = np.array([0, 1, 4, 9])
SATURATED = np.array([[0.5, 1.0, 0.2], [1.0, 1.0, 0.9], [0.7, 1.0, np.nan], [0.2, 1.0, 0.4]])


def health(**changes) -> UnitHealth:
    given = {
        "steps": STEPS,
        "layer": np.array([1, 1, 2]),
        "firing": 1 - SATURATED,
        "saturated": SATURATED,
        "loss": np.ones(4),
        "accuracy": np.full(4, 0.5),
        "samples": 10,
        "diverged_at": -1,
        "done": 1.0,
    }
    return UnitHealth(**given | changes)


def drawn(base: str = "light"):
    one = health()
    return figures.unit_map(
        steps=one.steps,
        shares=one.firing,
        dead=one.dead,
        layer=one.layer,
        unit=np.array([1, 2, 1]),
        title="Map",
        says="fires at",
        base=base,
    )


@pytest.mark.parametrize("base", theme.BASES)
def test_the_map_paints_the_dead_in_their_own_color_and_leaves_the_broken_empty(base):
    shares, dead = drawn(base).data
    assert np.array_equal(shares.z[0], np.float32([0.5, np.nan, 0.3, 0.8]), equal_nan=True)
    assert np.array_equal(dead.z, [[np.nan, 1, np.nan, np.nan], [1] * 4, [np.nan] * 4], equal_nan=True)
    assert {color for _, color in dead.colorscale} == {theme.colors(base)["danger"]}
    assert np.isnan(shares.z[2][2])


def test_a_cell_names_its_unit_and_its_step():
    assert drawn().data[0].customdata[2][3].tolist() == [2, 1, 9]


def test_a_map_of_very_many_units_shows_some_of_each_layer():
    units = 5000
    figure = figures.unit_map(
        steps=STEPS,
        shares=np.zeros((4, units)),
        dead=np.zeros((4, units), bool),
        layer=np.repeat([1, 2], units // 2),
        unit=np.arange(units),
        title="Map",
        says="fires at",
        base="dark",
    )
    assert figures.MOST_ROWS / 2 < len(figure.data[0].z) <= figures.MOST_ROWS
    assert list(figure.layout.yaxis.ticktext) == ["1", "2"]


@pytest.mark.parametrize("last", [1, 9, 600, 20_000])
def test_the_axis_of_steps_has_a_handful_of_round_ticks(last):
    axis = figures.steps_axis(np.array([0, last]))
    assert 2 <= len(axis["ticktext"]) <= 11
    assert np.allclose(
        np.square(axis["tickvals"]), [float(text.replace(",", "")) for text in axis["ticktext"]]
    )


def test_bars_go_up_for_deaths_and_down_for_returns():
    died, back = figures.turnover(
        steps=STEPS, deaths=np.array([1, 1, 0, 0]), revivals=np.array([0, 0, 1, 0]), title="", base="light"
    ).data
    assert list(died.y) == [1, 1, 0, 0]
    assert list(back.y) == [0, 0, -1, 0]


def test_the_verdict_counts_who_died_and_who_came_back():
    said = section.in_words(RunSpec(activation="relu"), health())
    assert "33% of the units (1 of 3) are dead at step 9" in said
    assert "33% were at the start; layer 1 has the most, 50%" in said
    assert "Of the 2 that ever died, 1 came back at least once and 1 live now" in said


def test_what_is_nowhere_flat_is_said_not_to_die():
    assert "No unit can die" in section.in_words(RunSpec(activation="leaky_relu"), health())
    assert "All 3 units live" in section.in_words(
        RunSpec(activation="relu"), health(saturated=np.full((4, 3), 0.5))
    )


def app(hidden: str) -> AppTest:
    page = AppTest.from_string(
        "import streamlit as st\nfrom engine import RunSpec\nfrom viz.run import session\n"
        "from viz.techniques import units\nsession.open_page()\nunits.show(session.spec())",
        default_timeout=60,
    )
    page.query_params.update(hidden=hidden, activation="relu")
    page.run()
    assert not page.exception
    return page


def test_a_net_without_units_is_told_so():
    assert "no units that could die" in app("none").info[0].value


@pytest.mark.long
def test_the_recipe_is_a_button_away_and_its_net_dies():
    page = app("1")
    assert "All 1 units live" in page.markdown[1].value or "dead at step" in page.markdown[1].value
    page.button(key="units_kill").click().run()
    assert not page.exception
    assert page.session_state["run"].value == KILLER
    said = next(one.value for one in page.markdown if "are dead at step 600" in one.value)
    assert 40 < int(said[2:4]) < 70
    assert any("Leaky ReLU: 0% dead" in one.value for one in page.markdown)


def test_bars_of_nothing_get_marks_of_whole_units():
    none = np.zeros(4, int)
    axis = figures.turnover(steps=STEPS, deaths=none, revivals=none, title="t", base="light").layout.yaxis
    assert (axis.dtick, axis.range) == (1, (-1.5, 1.5))
    many = np.array([0, 9, 0, 0])
    assert (
        figures.turnover(steps=STEPS, deaths=many, revivals=none, title="t", base="light").layout.yaxis.dtick
        is None
    )
