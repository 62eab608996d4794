"""When an experiment looks at the nets that it trains, and what it says of one that diverged."""

import numpy as np

from engine.tables.option import Whole
from engine.training.trainer import Trainer

STEPS = Whole("steps", 200, 1, 10_000)
MOMENTS = 40
JUDGED = 1024  # test samples


def looks(steps: int, moments: int = MOMENTS, first: int = 0, power: float = 1.0) -> list[int]:
    """The steps after which to look, from `first` to the last: evenly spaced in their root of that power."""
    ends = first ** (1 / power), steps ** (1 / power)
    return np.unique((np.linspace(*ends, moments) ** power).round().astype(int)).tolist()


def diverged_at(trainer: Trainer) -> int:
    """The step at which a run diverged, -1 for never."""
    return trainer.diverged.step if trainer.diverged else -1
