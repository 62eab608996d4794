"""What a preset says, its race shows."""

import pytest

from engine import descend
from viz.race.presets import PRESETS, escape
from viz.race.state import Race

LONG = ("shrinking", "rosenbrock")


def walk(race: Race):
    return descend(
        race.built,
        race.descend_runs,
        race.begin,
        race.steps,
        race.clip,
        race.clip_threshold,
        race.noise,
        race.seed,
    )


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=pytest.mark.long) if each in LONG else each for each in PRESETS]
)
def test_the_claim_of_every_preset_holds(name: str) -> None:
    preset = PRESETS[name]
    low, high = preset.between
    assert low <= preset.claim(walk(preset.race)) <= high


def test_words_of_the_saddle_name_the_steps_of_escape() -> None:
    trajectories = walk(PRESETS["saddle"].race)
    assert [escape(k)(trajectories) for k in range(5)] == [float("inf"), 36, float("inf"), 4, 31]


def test_under_the_limit_all_come_in_and_over_it_all_fly_out() -> None:
    values = walk(PRESETS["limit"].race).values[:, 0]
    assert ((values[:, -1] < values[:, 0]) == [True, False, True, False, True, False]).all()


def test_adagrad_goes_straight_where_descent_zigzags() -> None:
    positions = walk(PRESETS["zigzag"].race).positions[1, 0]
    assert (positions[1:, 1] <= positions[:-1, 1]).all()


def test_the_cliff_is_one_without_clipping() -> None:
    from dataclasses import replace

    trajectories = walk(replace(PRESETS["cliff"].race, clip="none"))
    assert trajectories.diverged_at[:, 0].tolist()[:2] == [3, 3]


def test_presets_differ() -> None:
    races = [preset.race for preset in PRESETS.values()]
    assert all(races.count(race) == 1 for race in races)
