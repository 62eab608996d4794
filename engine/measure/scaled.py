"""Tensors whose size floating point cannot hold: a power of two kept beside them, norms by their logarithm."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

LOST = 1000  # powers of two by which a term is so much smaller than the other that the sum does not show it


@dataclass(frozen=True)
class Scaled:
    """tensor times 2^power."""

    tensor: Tensor
    power: int = 0

    def __add__(self, other: "Scaled") -> "Scaled":
        power = max(self.power, other.power)
        return Scaled(self._at(power) + other._at(power), power)

    def _at(self, power: int) -> Tensor:
        return torch.ldexp(self.tensor, torch.tensor(max(self.power - power, -LOST)))

    @property
    def log10_norm(self) -> float:
        """log10 of the Euclidean norm of all entries: -inf for an exact 0, NaN where an entry is not finite."""
        largest = _largest(self.tensor)
        if not np.isfinite(largest):
            return float("nan")
        if largest == 0:
            return -np.inf
        relative = _norm_over(self.tensor, largest)
        return float(np.log10(largest) + np.log10(relative) + self.power * np.log10(2))


def rms(x: Tensor) -> float:
    """Root mean square of all entries, without overflow on the way; inf or NaN where an entry is."""
    largest = _largest(x)
    if largest == 0 or not np.isfinite(largest):
        return largest
    return largest * (_norm_over(x, largest) / x.numel() ** 0.5)


def exponent(parts: Iterable[Tensor]) -> int:
    """The power of two that brings the largest entry of all parts into [1/2, 1); 0 where that is 0 or not finite."""
    largest = max(map(_largest, parts))
    return int(np.frexp(largest)[1]) if largest > 0 and np.isfinite(largest) else 0


def _largest(x: Tensor) -> float:
    return x.detach().double().abs().max().item()


def _norm_over(x: Tensor, largest: float) -> float:
    return float((x.detach().double() / largest).norm())
