"""Histograms that are honest at any scale: 64 bins from the smallest to the largest value of the frame that is shown.

A symmetric-log axis is linear within ±threshold and logarithmic beyond. Exact zeros, underflow (subnormal numbers),
NaN and inf are counted apart from the bins, so that half of a ReLU's outputs do not drown the rest and no NaN is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numba import njit

BINS = 64
SCALES = ("symlog", "linear")


@dataclass(frozen=True)
class HistogramSet:
    """One histogram a layer; every array is over the layers.

    Bins are equal steps on the axis from position(low) to position(high): see `symlog`. `threshold` is 0 on a linear
    axis. `zeros`, `underflow`, `nan` and `inf` count the values outside the bins; all five kinds add up to the
    number of values. A layer without any finite nonzero value has low = high = 0.
    """

    low: np.ndarray
    high: np.ndarray
    threshold: np.ndarray
    counts: np.ndarray
    zeros: np.ndarray
    underflow: np.ndarray
    nan: np.ndarray
    inf: np.ndarray

    def edges(self, layer: int) -> np.ndarray:
        """The bin edges of one layer, [bins + 1], in the units of the values."""
        return edges(self.low[layer], self.high[layer], self.threshold[layer], self.counts.shape[1])


@dataclass(frozen=True)
class Histograms:
    """The histograms of a step: every layer's outputs, and dLoss/dz."""

    activations: HistogramSet
    gradients: HistogramSet


def histograms(
    tensors: Sequence[torch.Tensor | None], bins: int = BINS, scale: str = "symlog"
) -> HistogramSet:
    """A histogram of each tensor; None (nothing was measured) gives an empty one.

    Raises ValueError for a scale that is neither "symlog" nor "linear".
    """
    if scale not in SCALES:
        raise ValueError(f"scale must be one of {', '.join(SCALES)}; got {scale!r}")
    rows = [histogram(as_flat(x), bins, scale) for x in tensors]
    axes, counts, apart = zip(*rows, strict=True) if rows else ((), (), ())
    axes = np.array(axes, float).reshape(-1, 3).T
    apart = np.array(apart, np.int64).reshape(-1, 4).T
    return HistogramSet(*axes, np.array(counts, np.int64).reshape(-1, bins), *apart)


def as_flat(x: torch.Tensor | None) -> np.ndarray:
    """The values as a flat float32 or float64 array on the CPU."""
    if x is None:
        return np.empty(0, np.float32)
    x = x.detach().cpu()
    return (x if x.dtype in (torch.float32, torch.float64) else x.float()).contiguous().numpy().reshape(-1)


def histogram(x: np.ndarray, bins: int, scale: str) -> tuple[tuple, np.ndarray, tuple]:
    """(low, high, threshold), counts [bins] and (zeros, underflow, nan, inf) of a flat array."""
    tiny = float(np.finfo(x.dtype).tiny)
    low, high, rms, *apart = extent(x, tiny)
    if high < low:
        return (0.0, 0.0, 0.0), np.zeros(bins, np.int64), tuple(apart)
    threshold = rms if scale == "symlog" else 0.0
    counts = count(x, edges(low, high, threshold, bins), threshold, tiny)
    return (low, high, threshold), counts, tuple(apart)


def symlog(value: np.ndarray, threshold: float) -> np.ndarray:
    """Position on the symmetric-log axis: v/T within ±T, sign(v) (1 + log10(|v|/T)) beyond; v itself if T = 0."""
    value = np.asarray(value, float)
    if threshold == 0:
        return value
    size = np.maximum(np.abs(value) / threshold, 1e-300)
    return np.where(size <= 1, value / threshold, np.sign(value) * (1 + np.log10(size)))


def inverse_symlog(position: np.ndarray, threshold: float) -> np.ndarray:
    """The value at a position of the symmetric-log axis."""
    position = np.asarray(position, float)
    if threshold == 0:
        return position
    beyond = np.sign(position) * 10 ** (np.maximum(np.abs(position), 1) - 1)
    return threshold * np.where(np.abs(position) <= 1, position, beyond)


def edges(low: float, high: float, threshold: float, bins: int = BINS) -> np.ndarray:
    """Bin edges, [bins + 1]: equal steps on the axis; the first is low and the last is high, exactly."""
    start, stop = symlog(np.array([low, high]), threshold)
    values = inverse_symlog(np.linspace(start, stop, bins + 1), threshold)
    values[0], values[-1] = low, high
    return values


@njit(cache=True)
def extent(x, tiny):
    """Smallest, largest and rms of the normal numbers, and how many zeros, subnormals, NaN and inf there are."""
    low, high, squares = np.inf, -np.inf, 0.0
    zeros = underflow = nan = inf = normal = 0
    for i in range(x.size):
        v = np.float64(x[i])
        size = abs(v)
        if tiny <= size < np.inf:
            low = min(low, v)
            high = max(high, v)
            squares += v * v
            normal += 1
        elif size == 0.0:
            zeros += 1
        elif size < tiny:
            underflow += 1
        elif size == np.inf:
            inf += 1
        else:
            nan += 1
    rms = np.sqrt(squares / max(normal, 1))
    if not 1e-140 < rms < 1e140:
        rms = max(abs(low), abs(high))
    return low, high, rms, zeros, underflow, nan, inf


@njit(cache=True)
def count(x, edges, threshold, tiny):
    """Counts between the edges, [bins]: bin k holds edges[k] <= v < edges[k + 1], the last one v = high too.

    The bin is guessed from a rough logarithm and then corrected against the edges, so counts are exact.
    """
    bins = edges.size - 1
    counts = np.zeros(bins, np.int64)
    start, stop = rough_symlog(edges[0], threshold), rough_symlog(edges[-1], threshold)
    per_position = bins / (stop - start) if stop > start else 0.0
    for i in range(x.size):
        v = np.float64(x[i])
        if not tiny <= abs(v) < np.inf:
            continue
        k = int((rough_symlog(v, threshold) - start) * per_position)
        k = min(max(k, 0), bins - 1)
        while k > 0 and v < edges[k]:
            k -= 1
        while k < bins - 1 and v >= edges[k + 1]:
            k += 1
        counts[k] += 1
    return counts


@njit(cache=True, inline="always")
def rough_symlog(v, threshold):
    """`symlog` with a logarithm that is linear between powers of two: within 0.03 of the position."""
    if threshold == 0.0:
        return v
    size = abs(v) / threshold
    if size <= 1.0:
        return v / threshold
    bits = np.float64(size).view(np.int64)
    position = 1.0 + (bits * 2.220446049250313e-16 - 1023.0 + 0.043) * 0.30102999566398120
    return position if v > 0 else -position
