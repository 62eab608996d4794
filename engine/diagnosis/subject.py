"""Whom the diagnosis looks at: what the rules know of a net and its steps besides the history."""

from dataclasses import dataclass
from functools import cached_property
from math import isfinite

import numpy as np

from engine.spec import RunSpec
from engine.tables.activations import ACTIVATIONS
from engine.tables.datasets import DATASETS
from engine.tables.initializers import INITIALIZERS
from engine.tables.optimizers import OPTIMIZERS

NARROW = 1.0  # the sum of 1/width from which on a net is one of chance


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A net under diagnosis, whoever made it. Layers count from 1 in the order data flows; 0 is the input.

    edges: (from, to) pairs of layers, the way that data takes; in a chain (0, 1), (1, 2), ..., and past each block
    of a residual path. flat: for each hidden
    layer the inputs (low, high) beyond which its activation is flat. classes: None where no guess has a known cost.
    batch: None for all samples at once. usual_rate: what the optimizer is usually given, None where nobody knows.
    symmetric: whether all units of a layer start with the same weights. tiny: the smallest normal number of its type.
    momentum: share of the newest batch in batch norm's running statistics, None without batch norm. decay: weight
    decay, coupled or not.
    """

    widths: tuple[int, ...]
    edges: tuple[tuple[int, int], ...]
    activation: str = ""
    flat: tuple[tuple[float, float], ...] = ()
    linear: bool = False
    dtype: str = "float32"
    tiny: float = float(np.finfo("float32").tiny)
    batch: int | None = None
    classes: int | None = None
    normalized: bool = False
    output_normalized: bool = False
    dropout: float = 0.0
    symmetric: bool = False
    optimizer: str = ""
    rate: float | None = None
    usual_rate: float | None = None
    clip: str = "none"
    momentum: float | None = None
    decay: float = 0.0

    @classmethod
    def of(cls, spec: RunSpec) -> "Subject":
        """What a spec says of its net."""
        activation = ACTIVATIONS[spec.activation]
        initializer, options = INITIALIZERS[spec.initializer], spec.initializer_options
        normalized = spec.batch_norm != "none" or spec.batch_norm_input or spec.batch_norm_output
        width = spec.hidden[0] if spec.hidden else 1
        alike = bool(spec.hidden) and initializer.weight_variance(width, width, **options) == 0
        return cls(
            widths=spec.hidden,
            edges=_edges(spec),
            activation=spec.activation,
            flat=(activation.saturation(spec.activation_options),) * len(spec.hidden),
            linear=activation.linear,
            dtype=spec.dtype,
            tiny=float(np.finfo(spec.dtype).tiny),
            batch=spec.batch_size,
            classes=DATASETS[spec.dataset].classes,
            normalized=normalized,
            output_normalized=spec.batch_norm_output,
            dropout=spec.dropout,
            # dropout tells equal units apart, unless their weights are 0
            symmetric=alike and (spec.dropout == 0 or initializer.weight_mean(**options) == 0),
            optimizer=OPTIMIZERS[spec.optimizer].label,
            rate=spec.lr,
            usual_rate=OPTIMIZERS[spec.optimizer].default_lr,
            clip=spec.clip,
            momentum=spec.batch_norm_momentum if normalized else None,
            decay=OPTIMIZERS[spec.optimizer].complete(spec.optimizer_options).get("weight_decay", 0.0),
        )

    @property
    def hidden(self) -> int:
        """How many hidden layers it has."""
        return len(self.widths)

    @cached_property
    def narrow(self) -> bool:
        """Whether chance rules the signal: its size wanders by about the sum of 1/width over the layers, squared.

        Hanin, Which neural net architectures give rise to exploding and vanishing gradients?, 2018.
        """
        return sum(1 / width for width in self.widths) > NARROW

    @cached_property
    def two_sided(self) -> bool:
        """Whether a hidden activation flattens on both sides, as tanh does."""
        return any(isfinite(low) and isfinite(high) for low, high in set(self.flat))


def chain(layers: int) -> tuple[tuple[int, int], ...]:
    """The edges of a net where each layer feeds the next one only."""
    return tuple((k, k + 1) for k in range(layers))


def _edges(spec: RunSpec) -> tuple[tuple[int, int], ...]:
    layers, every = len(spec.hidden), spec.residual_every
    blocks = range(every, layers + 1, every) if spec.residual != "none" else ()
    return (*chain(layers + 1), *((last - every, last + 1) for last in blocks))
