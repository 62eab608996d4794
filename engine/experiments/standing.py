"""What a grid of runs shows: curves, what became of each run, and the ranking of their settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Standing(NamedTuple):
    """One spec among the others. mean, low, high: of its runs at 95 %, NaN where one diverged or a single run tells
    nothing; runs: how many are done; apart: whether its runs tell it from the best one's, pair by pair over seeds."""

    index: int  # type: ignore[assignment]  # tuple has a method of that name
    mean: float
    low: float
    high: float
    runs: int
    apart: bool


@dataclass(frozen=True, eq=False)
class Grid:
    """What is known so far: arrays [specs, seeds, looks], NaN where not trained yet and from a divergence on.

    looks: the steps after which each run is looked at. diverged_at [specs, seeds]: -1 for not. ended [specs, seeds]:
    which runs are over. ranking: rows of `Standing`, best first, those of which a run diverged last. done: the share
    of the work behind it; trained: steps behind it, of steps in all, what was known before left out.
    """

    looks: np.ndarray
    train_loss: np.ndarray
    test_loss: np.ndarray
    accuracy: np.ndarray
    diverged_at: np.ndarray
    ended: np.ndarray
    ranking: Sequence[Standing]
    done: float

    @property
    def runs(self) -> tuple[int, int]:
        """(those that are over, all)."""
        return int(self.ended.sum()), self.ended.size

    def __post_init__(self) -> None:
        object.__setattr__(self, "ranking", [Standing(*place) for place in self.ranking])


@dataclass(frozen=True, eq=False)
class Nested:
    """What is known so far of a nested cross-validation; a part is a fold of one seed, the folds of the first first.

    scores [families, parts]: the metric on the fold held out, NaN where not trained yet or diverged. tried
    [families, parts, specs]: the mean over the inner folds of each spec of the family, NaN where not trained, diverged
    or alone. chosen [families, parts]: the index of the spec that was best there, -1 for none yet. diverged_at
    [families, parts]: -1 for not. against [families, families, 3]: (middle, low, high) at 95 % of how much better the
    first is than the second, part by part, in the metric with its sign turned where less is better; NaN while one is
    missing. ranking: rows of `Standing` of the families that are done, best first. runs: (those that are over, all).
    done: the share of the work behind it.
    """

    scores: np.ndarray
    tried: np.ndarray
    chosen: np.ndarray
    diverged_at: np.ndarray
    against: np.ndarray
    ranking: Sequence[Standing]
    runs: tuple[int, int]
    done: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "ranking", [Standing(*place) for place in self.ranking])
