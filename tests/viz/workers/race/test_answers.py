"""The race's process answers with what the engine says, no more and no less."""

import re

import numpy as np
import pytest

from engine import SURFACES, SpecError, descend
from engine.descent.comparison import sensitivity, stable_lr
from viz.race.racer import racers
from viz.race.state import Race
from viz.wire import payload
from viz.wire.scale import Scale
from viz.workers.race import answers
from viz.workers.race.answers import GRID, answer

BEALE = Race(
    surface="beale", start=(0.4, 1.5), steps=40, runs=racers("sgd@0.01;-adam@0.1;nesterov@0.003;adagrad@1")
)


def ask(name: str, race: Race = BEALE, **question):
    return payload.decode(answer({"ask": name, "race": race.to_dict(), **question}))


def test_paths_are_those_of_descend_for_who_is_on() -> None:
    header, arrays = ask("paths")
    walk = descend("beale", [r.run for r in BEALE.running], (0.4, 1.5), 40)
    np.testing.assert_allclose(arrays["positions"], walk.positions[:, 0], rtol=1e-6)
    np.testing.assert_allclose(arrays["gaps"] + header["lowest"], walk.values[:, 0], rtol=1e-3)
    away = np.hypot(*np.moveaxis(walk.positions[:, 0] - (3, 0.5), -1, 0))
    np.testing.assert_allclose(arrays["distances"], away, rtol=1e-3)
    np.testing.assert_allclose(
        arrays["lengths"], np.hypot(*np.moveaxis(np.diff(walk.positions[:, 0], axis=1), -1, 0)), rtol=1e-2
    )
    assert header["lowest"] == 0
    assert header["diverged_at"] == [-1, -1, -1]


def test_a_dragged_start_gets_the_first_steps_of_the_same_paths() -> None:
    header, part = ask("paths", budget=7)
    assert header["steps"] == 7
    np.testing.assert_array_equal(part["positions"], ask("paths")[1]["positions"][:, :8])


def test_limits_are_for_every_card_at_the_minimum_nearest_the_start() -> None:
    header, _ = ask("paths")
    curvature = np.linalg.eigvalsh(SURFACES["beale"].hessian((3, 0.5)))[-1]
    assert [limit and limit["lr"] for limit in header["limits"]] == [
        pytest.approx(stable_lr("sgd", {}, curvature)), None, pytest.approx(stable_lr("nesterov", {}, curvature)), None,
    ]  # fmt: skip


def test_a_start_outside_the_window_is_said() -> None:
    assert ask("paths", Race(start=(9.0, 0.0), steps=3))[0]["outside"]
    assert not ask("paths", Race(start=(1.0, 0.0), steps=3))[0]["outside"]


def test_a_surface_without_minima_has_no_distances() -> None:
    header, arrays = ask("paths", Race(surface="saddle", steps=5))
    assert "distances" not in arrays
    assert header["falling"]
    assert header["lowest"] == 1 - 1e-6, "values are told from the start's"
    assert (arrays["gaps"][:, 0] == 0).all()
    assert header["limits"] == [None] * 8


@pytest.mark.long
def test_level_ground_at_the_bottom_is_the_lowest_there_is() -> None:
    header, _ = ask("paths", Race(surface="typed", expression="x**2", start=(1.0, 1.0), steps=300))
    assert (header["falling"], header["lowest"]) == (False, pytest.approx(0, abs=1e-12))
    assert "floor" in header["grounds"]
    assert "local" in ask("paths", Race(surface="ackley", steps=300))[0]["grounds"]


def test_the_surface_is_its_grid_on_its_scale() -> None:
    header, arrays = ask("surface")
    _, _, values = SURFACES["beale"].grid(GRID)
    np.testing.assert_allclose(arrays["places"], Scale.of(values).place(values), atol=1e-5)
    assert header["minima"][0] == {"at": [3, 0.5], "value": 0, "known": True}
    assert len(header["levels"]) == 18


def test_a_typed_function_with_a_hole_is_undefined_there() -> None:
    header, arrays = ask("surface", Race(surface="typed", expression="log(x) + y**2"))
    assert header["undefined"] == np.isnan(arrays["places"]).sum() > GRID * GRID / 3


