"""The symmetric-log axis: linear within ±threshold and logarithmic beyond; plainly linear where the threshold is 0.

Plain functions of numbers, compiled too (`tallies`), to the bit the same.
"""

import math

import numpy as np


def edges(low, high, threshold, bins):
    """Bin edges, [bins + 1]: equal steps on the axis; the first is low and the last is high, exactly."""
    start, stop = position(low, threshold), position(high, threshold)
    half = stop / 2 - start / 2  # stop - start may be inf
    values = np.empty(bins + 1)
    for k in range(bins + 1):
        value = value_at(start + half * (k / bins) + half * (k / bins), threshold)
        values[k] = min(max(value, low), high)  # rounding must not lead beyond the ends
    values[0], values[bins] = low, high
    return values


def position(v, threshold):
    """Position on the symmetric-log axis: v/T within ±T, sign(v) (1 + ln(|v|/T)) beyond; v itself if T = 0."""
    if threshold == 0.0:
        return v
    if abs(v) <= threshold:
        return v / threshold
    return math.copysign(1.0 + math.log(abs(v) / threshold), v)


def value_at(s, threshold):
    """The value at a position of the symmetric-log axis."""
    if threshold == 0.0:
        return s
    if abs(s) <= 1.0:
        return s * threshold
    return math.copysign(threshold * math.exp(abs(s) - 1.0), s)
