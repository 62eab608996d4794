"""Nested cross-validation chooses on the training folds alone, and its intervals know that folds share samples."""

import math
from itertools import product

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.preprocessing import StandardScaler

from engine import RunSpec, SpecError, Trainer
from engine.experiments import nested as experiment
from engine.experiments.nested import nested
from engine.tables.datasets import DATASETS
from engine.training import fleet
from engine.training.data import Data
from engine.training.pairs import interval_of_folds

SEED, FOLDS, INNER, STEPS = 3, 3, 2, 12
MOONS = RunSpec(dataset="moons", hidden=(6, 5), batch_size=32, seed=SEED)
FAMILIES = [
    [MOONS.replace(activation="tanh", lr=rate) for rate in (1e-6, 0.3, 0.1)],
    [MOONS.replace(activation="relu", lr=0.2)],
]


@pytest.fixture(scope="module")
def seen() -> list[experiment.Nested]:
    return list(nested(FAMILIES, folds=FOLDS, inner=INNER, steps=STEPS))


def reached(spec: RunSpec, x: np.ndarray, y: np.ndarray, train: np.ndarray, held: np.ndarray) -> float:
    """The accuracy on samples that are held out, of a net that never saw them, nor its scale."""
    scale = StandardScaler().fit(x[train])
    parts = (torch.as_tensor(scale.transform(x[part]), dtype=torch.float32) for part in (train, held))
    train_x, test_x = parts
    trainer = Trainer(spec, data=Data(train_x, torch.tensor(y[train]), test_x, torch.tensor(y[held]), 2, 2))
    for _ in range(STEPS):
        trainer.step(measure=False)
    return trainer.evaluate()[1]


@pytest.mark.long
def test_it_is_what_scikit_learns_folds_one_in_another_give(seen):
    x, y = DATASETS["moons"].draw(SEED)
    x, _, y, _ = train_test_split(x, y, test_size=DATASETS["moons"].test, stratify=y, random_state=SEED)
    outer = list(StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(x, y))
    within = StratifiedKFold(INNER, shuffle=True, random_state=SEED)
    for (k, (train, held)), (place, family) in product(enumerate(outer), enumerate(FAMILIES)):
        chosen = 0
        if len(family) > 1:
            parts = list(within.split(x[train], y[train]))
            means = [np.mean([reached(spec, x, y, train[a], train[b]) for a, b in parts]) for spec in family]
            assert seen[-1].tried[place, k] == pytest.approx(means, abs=0.004)  # a sample on the border
            chosen = int(np.argmax(means))
        assert seen[-1].chosen[place, k] == chosen
        assert seen[-1].scores[place, k] == pytest.approx(
            reached(family[chosen], x, y, train, held), abs=0.004
        )


def test_it_tells_how_far_it_is_and_never_goes_back(seen):
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert seen[0].runs == (0, FOLDS * (3 * INNER + 2))
    assert seen[-1].runs == (FOLDS * (3 * INNER + 2),) * 2
    first = next(one for one in seen if one.ranking)
    assert [place.index for place in first.ranking] == [0]
    assert np.isnan(first.scores[1]).all()


def test_a_stop_keeps_what_is_done(seen):
    known = {}
    growing = nested(FAMILIES, folds=FOLDS, inner=INNER, steps=STEPS, known=known)
    next(one for one in growing if one.runs[0] >= 4)
    growing.close()
    stopped = len(known)
    assert 4 <= stopped < FOLDS * (3 * INNER + 2)
    trained = []

    def train(jobs, looks):
        trained.extend(jobs)
        return fleet.in_turn(jobs, looks)

    *_, last = nested(FAMILIES, folds=FOLDS, inner=INNER, steps=STEPS, known=known, train=train)
    assert len(trained) == seen[-1].runs[1] - stopped
    assert np.allclose(last.scores, seen[-1].scores, atol=0.004)


def test_a_choice_that_diverged_once_is_taken_by_no_fold():
    family = [MOONS.replace(activation="linear", lr=rate) for rate in (1e9, 0.1)]
    *_, last = nested([family], folds=FOLDS, inner=INNER, steps=STEPS)
    assert last.chosen.tolist() == [[1] * FOLDS]
    assert np.isnan(last.tried[0, :, 0]).all()
    *_, none = nested([family[:1]], folds=FOLDS, inner=INNER, steps=STEPS)
    assert (none.diverged_at > 0).all()
    assert math.isnan(none.ranking[0].mean)


def test_seeds_are_parts_of_their_own():
    *_, last = nested([FAMILIES[1]], seeds=2, folds=FOLDS, inner=INNER, steps=STEPS)
    assert last.scores.shape == (1, 2 * FOLDS)
    *_, other = nested([[FAMILIES[1][0].replace(seed=SEED + 1)]], folds=FOLDS, inner=INNER, steps=STEPS)
    assert last.scores[0, FOLDS:].tolist() == other.scores[0].tolist()


def test_less_is_better_of_a_loss_and_the_better_is_ahead():
    slow, fast = [[MOONS.replace(lr=rate)] for rate in (1e-6, 0.5)]
    *_, last = nested([slow, fast], folds=FOLDS, inner=INNER, steps=60, metric="test_loss")
    assert [place.index for place in last.ranking] == [1, 0]
    assert last.against[1, 0, 0] > 0 > last.against[0, 1, 0]
    assert last.against[1, 0].tolist() == [-last.against[0, 1, k] for k in (0, 2, 1)]
    assert last.ranking[1].apart == (last.against[1, 0, 1] > 0)


def test_the_interval_of_folds_is_the_corrected_resampled_t_test():
    differences = np.array([0.011, 0.004, 0.013, -0.002, 0.009])
    middle, (low, high), method = interval_of_folds(differences, 5)
    # a fifth is tested, four fifths are trained on: the variance of the mean is s^2 (1 / 5 + 1 / 4)
    t = differences.mean() / math.sqrt(differences.var(ddof=1) * (1 / 5 + 1 / 4))
    p = 2 * stats.t.sf(abs(t), 4)
    assert (p < 0.05) == (low > 0)
    assert middle == pytest.approx(0.007)
    assert high - middle == pytest.approx(2.776445 * differences.std(ddof=1) * math.sqrt(0.45))
    assert method == "Student's t"
    plain = stats.t.interval(0.95, 4, middle, stats.sem(differences))
    assert low < plain[0] < plain[1] < high


def test_a_tie_or_a_divergence_leaves_nothing_to_tell():
    assert interval_of_folds(np.zeros(5), 5)[1] == (0.0, 0.0)
    assert interval_of_folds(np.array([0.1, math.inf, 0.1]), 3)[1] == (-math.inf, math.inf)


@pytest.mark.parametrize(
    ("families", "settings", "words"),
    [
        ([], {}, "nothing to train"),
        ([[MOONS], []], {}, "one of them is empty"),
        ([[MOONS], [MOONS]], {}, "given twice"),
        ([[MOONS], [MOONS.replace(dataset="circles")]], {}, "cannot be compared"),
        ([[MOONS]], {"folds": 1}, "folds: 1 is not allowed"),
        ([[MOONS]], {"inner": 1}, "inner: 1 is not allowed"),
        ([[MOONS]], {"metric": "speed"}, "metric: 'speed' is not allowed"),
        ([[RunSpec(dataset="sine", loss="mse")]], {}, "targets are numbers"),
    ],
)
def test_nonsense_is_refused_before_anything_is_trained(families, settings, words):
    with pytest.raises(SpecError, match=words):
        nested(families, **settings)
