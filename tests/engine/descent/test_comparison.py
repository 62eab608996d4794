import json
import re
from pathlib import Path

import numpy as np
import pytest

from engine.descent.comparison import (
    VERDICTS,
    arrival,
    basins,
    departure,
    distance,
    grounds,
    sensitivity,
    stable_lr,
    verdict,
)
from engine.descent.critical_points import floor, local_minima
from engine.descent.expression import surface_from_expression
from engine.descent.surfaces import SURFACES
from engine.descent.trajectories import descend
from engine.tables.optimizers import OPTIMIZERS

REFERENCES = {
    entry["id"]: entry["expected"]
    for entry in json.loads((Path(__file__).parents[2] / "references.json").read_text())
}
WINDOW = ((-3.0, 3.0), (-4.0, 4.0))  # its diagonal is 10


def test_stable_rates_are_those_of_the_references():
    expected = REFERENCES["stab_limits"]
    assert stable_lr("sgd", {}, 10) == pytest.approx(expected["gd"], rel=1e-6)
    assert stable_lr("momentum", {"momentum": 0.9}, 10) == pytest.approx(expected["heavy_ball"], rel=1e-6)
    assert stable_lr("nesterov", {"momentum": 0.9}, 10) == pytest.approx(expected["nesterov"], rel=1e-6)


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("sgd", {}),
        ("sgd", {"weight_decay": 0.7}),
        ("sgd", {"momentum": 0.5, "nesterov": True}),
        ("sgd", {"momentum": 0.6, "dampening": 0.3, "weight_decay": 0.2}),
        ("sgd", {"dampening": 0.3}),
        ("momentum", {"momentum": 0.9}),
        ("momentum", {"momentum": 0.9, "dampening": 0.9}),
        ("nesterov", {"momentum": 0.3, "weight_decay": 0.4}),
    ],
)
def test_just_below_the_stable_rate_converges_and_just_above_does_not(name, options):
    limit = stable_lr(name, options, 3.0)
    line = surface_from_expression("1.5*x**2")
    runs = [{"optimizer": name, "lr": factor * limit, "options": options} for factor in (0.98, 1.02)]
    x = np.abs(descend(line, runs, (1, 0), 1200).positions[:, 0, :, 0])
    assert x[0, -100:].max() < 1e-2
    assert x[1, -100:].max() > 1e2


@pytest.mark.parametrize("name", [name for name, entry in OPTIMIZERS.items() if entry.limit])
def test_the_stable_rate_is_the_one_that_its_words_say(name):
    entry = OPTIMIZERS[name]
    assert f"lr below {entry.limit.words}" in entry.notes
    said = re.sub(r"(?<=[\d)]) ?(?=[(mc])", "*", entry.limit.words)
    mu = entry.complete()["momentum"]
    assert stable_lr(name, {}, 3.0) == pytest.approx(eval(said, {"mu": mu, "c": 3.0}))


def test_no_stable_rate_is_given_where_none_is_known():
    assert stable_lr("adam", {}, 10) is None
    assert stable_lr("sgd", {}, -1) is None
    assert stable_lr("sgd", {}, 0) is None
    assert stable_lr("momentum", {"momentum": 0.9, "dampening": 1.0}, 10) is None


@pytest.mark.parametrize("name", ["momentum", "adam", "rprop"])
def test_sensitivity_is_the_race_at_each_rate(name):
    lrs = [1e-4, 0.02, 0.3, 5.0]
    found = sensitivity("himmelblau", {"optimizer": name}, (0.5, -1.0), 40, lrs, noise=0.5, seed=3)
    for k, lr in enumerate(lrs):
        race = descend("himmelblau", [{"optimizer": name, "lr": lr}], (0.5, -1.0), 40, noise=0.5, seed=3)
        assert found.diverged_at[k] == race.diverged_at
        assert found.best[k] == race.values.min()
        if race.diverged_at < 0:
            assert found.final[k] == race.values[0, 0, -1]
        else:
            assert np.isnan(found.final[k])
    assert np.isnan(found.final).any() == (name == "momentum")


def test_sensitivity_tries_a_hundred_rates_by_itself():
    found = sensitivity("bowl", {"optimizer": "sgd"}, (1, 1), 60)
    assert found.lrs.shape == found.final.shape == (100,)
    assert found.lrs[[0, -1]] == pytest.approx([1e-4, 10])
    unstable = found.lrs > stable_lr("sgd", {}, 10)
    assert (found.final[unstable][3:] > 5.5).all() or np.isnan(found.final[unstable][-1])
    assert (found.final[~unstable] < 5.5).all()


def test_basins_of_himmelblau_lie_around_their_minima():
    found = basins("himmelblau", {"optimizer": "sgd", "lr": 0.01}, 20, 300)
    assert (found.ends.shape, found.minimum.shape, found.minima) == (
        (20, 20, 2),
        (20, 20),
        SURFACES["himmelblau"].minima,
    )
    assert set(found.minimum.ravel()) == {0, 1, 2, 3}
    j, i = 17, 3  # a high y and a low x
    assert found.minima[found.minimum[j, i]][0] < 0 < found.minima[found.minimum[j, i]][1]
    race = descend("himmelblau", [{"optimizer": "sgd", "lr": 0.01}], (found.xs[i], found.ys[j]), 300)
    np.testing.assert_array_equal(found.ends[j, i], race.positions[0, 0, -1])
    np.testing.assert_allclose(found.ends[j, i], found.minima[found.minimum[j, i]], atol=1e-6)
    assert not found.diverged.any()


