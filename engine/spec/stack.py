"""A stack of layers before any training: what `propagate` measures and `predict` computes, by protocol P1.

Layer l is a linear map z_l = W_l h_{l-1} + b_l and an activation h_l = phi(z_l). The input is x ~ N(0, 1), the loss
S = sum(v z_L) with v ~ N(0, 1), so that the squared gradient is 1 at the last layer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from engine.spec import contradictions
from engine.spec.blocks import Block, Linear, flat, hidden, layer
from engine.spec.fields import MAX_LAYERS, MAX_WIDTH, Options
from engine.spec.run import FIELDS, RunSpec
from engine.tables.activations import ACTIVATIONS
from engine.tables.errors import SpecError
from engine.tables.initializers import INITIALIZERS
from engine.tables.option import Whole

WIDTH = Whole("widths", 512, 1, MAX_WIDTH)
BATCH_SIZE = Whole("batch_size", 32, 1, 65536)
SHARED = (
    "bias", "bias_value", "batch_norm",
    "layer_norm", "layer_norm_kind", "norm_place", "residual", "residual_every", "dropout",
)  # fmt: skip
"""What a stack's layers are made of as a run's are, beside activation and weights."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Checked arguments of `propagate` and `predict`; SpecError names what is wrong.

    widths: the input's, then one for each layer. The others are those of a RunSpec. The last layer stands for the
    output layer: it is no part of a residual block.
    """

    activation: str = "tanh"
    initializer: str = "glorot_normal"
    widths: tuple[int, ...] = (512,) * 21
    batch_size: int = 32
    bias: str = "default"
    bias_value: float = 0.0
    batch_norm: str = "none"
    layer_norm: str = "none"
    layer_norm_kind: str = "layer"
    norm_place: str = "post"
    residual: str = "none"
    residual_every: int = 1
    dropout: float = 0.0
    activation_options: Mapping[str, Any] = Options()
    initializer_options: Mapping[str, Any] = Options()

    def __post_init__(self) -> None:
        phi, weights = ACTIVATIONS[self.activation], INITIALIZERS[self.initializer]
        checked = {
            "activation_options": Options(phi.complete(self.activation_options, "activation_options")),
            "initializer_options": Options(weights.complete(self.initializer_options, "initializer_options")),
            "widths": _widths(self.widths),
            "batch_size": BATCH_SIZE.check(self.batch_size),
        } | {name: RunSpec.option(name).check(getattr(self, name)) for name in SHARED}
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        if self.batch_norm != "none" and self.batch_size == 1:
            raise SpecError(
                "{place}: 1 is not allowed with batch norm, which compares samples; give {field:lower} >= 2.",
                field="batch_size",
                value=1,
            )
        contradictions.refuse(self, self.widths[1:])

    @classmethod
    def of(cls, spec: RunSpec, widths: Sequence[int], **changes: Any) -> Self:
        """The stack of a run's layers between these widths; its full batch counts as 1024 samples."""
        shared = {field.name: getattr(spec, field.name) for field in fields(cls) if field.name in FIELDS}
        return cls(**shared | {"batch_size": spec.batch_size or 1024, "widths": widths} | changes)

    def __len__(self) -> int:
        return len(self.widths) - 1

    @property
    def below(self) -> tuple[Block, ...]:
        """The blocks from the input to z of the last layer, which the loss reads."""
        return (*hidden(self, self.widths[:-1]), next(self._last()))

    @property
    def above(self) -> tuple[Block, ...]:
        """The blocks of the last layer that z enters: its activation and what stands about it."""
        return tuple(self._last())[1:]

    def linears(self) -> list[Linear]:
        """The linear maps, layer by layer."""
        return [block for block in flat(self.below) if isinstance(block, Linear)]

    def _last(self) -> Iterator[Block]:
        return layer(self, len(self), *self.widths[-2:])


def _widths(widths: Sequence[int]) -> tuple[int, ...]:
    if isinstance(widths, str) or not isinstance(widths, Sequence | np.ndarray):
        raise SpecError(
            "{place}: {value!r} is no list; give the input's width, then one for each layer, as (512, 512).",
            field="widths",
            value=widths,
        )
    if not 2 <= len(widths) <= MAX_LAYERS + 1:
        raise SpecError(
            "{place}: {given} given, so {layers} layers; give the input's width, then one for each of 1 to {most} "
            "layers.",
            field="widths",
            value=widths,
            given=len(widths),
            layers=max(len(widths) - 1, 0),
            most=MAX_LAYERS,
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