def test_the_inside_is_of_the_running_optimizer_asked_for() -> None:
    header, arrays = ask("inside", of=1)
    assert header["index"] == 2
    assert header["nesterov"] == (BEALE.running[1].optimizer == "nesterov")
    assert {"gradient", "seen", "change", "lr", "state.velocity", "here", "there"} <= arrays.keys()
    np.testing.assert_allclose(arrays["gradient"][0], SURFACES["beale"].gradient((0.4, 1.5)), rtol=1e-2)


@pytest.mark.parametrize(
    ("name", "pulls_from"), [("momentum", "gradient_here"), ("nesterov", "gradient_there")]
)
def test_jump_and_gradient_add_up_to_the_step(name: str, pulls_from: str) -> None:
    race = Race(surface="booth", steps=12, runs=racers(f"{name}@0.01,momentum:0.8"))
    _, arrays = ask("inside", race, of=0)
    ends = arrays["there"] - 0.01 * arrays[pulls_from]
    np.testing.assert_allclose(ends[:-1], arrays["here"][1:], atol=2e-3)


def test_rates_are_the_engine_s_sensitivity() -> None:
    header, arrays = ask("rates", of=0)
    found = sensitivity("beale", BEALE.running[0].run, (0.4, 1.5), 40)
    np.testing.assert_allclose(arrays["gaps"] + header["lowest"], found.final, rtol=1e-2)
    assert np.isnan(arrays["gaps"]).any(), "some rates diverge here"


def test_regions_name_the_minimum_that_is_reached() -> None:
    race = Race(surface="himmelblau", steps=200, runs=racers("sgd@0.01"))
    header, arrays = ask("regions", race, of=0)
    ends = arrays["ends"]
    for k, (x, y) in enumerate(header["minima"]):
        (x0, x1), (y0, y1) = SURFACES["himmelblau"].bounds
        i, j = round((x - x0) / (x1 - x0) * 59), round((y - y0) / (y1 - y0) * 59)
        assert ends[j, i] == k
    assert header["share"] == {
        "diverged": np.mean(ends == answers.DIVERGED),
        "elsewhere": np.mean(ends == answers.ELSEWHERE),
    }


@pytest.mark.parametrize("asked", answers.ANSWERS)
def test_an_answer_says_in_its_words_what_it_holds(asked: str) -> None:
    header, arrays = ask(asked, of=1, at=[0.0, 0.001])
    words = answers.ANSWERS[asked].__doc__
    told = set(re.findall(r"(\w+) \[(?!steps, 2\]\.)", words))
    assert told <= {name.partition(".")[0] for name in arrays} | header.keys()


def test_a_place_is_described() -> None:
    header, _ = ask("place", Race(surface="saddle"), at=[0.0, 0.001])
    assert header["kind"] == "saddle"
    assert header["curvatures"] == [-2, 2]


def test_a_place_where_the_function_is_undefined_is_null() -> None:
    header, _ = ask("place", Race(surface="typed", expression="sqrt(x)*y"), at=[-1.0, 0.0])
    assert header["value"] is None


def test_questions_that_are_none_are_refused_in_words() -> None:
    with pytest.raises(SpecError, match="there is no answer to 'path'; ask for paths, surface"):
        ask("path")
    with pytest.raises(SpecError, match="is no race"):
        answer({"ask": "paths"})
    with pytest.raises(SpecError, match="whole number with 0 <= of <= 2"):
        ask("inside", of=3)
    with pytest.raises(SpecError, match="at"):
        ask("place", at="here")


@pytest.mark.long
def test_a_race_of_eight_for_five_hundred_steps_is_under_110_kilobytes() -> None:
    race = Race(surface="rosenbrock", steps=500)
    whole = sum(
        len(answer({"ask": name, "race": race.to_dict(), "of": 5})) for name in ("surface", "paths", "inside")
    )
    assert whole <= 110_000


def test_without_bias_correction_adam_s_first_step_would_be_three_times_as_long() -> None:
    _, arrays = ask("inside", Race(steps=5, runs=racers("adam@0.1")), of=0)
    np.testing.assert_allclose(arrays["change"][0], -0.1, rtol=1e-3)
    np.testing.assert_allclose(arrays["uncorrected"][0], -0.1 * 0.1 / np.sqrt(0.001), rtol=1e-3)
