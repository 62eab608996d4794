"""A comparison's runs are the trainer's own, what is known is not trained again, and the ranking says what differs."""

import math

import numpy as np
import pytest

from engine import RunSpec, SpecError, Trainer
from engine.experiments import grid as experiment
from engine.experiments.grid import grid

MOONS = RunSpec(dataset="moons", hidden=(6, 5), batch_size=32, lr=0.1)
SPECS = [MOONS, MOONS.replace(activation="relu"), MOONS.replace(activation="linear", lr=1e9)]
STEPS = 20


@pytest.fixture(scope="module")
def seen() -> list[experiment.Grid]:
    return list(grid(SPECS, seeds=3, steps=STEPS))


def test_every_curve_is_a_trainer_s_own(seen):
    looks = seen[-1].looks
    assert (looks[0], looks[-1]) == (0, STEPS)
    for k, spec in enumerate(SPECS[:2]):
        trainer = Trainer(spec.replace(seed=spec.seed + 2))
        for at, look in enumerate(looks):
            while trainer.steps < look:
                trainer.step(measure=False)
            loss, accuracy = trainer.evaluate()
            assert (seen[-1].test_loss[k, 2, at], seen[-1].accuracy[k, 2, at]) == (loss, accuracy)


def test_it_grows_seed_by_seed_and_never_goes_back(seen):
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert (seen[0].done, seen[-1].done) == (0.0, 1.0)
    first = next(one for one in seen if one.ended.sum() == 3)
    assert first.ended[:, 0].all()
    assert seen[-1].ended.all()


def test_a_divergence_is_noted_and_stands_last(seen):
    last = seen[-1]
    assert (last.diverged_at[2] >= 0).all()
    assert np.isnan(last.accuracy[2, :, -1]).all()
    assert last.ranking[-1].index == 2
    assert math.isnan(last.ranking[-1].mean)


def test_what_is_known_is_not_trained_again(monkeypatch):
    known = {}
    *_, before = grid(SPECS, seeds=2, steps=STEPS, known=known)
    monkeypatch.setattr(experiment, "watched", lambda *_: pytest.fail("trained again"))
    after = list(grid(SPECS, seeds=2, steps=STEPS, known=known))
    assert len(after) == 1
    assert after[0].done == 1.0
    for name in ("train_loss", "test_loss", "accuracy", "diverged_at"):
        assert np.array_equal(getattr(after[0], name), getattr(before, name), equal_nan=True)


def test_a_stop_keeps_what_is_done():
    known = {}
    growing = grid(SPECS, seeds=2, steps=STEPS, known=known)
    next(one for one in growing if one.ended.sum() == 2)
    growing.close()
    assert len(known) == 2
    again = grid(SPECS, seeds=2, steps=STEPS, known=known)
    assert next(again).ended.sum() == 2


def test_the_ranking_goes_by_the_metric_and_tells_apart_what_differs_in_every_seed():
    table = experiment._Table(SPECS, 6, [0, 5])
    scores = np.array([[0.90, 0.91, 0.92, 0.90, 0.91, 0.92]] * 3)
    scores[1] += np.array([0.01, -0.01] * 3)
    scores[2] -= 0.2
    table.curves["accuracy"][:, :, -1] = scores
    table.curves["test_loss"][:, :, -1] = scores
    table.ended[:] = True
    by_accuracy = experiment.standings(table, "accuracy")
    assert by_accuracy[-1].index == 2
    assert [place.apart for place in by_accuracy] == [False, False, True]
    assert experiment.standings(table, "test_loss")[0].index == 2


@pytest.mark.parametrize(
    ("specs", "settings", "words"),
    [
        ([], {}, "nothing to train"),
        ([MOONS, MOONS], {}, "given twice"),
        ([MOONS], {"seeds": 0}, "seeds: 0 is not allowed"),
        ([MOONS], {"steps": 10**7}, "steps: 10000000 is not allowed"),
        ([MOONS], {"metric": "speed"}, "metric: 'speed' is not allowed"),
    ],
)
def test_nonsense_is_refused_before_anything_is_trained(specs, settings, words):
    with pytest.raises(SpecError, match=words):
        grid(specs, **settings)
