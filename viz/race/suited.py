"""Learning rates to start with on a surface: from its curvature where theory knows a limit, else from its window."""

import math

import numpy as np

from engine.descent.comparison import stable_lr
from engine.descent.critical_points import diagonal
from engine.descent.surface import Surface
from viz.race.racer import LR, Racer

SHARE_OF_LIMIT = {"sgd": 0.5, "momentum": 0.1, "nesterov": 0.2}
SHARE_OF_WINDOW = {"adagrad": 0.05, "rmsprop": 0.005, "adadelta": 2.0, "rprop": 0.01}
SMALLEST = 1e-12
OTHERS = 0.015  # Adam and its family, whose steps are about lr long


def suited(surface: Surface, start: tuple[float, float], racer: Racer) -> float:
    """A rate for this optimizer from this start, rounded to 1 or 3 times a power of ten.

    The curvature is the largest at the start and at the known minima; where none is positive, the window decides.
    """
    points = np.array([start, *surface.minima], dtype=float)
    curvatures = np.linalg.eigvalsh(surface.hessian(points))
    steepest = float(np.abs(curvatures[np.isfinite(curvatures)]).max(initial=0.0))
    limit = stable_lr(racer.optimizer, racer.options, steepest) if racer.optimizer in SHARE_OF_LIMIT else None
    if limit is not None:
        return rounded(limit * SHARE_OF_LIMIT[racer.optimizer])
    return rounded(diagonal(surface) * SHARE_OF_WINDOW.get(racer.optimizer, OTHERS))


def rounded(rate: float) -> float:
    """The nearest of 1 and 3 times a power of ten, on a log scale, within what is allowed."""
    rate = min(max(rate, SMALLEST), LR.high)
    power = math.floor(math.log10(rate))
    digits = min((1, 3, 10), key=lambda digit: abs(math.log10(rate) - power - math.log10(digit)))
    return float(f"{digits}e{power}")
