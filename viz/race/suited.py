"""Learning rates to start with on a surface: from its curvature where theory knows a limit, else from its window."""

import numpy as np

from engine.descent.surface import Surface
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.rates import rounded
from viz.race.racer import LR, Racer


def suited(surface: Surface, start: tuple[float, float], racer: Racer) -> float:
    """A rate for this optimizer from this start, rounded to 1 or 3 times a power of ten.

    The curvature is the largest at the start and at the known minima; where none is positive, the window decides.
    """
    points = np.array([start, *surface.minima], dtype=float)
    curvatures = np.linalg.eigvalsh(surface.hessian(points))
    steepest = float(np.abs(curvatures[np.isfinite(curvatures)]).max(initial=0.0))
    entry = OPTIMIZERS[racer.optimizer]
    limit = entry.stable_lr(steepest, **racer.options)
    rate = surface.diagonal * entry.of_window if limit is None else limit * entry.of_limit
    return rounded(rate, most=LR.high)
