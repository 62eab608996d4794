"""Histograms that are honest at any scale: 64 bins from the smallest to the largest value of the frame that is shown.

A symmetric-log axis is linear within ±threshold and logarithmic beyond. Exact zeros, underflow (subnormal numbers),
NaN and inf are counted apart from the bins, so that half of a ReLU's outputs do not drown the rest and no NaN is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from engine.measure import compiled
from engine.measure.axis import edges
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
    low, high, threshold = np.zeros((3, len(kept)))
    counts = np.zeros((len(kept), bins), np.int64)
    zeros, underflow, nan, inf = np.zeros((4, len(kept)), np.int64)
    found = HistogramSet(low, high, threshold, counts, zeros, underflow, nan, inf)
    if tallies := compiled.tallies():
        _compiled(tallies, kept, sizes, scale == "symlog", found)
    else:
        _plainly(kept, sizes, scale == "symlog", found)
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


def _compiled(
    tallies: Any, tensors: list[torch.Tensor], sizes: np.ndarray, symmetric_log: bool, found: HistogramSet
):
    """All tensors of a type in one call."""
    addresses = np.array([x.data_ptr() for x in tensors], np.int64)
    axes, apart = (
        (found.low, found.high, found.threshold),
        (found.zeros, found.underflow, found.nan, found.inf),
    )
    dtypes = [x.dtype for x in tensors]
    for dtype in set(dtypes):
        layers = np.array([k for k, own in enumerate(dtypes) if own == dtype])
        at = addresses[layers], sizes[layers], LIKE[dtype]
        tallies.tallies(layers, *at, symmetric_log, axes, found.counts, apart)


def _plainly(
    tensors: list[torch.Tensor], sizes: np.ndarray, symmetric_log: bool, found: HistogramSet
) -> None:
    """The same by NumPy, to the bit: sums in the same order, and the definition of a bin instead of a guess."""
    for k, (x, size) in enumerate(zip(tensors, sizes, strict=True)):
        values = x.detach().flatten()[:size].numpy()
        magnitudes, tiny = abs(values.astype(float)), np.finfo(values.dtype).tiny
        normal = values[(magnitudes >= tiny) & (magnitudes < np.inf)].astype(float)
        found.zeros[k], found.nan[k] = (magnitudes == 0).sum(), np.isnan(magnitudes).sum()
        found.underflow[k] = ((magnitudes > 0) & (magnitudes < tiny)).sum()
        found.inf[k] = (magnitudes == np.inf).sum()
        if not normal.size:
            continue
        low, high = normal.min(), normal.max()
        with np.errstate(over="ignore"):
            rms = np.sqrt(np.cumsum(normal * normal)[-1] / normal.size)
        if not 1e-140 < rms < 1e140:
            rms = max(abs(low), abs(high))
        found.low[k], found.high[k], found.threshold[k] = low, high, rms if symmetric_log else 0.0
        bounds = edges(low, high, found.threshold[k], found.counts.shape[1])
        bins = np.searchsorted(bounds[1:-1], normal, side="right")
        found.counts[k] = np.bincount(bins, minlength=found.counts.shape[1])
