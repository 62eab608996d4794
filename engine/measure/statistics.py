"""What is measured of every layer: the columns of the table, each with its definition.

The compiled passes of `kernels` serve tensors on the CPU; on another device, and while they are being compiled, the
same definitions are evaluated by torch in float64 where the tensor lives. Variances are population variances (divided
by n).
"""

import struct
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import torch

from engine.measure import compiled as compiled_passes

COLUMNS = {
    "preactivation_mean": "mean of z, the linear map's output before any batch norm, over units and samples",
    "preactivation_var": "pooled variance of z: over units and samples",
    "preactivation_ms": "mean square of z",
    "signal_var": "variance of z over the samples, for each unit, averaged over units",
    "input_var": "pooled variance of what enters the activation: z, or z after batch norm",
    "activation_mean": "mean of the activation's output, over units and samples",
    "activation_var": "pooled variance of the activation's output: over units and samples",
    "gradient_var": "pooled variance of dLoss/dz, before clipping",
    "gradient_rms": "root mean square of dLoss/dz, before clipping",
    "weight_var": "variance of the weights this step's forward pass used",
    "weight_gradient_var": "variance of dLoss/dW, before clipping",
    "update_ratio": "norm of the actual change of W over the norm of W",
    "saturated": "share of outputs that lie where the activation is flat",
    "dead": "share of units that are saturated on every sample of the batch",
    "nonfinite": "largest share of units with a NaN or an inf: in z, in the output, in the gradient or in W",
}
READABLE = (torch.float32, torch.float64)
LIKE: dict[torch.dtype, np.ndarray] = {
    torch.float32: np.empty(0, np.float32),
    torch.float64: np.empty(0, np.float64),
}
COLUMN = {name: index for index, name in enumerate(COLUMNS)}
Located = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Where tensors of one type lie, how many values each has, and an array of their type."""
UNKNOWN = np.array([0.0 if name == "nonfinite" else np.nan for name in COLUMNS])
"""A layer's row before anything is known of it."""


def as_units(x: torch.Tensor, linear: bool = True) -> torch.Tensor:
    """x as [samples, units]: a linear map's units are its last axis, any other's are all axes but the first.

    Half precision becomes float32. x itself where it is that already, with its graph.
    """
    if x.dim() == 2 and x.dtype in READABLE and x.is_contiguous():
        return x
    x = x.detach()
    if x.dtype not in READABLE:
        x = x.float()
    if x.dim() != 2:
        x = x.reshape(-1, x.shape[-1]) if linear else x.reshape(len(x), -1)
    return x if x.is_contiguous() else x.contiguous()


class Places:
    """Where tensors of one type lie that come again and again, anew each time, and as many values as before.

    Of a few small tensors it takes longer to find that out than to measure them: `struct` writes numbers in a third of
    the time that NumPy does.
    """

    def __init__(self, sizes: Sequence[int], dtype: torch.dtype) -> None:
        self._pack: Callable[..., None] = struct.Struct(f"{len(sizes)}q").pack_into
        self._addresses = np.empty(len(sizes), np.int64)
        self._located = None
        if all(sizes) and dtype in LIKE:
            self._located = self._addresses, np.array(sizes, np.int64), LIKE[dtype]

    def of(self, tensors: Sequence[torch.Tensor]) -> Located | None:
        """Where these lie, until the next come; None if no one pass can read them."""
        if not all(map(torch.Tensor.is_contiguous, tensors)):
            return None
        self._pack(self._addresses, 0, *map(torch.Tensor.data_ptr, tensors))
        return self._located