def test_basins_tell_who_diverged_and_who_is_nowhere():
    found = basins("himmelblau", {"optimizer": "sgd", "lr": 0.03}, 12, 20)
    assert found.diverged.any()
    assert (found.minimum[found.diverged] == -1).all()
    assert (basins("saddle", {"optimizer": "sgd", "lr": 0.1}, 5, 20).minimum == -1).all()


def test_basins_of_a_typed_surface_end_at_minima_that_were_found():
    surface = surface_from_expression("(x**2 - 1)**2 + 0.1*x + y**2")
    found = basins(surface, {"optimizer": "adam", "lr": 0.1}, 11, 300)
    assert len(found.minima) == 2
    assert found.minima[0][0] < 0 < found.minima[1][0]
    assert found.minimum[5, 1] == 0
    assert found.minimum[5, 9] == 1


def walks(**paths):
    """Walks of 40 steps by their x, at y = 0.5: positions [walks, 41, 2]."""
    t = np.arange(41)
    return np.stack([np.stack([path(t) * np.ones(41), np.full(41, 0.5)], axis=-1) for path in paths.values()])


def test_verdicts_follow_their_rules():
    positions = walks(
        arrives=lambda t: 1 + 2.0 * 0.7**t,
        passes_by=lambda t: 1 + 0.05 * (t - 40.0),
        rests_elsewhere=lambda t: -2 + 0.5**t,
        creeps=lambda t: -2 - 0.01 * t,
        is_lost=lambda t: 3.0 * t,
        is_not_finite=lambda t: np.where(t < 40, 1.0, np.inf),
        was_kept=lambda t: 1.0 + 0 * t,
    )
    kept = np.array([-1] * 6 + [12])
    found = verdict(positions, np.zeros((7, 41)), ((1.0, 0.5), (2.5, 3.0)), WINDOW, kept)
    assert found.tolist() == ["converged", "moving", "stalled", "moving", "diverged", "diverged", "diverged"]
    assert set(found) == set(VERDICTS)
    assert verdict(positions[2], np.zeros(41), (), WINDOW) == "stalled"
    assert verdict(positions[0], np.full(41, np.nan), ((1.0, 0.5),), WINDOW) == "diverged"


def test_a_local_minimum_is_called_one_and_level_ground_too():
    surface = surface_from_expression("(x**2 - 1)**2 + 0.3*x + 1 + y**2")
    higher, lowest = (0.96, 0.0), (-1.04, 0.0)
    ends = np.array([[lowest], [higher], [(0.0, 0.5)]])
    assert grounds(surface, ends, surface(ends), (lowest, higher)).tolist() == ["", "local", ""]
    valley = surface_from_expression("x**2")
    ends = np.array([[(1e-4, 1.0)], [(1.0, 0.0)]])
    assert grounds(valley, ends, valley(ends), ()).tolist() == ["floor", ""]


@pytest.mark.long
@pytest.mark.parametrize(
    ("expression", "level"),
    [
        ("x**2", 0.0),
        ("(x - 0.3*y)**2 + 2", 2.0),
        ("sin(x)", -1.0),
        ("x**2 + y**2", None),
        ("x + y", None),
        ("x*y", None),
    ],
)
def test_a_floor_is_level_ground_at_the_bottom(expression, level):
    surface = surface_from_expression(expression)
    assert floor(surface) == (level if level is None else pytest.approx(level, abs=1e-9))
    assert level is None or not local_minima(surface)


def test_gone_is_farther_away_than_ten_windows_and_than_the_start():
    positions = walks(
        comes_down=lambda t: 1e9 - 2e7 * t,
        flies_on=lambda t: 1e9 + t,
        flies_out=lambda t: 1.0 + 4.0 * t,
        returns=lambda t: np.where(t == 20, 1e6, 1.0),
    )
    gone = departure(positions, ((0, 4), (0, 3)))  # ten diagonals of 5 around (2, 1.5)
    assert gone.tolist() == [-1, 1, 13, -1]
    found = verdict(positions, np.zeros((4, 41)), (), ((0, 4), (0, 3)))
    assert found.tolist() == ["moving", "diverged", "diverged", "stalled"]


def test_converged_is_within_one_percent_of_the_diagonal():
    positions = walks(just_in=lambda t: 1.099 + 0 * t, just_out=lambda t: 1.101 + 0 * t)
    found = verdict(positions, np.zeros((2, 41)), ((1.0, 0.5),), WINDOW)
    assert found.tolist() == ["converged", "stalled"]


def test_distance_is_to_the_nearest_minimum():
    points = np.array([[0.0, 0.0], [3.0, 1.0]])
    np.testing.assert_allclose(distance(points, ((0, 2), (3, 5))), [2, np.sqrt(10)])
    assert np.isinf(distance(points, ())).all()


def test_arrival_is_the_step_after_the_last_one_outside():
    positions = walks(
        at_once=lambda t: 1.0 + 0 * t,
        comes_back=lambda t: np.where((t < 4) | (t == 17), 2.0, 1.0),
        never=lambda t: 2.0 + 0 * t,
        leaves=lambda t: np.where(t < 40, 1.0, 2.0),
    )
    assert arrival(positions, ((1.0, 0.5),), WINDOW).tolist() == [0, 18, -1, -1]
