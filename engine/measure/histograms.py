"""Histograms that are honest at any scale: 64 bins from the smallest to the largest value of the frame that is shown.

A symmetric-log axis is linear within ±threshold and logarithmic beyond. Exact zeros, underflow (subnormal numbers),
NaN and inf are counted apart from the bins, so that half of a ReLU's outputs do not drown the rest and no NaN is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numba import carray, njit

from engine.measure.kernels import FASTMATH, pointer
from engine.measure.statistics import LIKE

BINS = 64
SCALES = ("symlog", "linear")
VALUES_A_FRAME = 100_000
FEWEST = 1024


@dataclass(frozen=True)
class HistogramSet:
    """One histogram a layer; every array is over the layers.

    Bins are equal steps on the axis from position(low) to position(high): see `position`. `threshold` is 0 on a linear
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
    tensors: Sequence[torch.Tensor | None], bins: int = BINS, scale: str = "symlog", limit: int | None = None
) -> HistogramSet:
    """A histogram of each tensor [samples, units]; None (nothing was measured) gives an empty one.

    With a `limit` only as many of the first samples are counted as hold that many values: a batch is in random
    order, so they are a fair share. Raises ValueError for a scale that is neither "symlog" nor "linear", and for
    bins that are not 1 to 255.
    """
    if scale not in SCALES:
        raise ValueError(f"scale must be one of {', '.join(SCALES)}; got {scale!r}")
    if not 1 <= bins <= 255:
        raise ValueError(f"bins must be 1 to 255; got {bins!r}")
    kept = [readable_here(x) for x in tensors]
    sizes = np.array([counted(x, limit) for x in kept], np.int64)
    addresses = np.array([x.data_ptr() for x in kept], np.int64)
    low, high, threshold = np.zeros((3, len(kept)))
    counts = np.zeros((len(kept), bins), np.int64)
    zeros, underflow, nan, inf = np.zeros((4, len(kept)), np.int64)
    found = HistogramSet(low, high, threshold, counts, zeros, underflow, nan, inf)
    axes, apart = (low, high, threshold), (zeros, underflow, nan, inf)
    dtypes = [x.dtype for x in kept]
    for dtype in set(dtypes):
        layers = np.array([k for k, own in enumerate(dtypes) if own == dtype])
        at = addresses[layers], sizes[layers], LIKE[dtype]
        tallies(layers, *at, scale == "symlog", axes, found.counts, apart)
    return found


def readable_here(x: torch.Tensor | None) -> torch.Tensor:
    """The values as a contiguous float32 or float64 tensor on the CPU; without any values where there is none."""
    if x is None:
        return torch.empty(0)
    if not x.is_cpu:
        x = x.cpu()
    return (x if x.dtype in LIKE else x.float()).contiguous()


