"""One pass over each tensor: the sums behind every statistic, in float64, compiled by Numba.

The fast passes allow reassociation (so that they vectorize) but keep NaN and inf meaningful. They are exact enough
wherever sums of squares neither overflow nor underflow; `careful_*` takes over where they do.
"""

import numpy as np
from numba import carray, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

# "nnan" and "ninf" are left out on purpose: a viewer of diverging nets must see NaN and inf
FASTMATH = {"reassoc", "contract", "nsz", "arcp"}
SMALLEST, LARGEST = 1e-280, 1e280
# inline="always" gives every caller a copy of its own: of several compiled copies that share a name, it depends on what
# was compiled here and what was loaded from the cache which one runs, and their sums differ in the last bit
# fastmath=False is said where it matters: a function without it takes on the flags of the first that calls it


@njit(fastmath=FASTMATH, cache=True, inline="always")
def moments(x):
    """Mean, variance and root mean square of a flat array; sums are shifted by x[0] against cancellation."""
    shift = np.float64(x[0])
    total = 0.0
    squares = 0.0
    for i in range(x.size):
        d = np.float64(x[i]) - shift
        total += d
        squares += d * d
    mean = total / x.size
    variance = max(squares / x.size - mean * mean, 0.0)
    if not (SMALLEST < squares < LARGEST):
        return careful_moments(x)
    mean += shift
    return mean, variance, np.hypot(np.sqrt(variance), mean)


@njit(fastmath=False, cache=True)
def careful_moments(x):
    """As `moments`, two passes over the values scaled to 1: right from 1e-308 to 1e308. NaN or inf gives NaN."""
    largest = 0.0
    for i in range(x.size):
        v = abs(np.float64(x[i]))
        if not np.isfinite(v):
            return np.nan, np.nan, np.nan
        largest = max(largest, v)
    if largest == 0.0:
        return 0.0, 0.0, 0.0
    mean = 0.0
    for i in range(x.size):
        mean += np.float64(x[i]) / largest
    mean /= x.size
    variance = 0.0
    for i in range(x.size):
        variance += (np.float64(x[i]) / largest - mean) ** 2
    variance /= x.size
    # largest**2 may be inf, and 0 * inf is NaN
    return mean * largest, variance * largest * largest, np.sqrt(variance + mean * mean) * largest


@njit(fastmath=FASTMATH, cache=True, inline="always")
def unit_moments(x):
    """Mean, pooled variance, mean square and signal variance of x [samples, units].

    Signal variance: over the samples, for each unit, then averaged over units. Pooled variance is the signal
    variance plus the variance of the units' means (law of total variance).
    """
    samples, units = x.shape
    total, squares = np.zeros(units), np.zeros(units)
    fours = samples - samples % 4
    for i in range(0, fours, 4):  # four samples at a time, because the sums are loaded and stored each time
        for j in range(units):
            shift = np.float64(x[0, j])
            a, b = np.float64(x[i, j]) - shift, np.float64(x[i + 1, j]) - shift
            c, d = np.float64(x[i + 2, j]) - shift, np.float64(x[i + 3, j]) - shift
            total[j] += (a + b) + (c + d)
            squares[j] += (a * a + b * b) + (c * c + d * d)
    unit_sums_of_rest(x, fours, total, squares)
    return unit_moments_from(x, total, squares)


@njit(fastmath=FASTMATH, cache=True, inline="always")
def unit_moments_and_saturation(x, low, high):
    """`unit_moments` and `saturation` of x [samples, units], which is read once."""
    samples, units = x.shape
    low, high = x.dtype.type(low), x.dtype.type(high)
    total, squares, outside = np.zeros(units), np.zeros(units), np.zeros(units, np.int32)
    fours = samples - samples % 4
    for i in range(0, fours, 4):
        for j in range(units):
            p, q, r, s = x[i, j], x[i + 1, j], x[i + 2, j], x[i + 3, j]
            shift = np.float64(x[0, j])
            a, b = np.float64(p) - shift, np.float64(q) - shift
            c, d = np.float64(r) - shift, np.float64(s) - shift
            total[j] += (a + b) + (c + d)
            squares[j] += (a * a + b * b) + (c * c + d * d)
            first = np.int32((p <= low) | (p >= high)) + np.int32((q <= low) | (q >= high))
            outside[j] += first + (np.int32((r <= low) | (r >= high)) + np.int32((s <= low) | (s >= high)))
    unit_sums_of_rest(x, fours, total, squares)
    count_outside(x, fours, low, high, outside)
    return unit_moments_from(x, total, squares), saturation_from(outside, samples)


