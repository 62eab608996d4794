"""Whom the diagnosis looks at: what the rules know of a net and its steps besides the history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite, nan
from typing import Any

import numpy as np

from engine.diagnosis.guessing import class_shares, loss_of_guessing
from engine.measure.paths import plain_path
from engine.tables.activations import ACTIVATIONS
from engine.tables.datasets import DATASETS
from engine.tables.initializers import INITIALIZERS
from engine.tables.optimizers import OPTIMIZERS

OUTSIDE = "not in the optimizer"
NARROW = 1.0  # the sum of 1/width from which on a net is one of chance


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A net under diagnosis, whoever made it. Layers count from 1 in the order data flows; 0 is the input.

    edges: (from, to) pairs of layers, the way that data takes; in a chain (0, 1), (1, 2), ..., and past each block
    of a residual path. flat: for each hidden layer the inputs (low, high) beyond which its activation is flat.
    features: of the input, None where nobody knows or batch norm scales them. classes: None where nobody knows, 0
    where targets are numbers. guess: the loss of the best answer that is the same for every sample, None for that
    of equal odds. batch: None for all samples at once. usual_rate: what the optimizer is usually given, None where
    nobody knows. symmetric: whether all units of a layer start with the same weights. tiny: the smallest normal
    number of its type. momentum: share of the newest batch in batch norm's running statistics, None without batch
    norm. outputs: None for as many as classes. decay: weight decay, coupled or not. most_common: share of the
    largest class among the training samples; wrong_labels: of those that are known to be wrong. rescales: whether
    its optimizer's steps do not depend on the gradient's size. schedule_steps: after them the rate holds. Of a net
    of somebody's own, which has no spec: paths: its layers' names; weights: for each how its weight stands,
    "trained", "frozen", "not in the optimizer" or "" for one that has none; half: the half precision that it
    computes in, "" for none; axes: of each layer's weight, 0 for none; parameters: each weight's path, "" for none;
    fan_in: how many inputs each unit of it sums, 0 for none and for what looks up; bends: (low, high) as in `flat`, of
    each layer's activation, NaN where nobody knows; shapes: of each weight; moving, still: the paths of all parameters
    that ask for a gradient, and that do not; lacking: of the still ones those that no optimizer holds; optimizers:
    how many move it; of_others: the kind of the one that was given and moves no parameter of it, "" for none.
    """

    widths: tuple[int, ...]
    edges: tuple[tuple[int, int], ...]
    activation: str = ""
    flat: tuple[tuple[float, float], ...] = ()
    linear: bool = False
    dtype: str = "float32"
    tiny: float = float(np.finfo("float32").tiny)
    batch: int | None = None
    features: int | None = None
    classes: int | None = None
    guess: float | None = None
    most_common: float | None = None
    wrong_labels: float = 0.0
    loss: str = "cross_entropy"
    output: str = "linear"
    outputs: int | None = None
    schedule: str = "constant"
    schedule_steps: int = 0
    warmup: int = 0
    normalized: bool = False
    output_normalized: bool = False
    dropout: float = 0.0
    symmetric: bool = False
    optimizer: str = ""
    rescales: bool = False
    rate: float | None = None
    usual_rate: float | None = None
    clip: str = "none"
    momentum: float | None = None
    decay: float = 0.0
    paths: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    half: str = ""
    axes: tuple[int, ...] = ()
    parameters: tuple[str, ...] = ()
    fan_in: tuple[int, ...] = ()
    bends: tuple[tuple[float, float], ...] = ()
    shapes: tuple[tuple[int, ...], ...] = ()
    moving: tuple[str, ...] = ()
    still: tuple[str, ...] = ()
    lacking: frozenset[str] = frozenset()
    optimizers: int = 1
    of_others: str = ""

    @classmethod
    def of(cls, spec: Any) -> "Subject":
        """What a spec says of its net; spec: a RunSpec."""
        activation = ACTIVATIONS[spec.activation]
        initializer, options = INITIALIZERS[spec.initializer], spec.initializer_options
        normalized = spec.batch_norm != "none" or spec.batch_norm_input or spec.batch_norm_output
        width = spec.hidden[0] if spec.hidden else 1
        # on the path beside its blocks every unit has inputs of its own
        has_path = spec.residual != "none" and len(spec.hidden) >= spec.residual_every
        alike = bool(spec.hidden) and initializer.weight_variance(width, width, **options) == 0
        return cls(
            widths=spec.hidden,
            edges=_edges(len(spec.hidden), spec.residual_every if spec.residual != "none" else 0),
            activation=spec.activation,
            flat=(activation.saturation(spec.activation_options),) * len(spec.hidden),
            linear=activation.linear,
            dtype=spec.dtype,
            tiny=float(np.finfo(spec.dtype).tiny),
            batch=spec.batch_size,
            # batch norm on the data makes their size a matter of no importance
            features=None if spec.batch_norm_input else DATASETS[spec.dataset].features,
            classes=DATASETS[spec.dataset].classes,
            guess=loss_of_guessing(spec),
            wrong_labels=spec.label_noise if DATASETS[spec.dataset].classes else 0.0,
            most_common=max(class_shares(spec)) if DATASETS[spec.dataset].classes else None,
            loss=spec.loss,
            output=spec.output,
            outputs=spec.outputs,
            schedule=spec.schedule,
            schedule_steps=spec.schedule_steps,
            warmup=spec.warmup,
            normalized=normalized,
            output_normalized=spec.batch_norm_output,
            dropout=spec.dropout,
            # dropout tells equal units apart, unless their weights are 0
            symmetric=alike
            and not has_path
            and (spec.dropout == 0 or initializer.weight_mean(**options) == 0),
            optimizer=OPTIMIZERS[spec.optimizer].label,
            rescales=OPTIMIZERS[spec.optimizer].rescales,
            rate=spec.lr,
            usual_rate=OPTIMIZERS[spec.optimizer].default_lr,
            clip=spec.clip,
            momentum=spec.batch_norm_momentum if normalized else None,
            decay=OPTIMIZERS[spec.optimizer].complete(spec.optimizer_options).get("weight_decay", 0.0),
        )

    @classmethod
    def seen(
        cls,
        model: Any,
        optimizer: Any = None,
        layers: Sequence[str] = (),
        half: str = "",
        bends: Mapping[str, tuple[float, float]] | None = None,
    ) -> "Subject":
        """What a module and its optimizer (one, several or None) say of themselves; layers: their names, in order;
        bends: a layer's path -> where its activation is flat."""
        several = optimizer if isinstance(optimizer, list | tuple) else [optimizer] if optimizer else []
        groups = [group for each in several for group in each.param_groups]
        held = {id(parameter) for group in groups for parameter in group["params"]}
        named = {plain_path(name): parameter for name, parameter in model.named_parameters()}
        moves = not several or any(id(parameter) in held for parameter in named.values())
        kind = type(several[0]).__name__ if several else ""
        entry = next((entry for name, entry in OPTIMIZERS.items() if name == kind.lower()), None)
        rates = [float(group["lr"]) for group in groups if "lr" in group]
        decays = [float(group.get("weight_decay", 0.0)) for group in groups]

        tables = {
            f"{plain_path(name)}.weight" for name, m in model.named_modules() if hasattr(m, "num_embeddings")
        }

        def name_of(layer: str) -> str:
            path = layer.split(" (")[0]
            names = (f"{path}.weight", path, path.rpartition(".")[0], "weight")
            return next((name for name in names if name in named), "")

        def stands(parameter: Any) -> str:
            if parameter is None:
                return ""
            trained = not several or id(parameter) in held
            return "frozen" if not parameter.requires_grad else "trained" if trained else OUTSIDE

        still = tuple(name for name, parameter in named.items() if not parameter.requires_grad)
        names = [name_of(layer) for layer in layers]
        weights = [named.get(name) for name in names]
        mapped = [None if name in tables else weight for name, weight in zip(names, weights, strict=True)]

        return cls(
            widths=(1,) * max(len(layers) - 1, 0),
            edges=chain(len(layers)),
            optimizer=entry.label if entry else kind,
            rate=max(rates, default=None),
            usual_rate=entry.default_lr if entry else None,
            decay=max(decays, default=0.0),
            paths=tuple(layers),
            weights=tuple(map(stands, weights)),
            half=half,
            axes=tuple(0 if weight is None else weight.dim() for weight in weights),
            parameters=tuple(names),
            fan_in=tuple(0 if weight is None else weight[:1].numel() for weight in mapped),
            bends=tuple((bends or {}).get(layer.split(" (")[0], (nan, nan)) for layer in layers),
            shapes=tuple(() if weight is None else tuple(weight.shape) for weight in weights),
            moving=tuple(name for name, parameter in named.items() if parameter.requires_grad),
            still=still,
            lacking=frozenset(name for name in still if several and id(named[name]) not in held),
            optimizers=len(several),
            of_others="" if moves else kind,
        )

    @property
    def hidden(self) -> int:
        """How many hidden layers it has."""
        return len(self.widths)

    @cached_property
    def passed_by(self) -> frozenset[int]:
        """The hidden layers that a shorter way leads past: what they lose, the signal and its gradient do not."""
        return frozenset(layer for begin, end in self.edges for layer in range(begin + 1, end))

    @cached_property
    def way(self) -> tuple[int, ...]:
        """The hidden layers whose gradients can be compared along the way through the net: those that nothing leads
        past, and of the others those that write to where a shorter way ends. All of a chain."""
        writers = {end - 1 for begin, end in self.edges if end > begin + 1}
        layers = range(1, self.hidden + 1)
        return tuple(layer for layer in layers if layer in writers or layer not in self.passed_by)

    def ends(self, gradient: np.ndarray) -> tuple[int, int]:
        """The first and the last layer of the way, by the gradients [hidden layers] of a start. A layer that is passed
        by and got none, as all in ReZero's blocks, tells nothing of what passes."""
        told = [k for k in self.way if gradient[k - 1] > 0 or k not in self.passed_by] or [1, self.hidden]
        return told[0], told[-1]

    def strides(self, first: int, last: int) -> int:
        """From how many layers to the next the way leads between two of its layers; at least 1."""
        return max(sum(first < layer <= last for layer in self.way), 1)

    @cached_property
    def crossed(self) -> tuple[int, ...]:
        """The hidden layers that every way leads through."""
        return tuple(layer for layer in range(1, self.hidden + 1) if layer not in self.passed_by)

    @cached_property
    def narrow(self) -> bool:
        """Whether chance rules the signal: its size wanders by about the sum of 1/width over the layers that it has to
        cross, squared.

        Hanin, Which neural net architectures give rise to exploding and vanishing gradients?, 2018.
        """
        return sum(1 / self.widths[layer - 1] for layer in self.crossed) > NARROW

    @cached_property
    def two_sided(self) -> bool:
        """Whether a hidden activation flattens on both sides, as tanh does."""
        return any(isfinite(low) and isfinite(high) for low, high in set(self.flat))


def chain(layers: int) -> tuple[tuple[int, int], ...]:
    """The edges of a net where each layer feeds the next one only."""
    return tuple((k, k + 1) for k in range(layers))


def _edges(layers: int, every: int) -> tuple[tuple[int, int], ...]:
    """every: hidden layers in a residual block, 0 without."""
    blocks = range(every, layers + 1, every) if every else ()
    return (*chain(layers + 1), *((last - every, last + 1) for last in blocks))
