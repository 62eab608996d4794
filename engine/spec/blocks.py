"""The blocks that a net is made of, as plain values in the order data flows: what network and theory both walk.

`linear1 [norm1] activation1 [norm1] [dropout1] linear2 ... output`: each block has the name of its module. With a
residual path the hidden layers stand in blocks, `block1(linear1) block2(activation1 linear2) ... activationN output`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Any, Protocol

from engine.spec.run import RunSpec
from engine.tables.activations import ACTIVATIONS
from engine.tables.initializers import INITIALIZERS


@dataclass(frozen=True)
class Linear:
    """W h + b from fan_in to fan_out units; with maxout `pieces` such maps, each drawn for itself.

    bias: what b is drawn from, `bias_value` where that is one value; gain: a factor on the drawn weights.
    """

    name: str
    fan_in: int
    fan_out: int
    pieces: int
    initializer: str
    options: Mapping[str, Any]
    bias: str = "default"
    bias_value: float = 0.0
    gain: float = 1.0

    @property
    def weight_mean(self) -> float:
        return self.gain * INITIALIZERS[self.initializer].weight_mean(**self.options)

    @property
    def weight_variance(self) -> float:
        entry = INITIALIZERS[self.initializer]
        return self.gain**2 * entry.weight_variance(self.fan_in, self.fan_out, **self.options)

    @property
    def bias_mean(self) -> float:
        return self.bias_value if self.bias == "constant" else 0.0

    @property
    def bias_variance(self) -> float:
        if self.bias == "default":
            return INITIALIZERS[self.initializer].bias_variance(self.fan_in, **self.options)
        return 1.0 if self.bias == "normal" else 0.0


@dataclass(frozen=True)
class Activation:
    """An activation of the table, value by value; maxout takes the largest of its pieces."""

    name: str
    kind: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Softmax:
    """A sample's values as shares of one: exp z over the sum of all."""

    name: str


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


@dataclass(frozen=True)
class LayerNorm:
    """Each sample over its `width` values: "layer" to mean 0 and variance 1, "rms" to mean square 1."""

    name: str
    width: int
    kind: str


@dataclass(frozen=True)
class LinearPath:
    """The path past a block whose widths differ: a linear map that keeps the mean square, W ~ N(0, 1 / fan_in)."""

    name: str
    fan_in: int
    fan_out: int


@dataclass(frozen=True)
class Residual:
    """The path plus scale times what the body makes of it; `learned` where the scale is a parameter."""

    name: str
    body: tuple["Block", ...]
    path: LinearPath | None
    scale: float
    learned: bool


Block = Linear | Activation | Softmax | BatchNorm | LayerNorm | Dropout | LinearPath | Residual


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
    def bias(self) -> str: ...
    @property
    def bias_value(self) -> float: ...
    @property
    def batch_norm(self) -> str: ...
    @property
    def layer_norm(self) -> str: ...
    @property
    def layer_norm_kind(self) -> str: ...
    @property
    def norm_place(self) -> str: ...
    @property
    def residual(self) -> str: ...
    @property
    def residual_every(self) -> int: ...
    @property
    def dropout(self) -> float: ...


def hidden(net: Layers, widths: tuple[int, ...]) -> Iterator[Block]:
    """The hidden layers from each width to the next, widths[0] that of what enters them."""
    layers = [list(layer(net, k, *fans)) for k, fans in enumerate(pairwise(widths), start=1)]
    if net.residual == "none":
        return chain.from_iterable(layers)
    return residual(net, widths[0], layers)


def layer(net: Layers, k: int, fan_in: int, width: int) -> Iterator[Block]:
    """Hidden layer k: its linear map and what stands between that and the next one."""
    pieces = ACTIVATIONS[net.activation].pieces(net.activation_options)
    start = (net.initializer, net.initializer_options, net.bias, net.bias_value)
    yield Linear(f"linear{k}", fan_in, width, pieces, *start)
    if net.batch_norm == "before":
        yield BatchNorm(f"norm{k}", width * pieces)
    if net.layer_norm == "before":
        yield LayerNorm(f"norm{k}", width * pieces, net.layer_norm_kind)
    yield Activation(f"activation{k}", net.activation, net.activation_options)
    if net.batch_norm == "after":
        yield BatchNorm(f"norm{k}", width)
    if net.layer_norm == "after":
        yield LayerNorm(f"norm{k}", width, net.layer_norm_kind)
    if net.dropout:
        yield Dropout(f"dropout{k}", net.dropout)


def residual(net: Layers, width: int, layers: list[list[Block]]) -> Iterator[Block]:
    """The same layers, each `residual_every` of them a block beside the path; `width` enters the first.

    A block ends in a linear map: what follows that in its last layer stands at the head of the next one (He et al.
    2016, "Identity mappings"), so that only linear maps write to the path. Post-norm puts the layer norm of its last
    layer onto the sum instead, pre-norm leaves it there (Xiong et al. 2020).
    """
    every = net.residual_every
    count = len(layers) // every
    scale = {"plain": 1.0, "scaled": count**-0.5 if count else 1.0, "rezero": 0.0}[net.residual]
    ahead: list[Block] = []
    for k in range(1, count + 1):
        *body, (last, *behind) = layers[(k - 1) * every : k * every]
        assert isinstance(last, Linear)
        sums = last.pieces * last.fan_out
        path = None if width == sums else LinearPath(f"path{k}", width, sums)
        yield Residual(f"block{k}", (*ahead, *chain(*body), last), path, scale, net.residual == "rezero")
        if net.norm_place == "post":
            norms = [block for block in behind if isinstance(block, LayerNorm)]
            yield from (replace(norm, width=sums) for norm in norms)
            behind = [block for block in behind if block not in norms]
        ahead, width = behind, sums
    yield from chain(ahead, *layers[count * every :])


def network(spec: RunSpec, features: int, classes: int) -> Iterator[Block]:
    """The whole net of a run: its hidden layers, the map to the outputs, batch norm at either end, what ends it."""
    widths, units = (features, *spec.hidden), outputs(spec, classes)
    if spec.batch_norm_input:
        yield BatchNorm("norm_input", features)
    yield from hidden(spec, widths)
    start = (spec.initializer, spec.initializer_options, spec.bias, spec.bias_value, spec.output_gain)
    yield Linear("output", widths[-1], units, 1, *start)
    if spec.batch_norm_output:
        yield BatchNorm("norm_output", units)
    if spec.output == "softmax":
        yield Softmax("answer")
    elif spec.output != "linear":
        yield Activation("answer", spec.output, {})


def outputs(spec: RunSpec, classes: int) -> int:
    """Units of the last layer: one for each class, unless the spec says otherwise; one for a number."""
    return spec.outputs or classes or 1


def flat(net: Iterable[Block]) -> Iterator[Block]:
    """Every block, those within residual blocks too, body before path."""
    for block in net:
        if isinstance(block, Residual):
            yield from flat(block.body)
            if block.path:
                yield block.path
        yield block