class Measure:
    """The statistics of tensors, one at a time or many at once.

    compiled: use the one-pass kernels, for tensors that are all `readable`; else torch, on any device.
    """

    def __init__(self, compiled: bool):
        self._kernels = compiled_passes.kernels if compiled else lambda: None

    def moments(self, x: torch.Tensor) -> tuple[float, float, float]:
        """Mean, pooled variance and root mean square of a tensor of any shape."""
        size = x.numel()
        if not size:
            return np.nan, np.nan, np.nan
        if not (kernels := self._kernels()):
            return torch_moments(x)
        x = x.contiguous()
        return kernels.moments_at(x.data_ptr(), size, LIKE[x.dtype])

    def unit_moments(self, x: torch.Tensor) -> tuple[float, float, float, float]:
        """Mean, pooled variance, mean square and signal variance of x [samples, units]."""
        if not x.numel():
            return np.nan, np.nan, np.nan, np.nan
        if not (kernels := self._kernels()):
            return torch_unit_moments(x)
        x = x.contiguous()
        return kernels.unit_moments_at(x.data_ptr(), *x.shape, LIKE[x.dtype])

    def saturation(self, x: torch.Tensor, low: float, high: float) -> tuple[float, float]:
        """Share of values of x [samples, units] outside (low, high), share of units outside on every sample."""
        if not x.numel():
            return np.nan, np.nan
        if low == -np.inf and high == np.inf:
            return 0.0, 0.0
        low, high = representable(low, high, x.dtype)
        if not (kernels := self._kernels()):
            outside = (x <= low) | (x >= high)
            return outside.double().mean().item(), outside.all(dim=0).double().mean().item()
        x = x.contiguous()
        return kernels.saturation_at(x.data_ptr(), *x.shape, low, high, LIKE[x.dtype])

    def passes_map(self, z: torch.Tensor, row: np.ndarray) -> float:
        """`unit_moments` of what a map puts out into its layer's row; returns the mean square.

        Until an activation is seen to follow, what enters and what leaves it are z.
        """
        if z.numel() and (kernels := self._kernels()):
            return kernels.passes_map(z.data_ptr(), *z.shape, LIKE[z.dtype], row)
        mean, variance, square, signal = self.unit_moments(z)
        row[:7] = mean, variance, square, signal, variance, mean, variance
        return square

    def passes_activation(
        self, u: torch.Tensor, output: torch.Tensor, low: float, high: float, row: np.ndarray
    ) -> float:
        """`saturation` of an activation's input u and `moments` of its output into its layer's row.

        Returns the root mean square of the output.
        """
        bounded = low > -np.inf or high < np.inf
        alike = u.numel() and output.numel() and u.dtype == output.dtype
        if bounded and alike and (kernels := self._kernels()):
            bounds = representable(low, high, u.dtype)
            leaving = output.data_ptr(), output.numel()
            return kernels.passes_activation(u.data_ptr(), *u.shape, *bounds, *leaving, LIKE[u.dtype], row)
        row[12:14] = self.saturation(u, low, high)
        row[5], row[6], rms = self.moments(output)
        return rms

    def passes_layer(
        self, z: torch.Tensor, output: torch.Tensor, low: float, high: float, row: np.ndarray
    ) -> float:
        """`passes_map`, then `passes_activation` of the activation that z enters; returns the sum of what both do."""
        bounded = low > -np.inf or high < np.inf
        if bounded and z.numel() and z.dtype is output.dtype and (kernels := self._kernels()):
            bounds = representable(low, high, z.dtype)
            leaving = output.data_ptr(), output.numel()
            return kernels.passes_layer(z.data_ptr(), *z.shape, *bounds, *leaving, LIKE[z.dtype], row)
        return self.passes_map(z, row) + self.passes_activation(z, output, low, high, row)

    def each_moments(self, tensors: Sequence[torch.Tensor], places: Located | None = None) -> np.ndarray:
        """`moments` of each tensor, [tensors, 3]. places: where they lie, for who knows it."""
        found = np.empty((len(tensors), 3))
        if (kernels := self._kernels()) and (places := places or self.located(tensors)):
            kernels.all_moments(*places, found)
        else:
            for k, x in enumerate(tensors):
                found[k] = self.moments(as_units(x.reshape(1, -1)))
        return found

    def each_update(
        self,
        old: list[torch.Tensor],
        new: list[torch.Tensor],
        and_copy: bool = False,
        places: tuple[Located | None, Located | None] | None = None,
    ) -> np.ndarray:
        """Variance of old and ||new - old|| / ||old|| (0 where nothing moved) of each pair, [pairs, 2].

        and_copy: then old becomes new. places: where both lie, for who knows it.
        """
        before, after = places or (self.located(old), self.located(new))
        found = np.empty((len(old), 2))
        if (kernels := self._kernels()) and before and after:
            kernels.all_update_moments(before[0], *after, and_copy, found)
        else:
            for k, pair in enumerate(zip(old, new, strict=True)):
                variance, size, step = torch_update(*pair)
                found[k] = variance, ratio(step, size)
                if and_copy:
                    pair[0].copy_(pair[1].detach())
        return found

    def all_finite(self, tensors: list[torch.Tensor], places: Located | None = None) -> bool:
        """Whether no tensor holds a NaN or an inf. places: where they lie, for who knows it."""
        if (kernels := self._kernels()) and (places := places or self.located(tensors)):
            return kernels.all_finite(*places)
        return all(bool(x.isfinite().all()) for x in tensors)

    def located(self, tensors: Sequence[torch.Tensor]) -> Located | None:
        """Where they lie; None if no one pass can read them."""
        if len(types := {x.dtype for x in tensors}) != 1:
            return None
        return Places([x.numel() for x in tensors], types.pop()).of(tensors)

    def nonfinite(self, x: torch.Tensor) -> float:
        """Share of the units of x [samples, units] with a NaN or an inf."""
        if not x.numel():
            return 0.0
        if kernels := self._kernels():
            return kernels.nonfinite_units(x.detach().numpy())
        return (~x.isfinite()).any(dim=0).double().mean().item()


