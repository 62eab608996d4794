"""Logarithmic axes: their range, and marks of which at least two can be read, however narrow the range."""

import math
from collections.abc import Sequence

import numpy as np

FEW = 3.2  # decades, up to which numbers are written out
NARROW = 0.03  # decades: the least that an axis spans
ROOM = 0.04  # of the range, on either side
DIGITS = ((1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7))


def log_axis(values: Sequence[np.ndarray], top: float | None = None) -> dict:
    """A logarithmic axis for what is positive in the values. top: the highest value shown, if that is given."""
    every = np.concatenate([np.ravel(np.asarray(v, float)) for v in values] or [np.empty(0)])
    known = every[np.isfinite(every) & (every > 0)]
    low, high = np.log10([known.min(), min(known.max(), top or np.inf)]) if known.size else (-1.0, 1.0)
    room = ROOM * (high - low) + 0.02
    low, high = low - room, high + room
    if high - low < NARROW:
        low, high = (low + high - NARROW) / 2, (low + high + NARROW) / 2
    return {"type": "log", "range": [float(low), float(high)], **marks(low, high)}


def marks(low: float, high: float) -> dict:
    """Marks between two exponents: powers of ten, 1-3 or 1-2-5 of each, or even steps where there is no room."""
    if high - low >= FEW:
        return {"dtick": max(1, math.ceil((high - low) / 8)), "exponentformat": "power"}
    powers = range(math.floor(low), math.ceil(high) + 1)
    for digits in DIGITS:
        ticks = [digit * 10.0**k for k in powers for digit in digits]
        if len(inside := [tick for tick in ticks if low <= math.log10(tick) <= high]) >= 3:
            return _written(inside)
    return _written(even(10**low, 10**high))


def even(low: float, high: float) -> list[float]:
    """Round numbers in even steps between two numbers, two at least."""
    size = 10.0 ** math.floor(math.log10((high - low) / 2))
    step = max(digit * size for digit in (1, 2, 5) if digit * size <= (high - low) / 2)
    return [step * k for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _written(ticks: list[float]) -> dict:
    return {"tickvals": ticks, "ticktext": [f"{tick:,.4g}" for tick in ticks]}
