"""Was it luck? Two specs trained on the same seeds, side by side, and what their differences allow to say."""

import math
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from scipy import stats

from engine.spec import RunSpec
from engine.tables.datasets import DATASETS
from engine.tables.errors import SpecError
from engine.tables.option import Choice, Whole
from engine.training import fleet

LEVEL = 0.95
LOOKS = 20
FEWEST_FOR_RANKS = 6
METRICS = {"test_loss": -1, "train_loss": -1, "accuracy": 1}
"""name -> 1 where more is better, -1 where less is."""
SAMPLES = ("dataset", "class_share", "loss")
"""What two specs must share to be compared."""


@dataclass(frozen=True)
class Comparison:
    """b against a over paired seeds.

    verdict: "better", "worse" or "cannot tell". difference: the middle of b - a in the metric after the last step.
    interval: (low, high) for it at 95 %, by `method`; the verdict is what lies on one side of 0. curves: the metric
    [2, seeds, looks], a's first, after `looks` steps, NaN from a divergence on. diverged_at [2, seeds]: -1 for never.
    """

    verdict: str
    difference: float
    interval: tuple[float, float]
    method: str
    metric: str
    curves: np.ndarray
    looks: tuple[int, ...]
    diverged_at: np.ndarray


def compare(
    a: RunSpec, b: RunSpec, seeds: int = 8, steps: int = 300, metric: str = "test_loss"
) -> Comparison:
    """Train both specs on the seeds `spec.seed + i`, i < seeds, for so many steps; see `Comparison`.

    metric: "test_loss" or "train_loss" (on the whole training part), where less is better, or "accuracy" on the test
    set. A run that diverged counts as the worst there is, two of a pair as a tie. Raises SpecError for specs of
    different data or loss, fewer than two seeds, no step, an unknown metric, or the accuracy of a regression.
    """
    seeds = Whole("seeds", 8, 2, 1000).check(seeds)
    steps = Whole("steps", 300, 1, 1_000_000).check(steps)
    metric = Choice("metric", "test_loss", choices=tuple(METRICS)).check(metric)
    refuse_other_samples(a, b)
    refuse_unmeasured(metric, a)
    looks = tuple(np.unique(np.linspace(0, steps, LOOKS + 1).round().astype(int)).tolist())
    jobs = [fleet.Job(spec.replace(seed=spec.seed + i)) for spec in (a, b) for i in range(seeds)]
    curves, diverged_at = np.empty((2, seeds, len(looks))), np.empty((2, seeds), dtype=int)
    for index, outcome in fleet.train(jobs, looks):
        place = divmod(index, seeds)
        curves[place], diverged_at[place] = getattr(outcome, metric), outcome.diverged_at
    differences = paired(curves[:, :, -1], METRICS[metric])
    difference, interval, method = interval_of(differences)
    return Comparison(
        verdict_of(interval, METRICS[metric]),
        difference,
        interval,
        method,
        metric,
        curves,
        looks,
        diverged_at,
    )


def refuse_unmeasured(metric: str, spec: RunSpec) -> None:
    """SpecError for the accuracy of a regression, which has none."""
    if metric == "accuracy" and not DATASETS[spec.dataset].classes:
        raise SpecError(
            "{place}: {value!r} means nothing for {dataset!r}, whose targets are numbers; give 'test_loss'.",
            field="metric",
            value=metric,
            dataset=spec.dataset,
        )


def refuse_other_samples(a: RunSpec, b: RunSpec) -> None:
    """SpecError for specs of different data or loss."""
    for field in SAMPLES:
        here, there = getattr(a, field), getattr(b, field)
        if here != there:
            raise SpecError(
                "{place}: {here!r} and {there!r} cannot be compared; give two specs of the same {place}.",
                field=field,
                here=here,
                there=there,
            )


def paired(last: np.ndarray, sign: int) -> np.ndarray:
    """b - a of each pair, from [2, pairs]; NaN is a run that diverged, the worst there is: ±inf, or 0 for two."""
    a, b = np.where(np.isnan(last), -sign * math.inf, last)
    with np.errstate(invalid="ignore"):
        return np.where(a == b, 0.0, b - a)


def interval_of(differences: np.ndarray) -> tuple[float, tuple[float, float], str]:
    """(middle, (low, high), method) of paired differences [n], at 95 %.

    From six pairs on: Hodges and Lehmann's median of all means of two differences, with the interval that Wilcoxon's
    signed-rank test gives exactly; it knows no more of the differences than that they lie alike on both sides of the
    middle, and bears infinite ones (Hodges and Lehmann, 1963). Fewer pairs cannot reach 95 % so: Student's t, which
    takes them for normal, and says nothing where one is infinite.
    """
    n = len(differences)
    if n >= FEWEST_FOR_RANKS:
        means = np.sort([_mean(x, y) for x, y in combinations_with_replacement(differences, 2)])
        cut = _signed_rank_cut(n)
        return (
            float(np.median(means)),
            (float(means[cut]), float(means[-1 - cut])),
            "Hodges-Lehmann, signed ranks",
        )
    return _student(differences, 1 / n)


def interval_of_folds(differences: np.ndarray, folds: int) -> tuple[float, tuple[float, float], str]:
    """As `interval_of`, of differences [n] on folds that were held out in turn, once or again with other seeds.

    Two folds share most of the samples that were trained on, so they vary together, and an interval for independent
    differences is too short. Student's t with the variance of the mean, s^2 / n, raised to
    s^2 (1 / n + tested samples / trained samples), the corrected resampled t-test (Nadeau and Bengio, Inference for
    the generalization error, Machine Learning 2003; for folds: Bouckaert and Frank, 2004).
    """
    return _student(differences, 1 / len(differences) + 1 / (folds - 1))


def _student(differences: np.ndarray, factor: float) -> tuple[float, tuple[float, float], str]:
    """Student's t; factor: what makes the variance of the mean of that of a difference."""
    if not np.isfinite(differences).all():
        one_sided = len(set(differences)) == 1
        edge = float(differences[0]) if one_sided else math.inf
        return (edge, (edge, edge), "all diverged") if one_sided else (math.nan, (-edge, edge), "Student's t")
    middle, spread = differences.mean(), differences.std(ddof=1) * math.sqrt(factor)
    reach = stats.t.ppf((1 + LEVEL) / 2, len(differences) - 1) * spread
    return float(middle), (float(middle - reach), float(middle + reach)), "Student's t"


def _mean(x: float, y: float) -> float:
    return 0.0 if math.isinf(x) and x == -y else (x + y) / 2


def _signed_rank_cut(n: int) -> int:
    """How many of the sorted means lie outside the interval on each side: the largest k with P(W <= k) <= 2.5 %."""
    counts = np.ones(1)
    for rank in range(1, n + 1):
        counts = np.convolve(counts, np.bincount([0, rank]))
    tail = counts.cumsum() / counts.sum()
    return int(np.searchsorted(tail, (1 - LEVEL) / 2, side="right")) - 1


def verdict_of(interval: tuple[float, float], sign: int) -> str:
    """ "better", "worse" or "cannot tell", by an interval of b - a; sign: 1 where more is better, -1 where less is."""
    low, high = interval
    if low <= 0 <= high:
        return "cannot tell"
    return "better" if (low > 0) == (sign > 0) else "worse"
