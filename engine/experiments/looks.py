"""When an experiment looks at the nets that it trains."""

import numpy as np

from engine.tables.option import Whole

STEPS = Whole("steps", 200, 1, 10_000)


MOMENTS = 40


JUDGED = 1024  # test samples


def looks(steps: int, moments: int = MOMENTS) -> list[int]:
    """The steps after which the bench looks: evenly spaced, from 1 to the last."""
    return sorted({int(step) for step in np.linspace(1, steps, moments).round()})