@lru_cache
def representable(low: float, high: float, dtype: torch.dtype) -> tuple[float, float]:
    """The numbers of a type that lie beyond exactly the same bounds; NaN for a bound that is not there, so that not
    even inf lies beyond it."""
    kind = LIKE[dtype].dtype.type
    below, above = kind(low), kind(high)
    if below > low:
        below = np.nextafter(below, kind(-np.inf))
    if above < high:
        above = np.nextafter(above, kind(np.inf))
    return np.nan if low == -np.inf else float(below), np.nan if high == np.inf else float(above)


def ratio(step: float, size: float) -> float:
    """step / size; a weight that is 0 and stays 0 has not moved."""
    return step / size if size != 0 else 0.0 if step == 0 else np.inf


def torch_update(old: torch.Tensor, new: torch.Tensor) -> tuple[float, float, float]:
    """Variance and root mean square of old, root mean square of new - old."""
    new = new.detach()
    _, variance, size = torch_moments(old)
    step = torch_moments(new.double() - old)[2]
    return variance, size, step


def readable(x: torch.Tensor) -> bool:
    """Whether the compiled passes can read x where it lies."""
    return x.device.type == "cpu" and x.dtype in READABLE


def torch_moments(x: torch.Tensor) -> tuple[float, float, float]:
    """Mean, variance and root mean square of all of x, in float64."""
    mean, std, _ = mean_and_std(x)
    return tuple(torch.stack([mean, std**2, torch.hypot(std, mean)]).tolist())


def torch_unit_moments(x: torch.Tensor) -> tuple[float, float, float, float]:
    """Mean, pooled variance, mean square and signal variance of x [samples, units], in float64."""
    mean, pooled, signal = mean_and_std(x)
    return tuple(torch.stack([mean, pooled**2, pooled**2 + mean**2, signal**2]).tolist())


def mean_and_std(x: torch.Tensor) -> torch.Tensor:
    """Mean, standard deviation, and the root of the variance over the first axis averaged over the others.

    Shifted by the first value against cancellation, then scaled to 1 against under- and overflow.
    """
    x = x.detach().double()
    shift = x.flatten()[0]
    x = x - shift
    scale = x.abs().max()
    x = x / torch.where(scale == 0, 1, scale)
    variances = torch.stack([x.var(correction=0), x.var(dim=0, correction=0).mean()])
    return torch.cat([(shift + x.mean() * scale)[None], variances.sqrt() * scale])