@njit(fastmath=FASTMATH, cache=True, inline="always")
def unit_sums_of_rest(x, first, total, squares):
    """Add the samples from `first` on to the units' sums of x - x[0] and of its square."""
    for i in range(first, x.shape[0]):
        for j in range(x.shape[1]):
            d = np.float64(x[i, j]) - np.float64(x[0, j])
            total[j] += d
            squares[j] += d * d


@njit(fastmath=FASTMATH, cache=True, inline="always")
def unit_moments_from(x, total, squares):
    """`unit_moments` of x, from its units' sums of x - x[0] and of its square."""
    samples, units = x.shape
    mean = 0.0
    signal = 0.0
    for j in range(units):
        shifted = total[j] / samples
        signal += max(squares[j] / samples - shifted * shifted, 0.0)
        total[j] = shifted + np.float64(x[0, j])
        mean += total[j] - total[0]
    mean = mean / units + total[0]
    signal /= units
    between = 0.0
    for j in range(units):
        between += (total[j] - mean) ** 2
    between /= units
    if not (SMALLEST < signal + between < LARGEST):
        return careful_unit_moments(x)
    return mean, signal + between, signal + between + mean * mean, signal


@njit(fastmath=False, cache=True)
def careful_unit_moments(x):
    """As `unit_moments`, scaled to 1 first. NaN or inf gives NaN."""
    samples, units = x.shape
    largest = 0.0
    for i in range(samples):
        for j in range(units):
            v = abs(np.float64(x[i, j]))
            if not np.isfinite(v):
                return np.nan, np.nan, np.nan, np.nan
            largest = max(largest, v)
    if largest == 0.0:
        return 0.0, 0.0, 0.0, 0.0
    scaled = x.astype(np.float64) / largest
    mean = scaled.mean()
    pooled = ((scaled - mean) ** 2).mean()
    signal = 0.0
    for j in range(units):
        signal += scaled[:, j].var() / units
    pooled, square, signal = pooled * largest, (pooled + mean * mean) * largest, signal * largest
    return mean * largest, pooled * largest, square * largest, signal * largest


@njit(fastmath=FASTMATH, cache=True, inline="always")
def saturation(x, low, high):
    """Share of values outside (low, high) and share of units outside it on every sample; x [samples, units].

    NaN is neither inside nor outside. low and high must be numbers of x's type.
    """
    samples, units = x.shape
    outside = np.zeros(units, np.int32)
    count_outside(x, 0, x.dtype.type(low), x.dtype.type(high), outside)
    return saturation_from(outside, samples)


@njit(fastmath=FASTMATH, cache=True, inline="always")
def count_outside(x, first, low, high, outside):
    """Add to each unit's count the samples from `first` on that lie outside (low, high)."""
    for i in range(first, x.shape[0]):
        for j in range(x.shape[1]):
            outside[j] += np.int32((x[i, j] <= low) | (x[i, j] >= high))


@njit(fastmath=FASTMATH, cache=True, inline="always")
def saturation_from(outside, samples):
    """`saturation`, from how many samples of each unit lie outside."""
    values = 0
    dead = 0
    for j in range(outside.size):
        values += outside[j]
        dead += np.int64(outside[j] == samples)
    return values / (samples * outside.size), dead / outside.size


@njit(cache=True)
def nonfinite_units(x):
    """Share of units with a NaN or an inf on any sample; x [samples, units]."""
    samples, units = x.shape
    broken = 0
    for j in range(units):
        for i in range(samples):
            if not np.isfinite(x[i, j]):
                broken += 1
                break
    return broken / units


@njit(fastmath=FASTMATH, cache=True, inline="always")
def update_moments(old, new):
    """Variance of old, root mean square of old and of new - old. Flat arrays."""
    shift = np.float64(old[0])
    total = 0.0
    squares = 0.0
    moved = 0.0
    for i in range(old.size):
        w = np.float64(old[i])
        d = w - shift
        change = np.float64(new[i]) - w
        total += d
        squares += d * d
        moved += change * change
    mean = total / old.size
    variance = max(squares / old.size - mean * mean, 0.0)
    size, step = np.hypot(np.sqrt(variance), mean + shift), np.sqrt(moved / old.size)
    if not (SMALLEST < squares < LARGEST and (moved == 0.0 or SMALLEST < moved < LARGEST)):
        _, variance, size = careful_moments(old)
        step = careful_moments(new.astype(np.float64) - old)[2]
    return variance, size, step


