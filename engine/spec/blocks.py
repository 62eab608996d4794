"""The blocks that a net is made of, as plain values in the order data flows: what network and theory both walk.

`linear1 [norm1] activation1 [norm1] [dropout1] linear2 ... output`: each block has the name of its module.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

from engine.spec.run import RunSpec
from engine.tables.activations import ACTIVATIONS
from engine.tables.initializers import INITIALIZERS


@dataclass(frozen=True)
class Linear:
    """W h + b from fan_in to fan_out units; with maxout `pieces` such maps, each drawn for itself."""

    name: str
    fan_in: int
    fan_out: int
    pieces: int
    initializer: str
    options: Mapping[str, Any]

    @property
    def weight_mean(self) -> float:
        return INITIALIZERS[self.initializer].weight_mean(**self.options)

    @property
    def weight_variance(self) -> float:
        return INITIALIZERS[self.initializer].weight_variance(self.fan_in, self.fan_out, **self.options)

    @property
    def bias_variance(self) -> float:
        return INITIALIZERS[self.initializer].bias_variance(self.fan_in, **self.options)


@dataclass(frozen=True)
class Activation:
    """An activation of the table, value by value; maxout takes the largest of its pieces."""

    name: str
    kind: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class BatchNorm:
    """Batch normalization of `width` values a sample, each over the batch."""

    name: str
    width: int


@dataclass(frozen=True)
class Dropout:
    """Each value is 0 with chance p, else divided by 1 - p."""

    name: str
    p: float


Block = Linear | Activation | BatchNorm | Dropout


class Layers(Protocol):
    """What says how hidden layers are made: a RunSpec, or a Stack."""

    @property
    def activation(self) -> str: ...
    @property
    def activation_options(self) -> Mapping[str, Any]: ...
    @property
    def initializer(self) -> str: ...
    @property
    def initializer_options(self) -> Mapping[str, Any]: ...
    @property
    def batch_norm(self) -> str: ...
    @property
    def dropout(self) -> float: ...


def hidden(net: Layers, widths: tuple[int, ...]) -> Iterator[Block]:
    """The hidden layers from each width to the next, widths[0] that of what enters them."""
    for k, (fan_in, width) in enumerate(pairwise(widths), start=1):
        yield from layer(net, k, fan_in, width)


def layer(net: Layers, k: int, fan_in: int, width: int) -> Iterator[Block]:
    """Hidden layer k: its linear map and what stands between that and the next one."""
    pieces = ACTIVATIONS[net.activation].pieces(net.activation_options)
    yield Linear(f"linear{k}", fan_in, width, pieces, net.initializer, net.initializer_options)
    if net.batch_norm == "before":
        yield BatchNorm(f"norm{k}", width * pieces)
    yield Activation(f"activation{k}", net.activation, net.activation_options)
    if net.batch_norm == "after":
        yield BatchNorm(f"norm{k}", width)
    if net.dropout:
        yield Dropout(f"dropout{k}", net.dropout)


def network(spec: RunSpec, features: int, classes: int) -> Iterator[Block]:
    """The whole net of a run: its hidden layers, the linear map to the logits, and batch norm at either end."""
    widths = (features, *spec.hidden)
    if spec.batch_norm_input:
        yield BatchNorm("norm_input", features)
    yield from hidden(spec, widths)
    yield Linear("output", widths[-1], classes, 1, spec.initializer, spec.initializer_options)
    if spec.batch_norm_output:
        yield BatchNorm("norm_output", classes)
