"""Cures tried in turn, and luck against `compare`: the same runs by another way."""

import math

import numpy as np
import pytest

from engine import RunSpec, SpecError, Trainer, compare
from engine.experiments.luck import luck
from engine.experiments.trials import trials

SICK = RunSpec(dataset="moons", hidden=(8,) * 8, activation="sigmoid", batch_size=32, seed=1)
CURED = {"activation": "tanh", "initializer": "glorot_normal"}


def test_cures_are_tried_up_to_the_first_that_learns():
    seen = list(trials(SICK, [{"lr": 0.05}, {"lr": 1e9, "activation": "relu"}, CURED, {"lr": 0.2}], steps=60))
    plain, broken, cured = seen[-1].trials
    assert (plain.learned, broken.learned, cured.learned) == (False, False, True)
    assert broken.diverged_at > 0
    assert math.isnan(broken.accuracy)
    assert (plain.steps, cured.steps) == (60, 60)
    assert [each.done for each in seen] == sorted(each.done for each in seen)
    assert seen[-1].done == 1.0


def test_the_number_of_a_trial_is_that_of_the_run_it_promises():
    *_, seen = trials(SICK, [CURED], steps=40)
    trainer = Trainer(SICK.replace(**CURED))
    for _ in range(40):
        trainer.step(measure=False)
    assert (seen.trials[0].test_loss, seen.trials[0].accuracy) == tuple(map(float, trainer.evaluate()))


@pytest.mark.long
@pytest.mark.slow
def test_luck_says_what_compare_says():
    a, b = SICK.replace(hidden=(6,)), SICK.replace(hidden=(6,), lr=0.03)
    *_, seen = luck(a, b, seeds=6, steps=30)
    told = compare(a, b, seeds=6, steps=30, metric=seen.metric)
    assert (seen.verdict, seen.difference, seen.interval) == (told.verdict, told.difference, told.interval)
    np.testing.assert_allclose(seen.accuracy[:, :, -1], told.curves[:, :, -1])


def test_luck_tells_of_six_pairs_what_it_would_tell_of_these_alone():
    a, b = SICK.replace(hidden=(4,)), SICK.replace(hidden=(5,))
    *before, last = luck(a, b, seeds=7, steps=3)
    assert {one.verdict for one in before if one.pairs.sum() < 6} == {""}
    of_six = next(one for one in before if one.pairs.sum() == 6)
    *_, alone = luck(a, b, seeds=6, steps=3)
    assert (of_six.verdict, of_six.interval) == (alone.verdict, alone.interval)
    assert last.pairs.all()
    assert last.interval != of_six.interval


def test_luck_says_nothing_before_all_runs_are_over_and_refuses_other_data():
    first, *_ = luck(SICK.replace(hidden=(4,)), SICK.replace(hidden=(5,)), seeds=2, steps=4)
    assert first.verdict == ""
    with pytest.raises(SpecError, match="cannot be compared"):
        next(luck(SICK, SICK.replace(dataset="circles")))
