"""The compiled half of `histograms`: one pass finds the ends, one guesses each value's bin, one counts exactly."""

import numpy as np
from numba import carray, njit
from numba.extending import register_jitable

from engine.measure import axis
from engine.measure.axis import edges, position
from engine.measure.kernels import FASTMATH, pointer

for plain in (axis.position, axis.value_at, axis.edges):
    register_jitable(plain)


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
