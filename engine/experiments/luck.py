"""Was it luck? `compare` as it grows: two specs on the same seeds, run by run, and what may be said of them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.experiments.grid import Known, grid
from engine.spec import RunSpec
from engine.tables.datasets import DATASETS
from engine.training.pairs import (
    FEWEST_FOR_RANKS,
    METRICS,
    interval_of,
    paired,
    refuse_other_samples,
    verdict_of,
)


@dataclass(frozen=True, eq=False)
class Luck:
    """b against a so far; accuracy, test_loss: [2, seeds, looks], a's first, NaN where not trained yet or diverged.

    looks: the steps after which each run is looked at. pairs [seeds]: whether both are trained. verdict: "better",
    "worse" or "cannot tell" of those pairs, "" while there are too few; difference and interval as `Comparison` has
    them, in `metric`, NaN until then. diverged_at [2, seeds]: -1 for not. done: the share of the work behind it.
    """

    looks: np.ndarray
    accuracy: np.ndarray
    test_loss: np.ndarray
    diverged_at: np.ndarray
    pairs: np.ndarray
    metric: str
    verdict: str
    difference: float
    interval: tuple[float, float]
    done: float


def luck(
    a: RunSpec, b: RunSpec, seeds: int = 8, steps: int = 300, known: Known | None = None
) -> Iterator[Luck]:
    """What `compare(a, b, seeds, steps)` says, pair by pair, by accuracy where there are classes, else by test loss.

    known: runs trained before, kept up to date. Raises SpecError as `compare` does, and for two equal specs.
    """
    refuse_other_samples(a, b)
    metric = "accuracy" if DATASETS[a.dataset].classes else "test_loss"
    for seen in grid((a, b), seeds, steps, metric, known):
        verdict, difference, interval = "", float("nan"), (float("nan"),) * 2
        pairs = seen.ended[0] & seen.ended[1]
        if pairs.all() or pairs.sum() >= FEWEST_FOR_RANKS:
            differences = paired(getattr(seen, metric)[:, pairs, -1], METRICS[metric])
            difference, interval, _ = interval_of(differences)
            verdict = verdict_of(interval, METRICS[metric])
        yield Luck(
            seen.looks,
            seen.accuracy,
            seen.test_loss,
            seen.diverged_at,
            pairs,
            metric,
            verdict,
            difference,
            interval,
            seen.done,
        )
