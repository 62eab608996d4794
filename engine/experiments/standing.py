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

    def __post_init__(self) -> None:
        object.__setattr__(self, "ranking", [Standing(*place) for place in self.ranking])
