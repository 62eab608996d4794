"""A stack of layers before any training: what `propagate` measures and `predict` computes, by protocol P1.

Layer l is a linear map z_l = W_l h_{l-1} + b_l and an activation h_l = phi(z_l). The input is x ~ N(0, 1), the loss
S = sum(v z_L) with v ~ N(0, 1), so that the squared gradient is 1 at the last layer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import numpy as np

from engine.tables.activations import ACTIVATIONS, Activation
from engine.tables.errors import SpecError
from engine.tables.initializers import INITIALIZERS, Initializer
from engine.tables.option import Choice, Whole

WIDTH = Whole("widths", 512, 1, 16384)
BATCH_SIZE = Whole("batch_size", 32, 1, 65536)
DEEPEST = 1000
BATCH_NORM = Choice("batch_norm", "none", choices=("none", "before", "after"))


class Stack:
    """Checked arguments of `propagate` and `predict`; SpecError names what is wrong.

    widths: the input's, then one for each layer. batch_norm: "none", "before" or "after" the activation.
    """

    def __init__(
        self,
        *,
        activation: str = "tanh",
        initializer: str = "glorot_normal",
        widths: Sequence[int] = (512,) * 21,
        batch_size: int = 32,
        batch_norm: str = "none",
        activation_options: Mapping[str, Any] | None = None,
        initializer_options: Mapping[str, Any] | None = None,
    ):
        self.activation: Activation = ACTIVATIONS[activation]
        self.initializer: Initializer = INITIALIZERS[initializer]
        self.activation_options = self.activation.complete(activation_options, "activation_options")
        self.initializer_options = self.initializer.complete(initializer_options, "initializer_options")
        self.pieces = self.activation.pieces(self.activation_options)
        self.widths = _widths(widths)
        self.batch_size = BATCH_SIZE.check(batch_size)
        self.batch_norm = BATCH_NORM.check(batch_norm)
        if self.batch_norm != "none" and self.batch_size == 1:
            raise SpecError(
                "{place}: 1 is not allowed with batch norm, which compares samples; give {field:lower} >= 2.",
                field="batch_size",
                value=1,
            )

    def __len__(self) -> int:
        return len(self.widths) - 1

    def fans(self) -> Iterator[tuple[int, int]]:
        """(fan_in, fan_out) of each layer; with maxout, of each of its pieces."""
        return pairwise(self.widths)

    def weight_variances(self) -> list[float]:
        """Var W of each layer."""
        return [self.initializer.weight_variance(*fans, **self.initializer_options) for fans in self.fans()]

    def bias_variances(self) -> list[float]:
        """Var b of each layer."""
        options = self.initializer_options
        return [self.initializer.bias_variance(fan_in, **options) for fan_in, _ in self.fans()]


def _widths(widths: Sequence[int]) -> tuple[int, ...]:
    if isinstance(widths, str) or not isinstance(widths, Sequence | np.ndarray):
        raise SpecError(
            "{place}: {value!r} is no list; give the input's width, then one for each layer, as (512, 512).",
            field="widths",
            value=widths,
        )
    if not 2 <= len(widths) <= DEEPEST + 1:
        raise SpecError(
            "{place}: {given} given, so {layers} layers; give the input's width, then one for each of 1 to {most} "
            "layers.",
            field="widths",
            value=widths,
            given=len(widths),
            layers=max(len(widths) - 1, 0),
            most=DEEPEST,
        )
    return tuple(WIDTH.check(width) for width in widths)


@dataclass(frozen=True, eq=False)
class Signal:
    """The signal at init, layer by layer, float64; what a name means is the same measured and predicted.

    q: mean square of z, before any batch norm. activation_var: of the activation's output, pooled over units and
    samples. signal_var: of z over samples, averaged over units (population variance, over B). gradient_ms: mean
    square of dS/dz. dead, saturated: shares of units and of outputs.
    """

    q: np.ndarray
    activation_var: np.ndarray
    signal_var: np.ndarray
    gradient_ms: np.ndarray
    dead: np.ndarray
    saturated: np.ndarray
    gradient_ms_log10: np.ndarray
    """log10 of gradient_ms, right also where gradient_ms is too small or too large for float64."""

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names of the arrays."""
        return tuple(field.name for field in fields(cls))

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.names():
            raise KeyError(f"no array is named {name!r}; there are {', '.join(self.names())}.")
        return getattr(self, name)

    def keys(self) -> tuple[str, ...]:
        """The names of the arrays, so that dict(signal) works."""
        return self.names()
