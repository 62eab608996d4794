"""What paired seeds allow to say: known differences are found, equal ones are not, and the interval covers."""

import math

import numpy as np
import pytest
from scipy import stats

from engine import RunSpec, SpecError, compare
from engine.training.pairs import interval_of, paired

pytestmark = pytest.mark.slow

MOONS = RunSpec(dataset="moons", hidden=(8, 8), batch_size=64, lr=0.1)


def test_eight_pairs_and_the_walsh_averages_by_hand():
    """P(W <= 3) = 5 / 256 for eight pairs, so the interval runs from the 4th smallest mean to the 4th largest."""
    values = np.array([1.0, 2, 4, 8, 16, 32, 64, 128])
    middle, (low, high), _ = interval_of(values)
    means = np.sort([(x + y) / 2 for i, x in enumerate(values) for y in values[i:]])
    assert (low, high) == (means[3], means[-4])
    assert middle == np.median(means)


def test_the_verdict_turns_where_scipy_s_signed_rank_test_does():
    draw = np.random.default_rng(5)
    for shift in np.linspace(0, 1.5, 40):
        values = draw.normal(shift, 1, 8)
        low, high = interval_of(values)[1]
        p = stats.wilcoxon(values, method="exact").pvalue
        assert (low > 0 or high < 0) == (p < 0.05), (shift, p)


@pytest.mark.parametrize("pairs", [3, 6, 8, 12])
@pytest.mark.parametrize("law", ["normal", "laplace", "standard_t"])
def test_the_interval_covers_at_its_level(pairs, law):
    draw = np.random.default_rng(7)
    arguments = {"standard_t": (3,)}.get(law, ())
    hits = 0
    for _ in range(2000):
        low, high = interval_of(getattr(draw, law)(*arguments, size=pairs) + 2.0)[1]
        hits += low <= 2.0 <= high
    assert hits / 2000 > 0.94


def test_a_run_that_diverged_is_the_worst_and_two_of_a_pair_are_a_tie():
    last = np.array([[1.0, math.nan, math.nan, 2.0], [1.5, math.nan, 3.0, math.nan]])
    assert paired(last, -1).tolist() == [0.5, 0.0, -math.inf, math.inf]
    assert paired(last, 1).tolist() == [0.5, 0.0, math.inf, -math.inf]
    assert interval_of(np.full(8, math.inf))[1] == (math.inf, math.inf)
    low, high = interval_of(np.array([math.inf, -math.inf] * 4))[1]
    assert (low, high) == (-math.inf, math.inf)


def test_a_spec_against_itself_cannot_be_told():
    found = compare(MOONS, MOONS, seeds=6, steps=20)
    assert (found.verdict, found.interval, found.difference) == ("cannot tell", (0.0, 0.0), 0.0)


@pytest.mark.long
@pytest.mark.parametrize(
    "metric",
    [*(pytest.param(each, marks=pytest.mark.long) for each in ("test_loss", "train_loss")), "accuracy"],
)
def test_a_rate_that_does_nothing_is_worse_and_the_other_way_round_better(metric):
    still = MOONS.replace(lr=1e-6)
    assert compare(MOONS, still, seeds=6, steps=60, metric=metric).verdict == "worse"
    found = compare(still, MOONS, seeds=6, steps=60, metric=metric)
    assert found.verdict == "better"
    assert found.curves.shape == (2, 6, len(found.looks))
    assert (found.looks[0], found.looks[-1]) == (0, 60)
    assert (found.interval[0] > 0) == (metric == "accuracy")


def test_a_spec_that_diverges_is_worse():
    wild = MOONS.replace(lr=1e9, activation="relu")
    found = compare(MOONS, wild, seeds=6, steps=30)
    assert found.verdict == "worse"
    assert (found.diverged_at[1] > 0).all()
    assert (found.diverged_at[0] == -1).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seeds": 1}, "seeds: 1 is not allowed; give a whole number with 2 <= seeds"),
        ({"steps": 0}, "steps: 0 is not allowed"),
        ({"metric": "loss"}, "metric: 'loss' is not allowed; give one of test_loss"),
    ],
)
def test_what_cannot_be_compared_is_said(change, words):
    with pytest.raises(SpecError, match=words):
        compare(MOONS, MOONS, **change)


def test_two_data_sets_cannot_be_compared():
    with pytest.raises(SpecError, match="dataset: 'moons' and 'xor' cannot be compared"):
        compare(MOONS, MOONS.replace(dataset="xor"))