@intrinsic
def pointer(typing, address):
    """An address, an integer, as what `carray` takes."""

    def generate(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(types.int64), generate


# Tensors are passed by address: to wrap each as an array takes Python as long as compiled code takes to measure it.
# `like` is any array of a tensor's type.


@njit(fastmath=FASTMATH, cache=True, inline="always")
def moments_at(address, size, like):
    """`moments` of a tensor of `size` values."""
    return moments(carray(pointer(address), (size,), like.dtype))


@njit(fastmath=FASTMATH, cache=True, inline="always")
def unit_moments_at(address, samples, units, like):
    """`unit_moments` of a tensor [samples, units]."""
    return unit_moments(carray(pointer(address), (samples, units), like.dtype))


@njit(fastmath=FASTMATH, cache=True, inline="always")
def saturation_at(address, samples, units, low, high, like):
    """`saturation` of a tensor [samples, units]."""
    return saturation(carray(pointer(address), (samples, units), like.dtype), low, high)


# What passes a layer, into its row of `statistics.COLUMNS`: to hand numbers to Python takes as long as to find them.


@njit(fastmath=FASTMATH, cache=True, inline="always")
def passes_map(z, samples, units, like, row):
    """`unit_moments` of what a map puts out; it enters and leaves the activation unchanged until one is seen to follow.

    Returns the mean square.
    """
    mean, variance, square, signal = unit_moments_at(z, samples, units, like)
    row[0], row[1], row[2], row[3] = mean, variance, square, signal
    row[4], row[5], row[6] = variance, mean, variance
    return square


@njit(fastmath=FASTMATH, cache=True, inline="always")
def passes_activation(entering, samples, units, low, high, leaving, size, like, row):
    """`saturation` of what enters an activation, [samples, units], and `moments` of the `size` values that leave it.

    Returns their root mean square.
    """
    row[12], row[13] = saturation_at(entering, samples, units, low, high, like)
    row[5], row[6], rms = moments_at(leaving, size, like)
    return rms


@njit(fastmath=FASTMATH, cache=True)
def passes_layer(z, samples, units, low, high, leaving, size, like, row):
    """Both, for an activation that z enters; returns the sum of what they return."""
    found, flat = unit_moments_and_saturation(carray(pointer(z), (samples, units), like.dtype), low, high)
    mean, variance, square, signal = found
    row[0], row[1], row[2], row[3], row[4] = mean, variance, square, signal, variance
    row[12], row[13] = flat
    row[5], row[6], rms = moments_at(leaving, size, like)
    return square + rms


# The many small tensors of a net in one call, `addresses` and `sizes` int64 [tensors].


@njit(fastmath=FASTMATH, cache=True)
def all_moments(addresses, sizes, like, found):
    """`moments` of each flat tensor into found [tensors, 3]."""
    for k in range(addresses.size):
        found[k, 0], found[k, 1], found[k, 2] = moments_at(addresses[k], sizes[k], like)


@njit(fastmath=FASTMATH, cache=True)
def all_update_moments(old, new, sizes, like, and_copy, found):
    """Of each pair of flat tensors the old one's variance, and the size of the change over its own, into found
    [tensors, 2]; old and new are addresses.

    What is 0 and stays 0 has not moved. and_copy: then the old one becomes the new one, which is read already.
    """
    for k in range(old.size):
        x = carray(pointer(old[k]), (sizes[k],), like.dtype)
        y = carray(pointer(new[k]), (sizes[k],), like.dtype)
        variance, size, step = update_moments(x, y)
        found[k, 0] = variance
        found[k, 1] = step / size if size != 0 else 0.0 if step == 0 else np.inf
        if and_copy:
            for i in range(x.size):  # x[:] = y takes twice as long
                x[i] = y[i]


@njit(fastmath=FASTMATH, cache=True)
def all_finite(addresses, sizes, like):
    """Whether no tensor holds a NaN or an inf."""
    for k in range(addresses.size):
        x = carray(pointer(addresses[k]), (sizes[k],), like.dtype)
        nothing = like.dtype.type(0)
        for i in range(x.size):
            nothing += x[i] * like.dtype.type(0)
        if nothing != 0:
            return False
    return True