def counted(x: torch.Tensor, limit: int | None) -> int:
    """How many of the first values are counted: all, or as many whole samples as hold `limit` of them."""
    values = x.numel()
    if limit is None or values <= limit:
        return values
    samples = x.shape[0]
    return -(-limit * samples // values) * (values // samples)


def fair_share(layers: int) -> int:
    """A `limit` for moving pictures: a frame of outputs and gradients counts about VALUES_A_FRAME, whatever the depth,
    but never so few of a layer that its 64 bins would flicker."""
    return max(FEWEST, VALUES_A_FRAME // (2 * layers))


@njit(cache=True)
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


@njit(cache=True)
def tallies(layers, addresses, sizes, like, symmetric_log, axes, counts, apart):
    """`tally` of each flat array of `like`'s type, by address and size, into its layer's place of a HistogramSet."""
    for k in range(layers.size):
        x = carray(pointer(addresses[k]), (sizes[k],), like.dtype)
        to = layers[k]
        low, high, threshold, found, zeros, underflow, nan, inf = tally(x, counts.shape[1], symmetric_log)
        axes[0][to], axes[1][to], axes[2][to] = low, high, threshold
        apart[0][to], apart[1][to], apart[2][to], apart[3][to] = zeros, underflow, nan, inf
        counts[to] = found


@njit(cache=True)
def tally(x, bins, symmetric_log):
    """low, high, threshold, counts [bins], zeros, underflow, nan, inf of a flat array.

    Bin k holds edge k <= v < edge k + 1, the last one v = high too (as np.histogram has it).
    """
    tiny = np.float64(np.finfo(x.dtype).tiny)
    low, high, rms, zeros, underflow, nan, inf = extent(x, tiny)
    if high < low:
        return 0.0, 0.0, 0.0, np.zeros(bins, np.int64), zeros, underflow, nan, inf
    threshold = rms if symmetric_log else 0.0
    start, stop = position(low, threshold), position(high, threshold)
    # no value may leave the first and last bin at their far end
    lower, upper = np.full(bins + 1, -np.inf), np.full(bins + 1, np.inf)
    lower[1:bins] = upper[: bins - 1] = edges(low, high, threshold, bins)[1:bins]
    unit = threshold if symmetric_log else max(abs(low), abs(high))
    if not symmetric_log:
        start, stop = start / unit, stop / unit
    per_position = bins / (stop - start) if stop > start else 0.0
    guessed = guess(x, tiny, unit, symmetric_log, start, per_position, bins)
    return low, high, threshold, correct(x, guessed, lower, upper), zeros, underflow, nan, inf


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
def position(v, threshold):
    """Position on the symmetric-log axis: v/T within ±T, sign(v) (1 + ln(|v|/T)) beyond; v itself if T = 0."""
    if threshold == 0.0:
        return v
    if abs(v) <= threshold:
        return v / threshold
    return np.sign(v) * (1.0 + np.log(abs(v) / threshold))


@njit(cache=True)
def value_at(s, threshold):
    """The value at a position of the symmetric-log axis."""
    if threshold == 0.0:
        return s
    if abs(s) <= 1.0:
        return s * threshold
    return np.sign(s) * threshold * np.exp(abs(s) - 1.0)


@njit(fastmath=FASTMATH, cache=True)
def guess(x, tiny, unit, symmetric_log, start, per_position, bins):
    """Roughly each value's bin, as uint8; `bins` for what is counted apart. Straight-line code, so it vectorizes.

    log2 of the mantissa m in [1, 2) is taken as 2.02466 m - 0.33582 m^2 - 1.67487, right to 0.02.
    """
    found = np.empty(x.size, np.uint8)
    log_start = np.float32(1.0 if symmetric_log else np.inf)
    first, steps = np.float32(start), np.float32(per_position)
    for i in range(x.size):
        v = np.float64(x[i])
        scaled = np.float32(v / unit)
        bits = np.float32(max(abs(scaled), np.float32(1.0))).view(np.int32)
        exponent = np.float32((bits >> np.int32(23)) - np.int32(127))
        m = np.int32((bits & np.int32(0x7FFFFF)) | np.int32(0x3F800000)).view(np.float32)
        log2 = exponent + m * (np.float32(2.02466) - np.float32(0.33582) * m) - np.float32(1.67487)
        beyond = np.float32(1.0) + np.float32(0.693147) * log2
        s = scaled if abs(scaled) <= log_start else (beyond if v > 0 else -beyond)
        k = np.int32((s - first) * steps)
        normal = (abs(v) >= tiny) and (abs(v) < np.inf)
        found[i] = np.uint8(min(max(k, np.int32(0)), np.int32(bins - 1)) if normal else bins)
    return found


@njit(cache=True)
def correct(x, guessed, lower, upper):
    """Exact counts, [bins], from rough bins: each value moves on until it lies between its bin's edges."""
    # unsigned indices, because signed ones are tested for counting from the end
    bins = np.uint32(lower.size - 1)
    # four tallies in turn, because equal neighbors would wait for each other's increment
    partial = np.zeros(4 * lower.size, np.int32)
    for i in range(x.size):
        v = np.float64(x[i])
        k = np.uint32(guessed[i])
        if k < bins:
            while v < lower[k]:
                k = np.uint32(k - np.uint32(1))
            while v >= upper[k]:
                k = np.uint32(k + np.uint32(1))
        partial[np.uint32(np.uint32(i & 3) * np.uint32(lower.size) + k)] += 1
    counts = np.zeros(bins, np.int64)
    for turn in range(4):
        for k in range(bins):
            counts[k] += partial[turn * lower.size + k]
    return counts
