"""The signal of a net at init, measured: real modules, one forward and one backward pass, no training."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from engine.measure.scaled import Scaled
from engine.measure.statistics import Measure
from engine.spec.blocks import Activation, Block, Linear, LinearPath, Residual
from engine.spec.stack import Signal, Stack
from engine.tables.activations import ACTIVATIONS
from engine.tables.option import Choice, Whole
from engine.training.network import build, draw

SEEDS = Whole("seeds", 8, 1, 10_000)
DTYPE = Choice("dtype", "float64", choices=("float64", "float32"))
KEPT_WEIGHTS = 2**25  # beyond it the backward pass draws the weights again: time for memory

Back = Callable[[Scaled], Scaled]


@dataclass(frozen=True, eq=False)
class Propagation(Signal):
    """A measured signal: arrays [seeds, layers], or [layers] for one seed.

    underflow: where gradient_ms fell below the smallest normal number and is 0 or imprecise, though the gradient is
    not 0 (gradient_ms_log10 still has it), and where z itself did in the forward pass. nonfinite: where the forward
    or the backward pass met a NaN or an inf; past a forward one every gradient is NaN.
    """

    underflow: np.ndarray
    nonfinite: np.ndarray


def propagate(*, seeds: int = 8, dtype: str = "float64", **stack: Any) -> Propagation:
    """Measure the signal at init for `seeds` nets; arrays [seeds, layers]. See `Stack` for the arguments.

    Raises SpecError for arguments that describe no net. Protocol P1: x ~ N(0, 1), S = sum(v z_L), v ~ N(0, 1).
    Batch norm and RReLU are in training mode.
    """
    return stacked(list(propagate_seeds(seeds=seeds, dtype=dtype, **stack)))


@dataclass(frozen=True, eq=False)
class Measured:
    """The nets that were measured so far, arrays [seeds, layers]; done: the share of the work behind it."""

    nets: Propagation
    done: float


def measured(*, seeds: int = 8, dtype: str = "float64", **stack: Any) -> Iterator[Measured]:
    """As `propagate`, with what is known after each seed."""
    rows: list[Propagation] = []
    for row in propagate_seeds(seeds=seeds, dtype=dtype, **stack):
        rows.append(row)
        yield Measured(stacked(rows), len(rows) / seeds)


def stacked(rows: Sequence[Propagation]) -> Propagation:
    """Nets [layers] as one signal [seeds, layers]."""
    return Propagation(**{name: np.stack([row[name] for row in rows]) for name in Propagation.names()})


def propagate_seeds(*, seeds: int = 8, dtype: str = "float64", **stack: Any) -> Iterator[Propagation]:
    """As `propagate`, one seed after the other as they are ready; arrays [layers]."""
    count, precision = SEEDS.check(seeds), getattr(torch, DTYPE.check(dtype))
    checked = Stack(**stack)
    return (_Net(checked, seed, precision).measure() for seed in range(count))


@dataclass
class _Layer:
    """What is seen of one weight layer on the way forward, and its gradient, scaled, once that has come back."""

    q: float
    signal_var: float
    sunk: bool
    broken: bool
    activation_var: float = np.nan
    dead: float = np.nan
    saturated: float = np.nan
    square: float = np.nan
    power: int = 0


class _Net:
    """One draw of a stack, its blocks folded forward and back like those of its theory."""

    def __init__(self, stack: Stack, seed: int, dtype: torch.dtype):
        self.stack, self.seed, self.dtype = stack, seed, dtype
        self.linears = stack.linears()
        self.edges = ACTIVATIONS[stack.activation].saturation(stack.activation_options)
        self.see = Measure(compiled=True)
        weights = sum(linear.pieces * linear.fan_in * linear.fan_out for linear in self.linears)
        self.kept: dict[int, tuple[Tensor, Tensor]] | None = {} if weights <= KEPT_WEIGHTS else None

    def generator(self, stream: int) -> torch.Generator:
        """Random numbers of their own for each layer, so that any layer can be drawn again."""
        (state,) = np.random.SeedSequence([self.seed, stream]).generate_state(1, np.uint64)
        return torch.Generator().manual_seed(int(state))

    def normal(self, stream: int, shape: tuple[int, ...]) -> Tensor:
        return torch.randn(shape, generator=self.generator(stream)).to(self.dtype)

    def weights(self, layer: int) -> tuple[Tensor, Tensor]:
        """W_l and b_l. Drawn in float32 whatever the net's precision: five times as fast, and one net for both."""
        if self.kept is not None and layer in self.kept:
            return self.kept[layer]
        linear = build(self.linears[layer])
        assert isinstance(linear, nn.Linear)
        draw(self.linears[layer], linear, self.generator(layer))
        drawn = linear.weight.detach().to(self.dtype), linear.bias.detach().to(self.dtype)
        if self.kept is not None:
            self.kept[layer] = drawn
        return drawn

    def measure(self) -> Propagation:
        x = self.normal(len(self.linears), (self.stack.batch_size, self.stack.widths[0]))
        layers: list[_Layer] = []
        with _seeded(self.seed):
            z, back = self.fold(self.stack.below, x, layers)
            self.fold(self.stack.above, z, layers)
        back(Scaled(self.normal(len(self.linears) + 1, z.shape)))
        return _seen(layers)

    def fold(self, parts: Iterable[Block], h: Tensor, layers: list[_Layer]) -> tuple[Tensor, Back]:
        """What leaves the blocks, and the gradient's way back through them."""
        ways = []
        for block in parts:
            h, way = self.through(block, h, layers)
            ways.append(way)

        def back(gradient: Scaled) -> Scaled:
            for way in reversed(ways):
                gradient = way(gradient)
            return gradient

        return h, back

    def through(self, block: Block, h: Tensor, layers: list[_Layer]) -> tuple[Tensor, Back]:
        match block:
            case Linear():
                return self.layer(h, layers)
            case Residual():
                return self.residual(block, h, layers)
        leaf = h.detach().requires_grad_()
        module = build(block).to(self.dtype).requires_grad_(False)
        if isinstance(block, LinearPath):  # streams of its own, beyond those of the layers, x and v
            draw(block, module, self.generator(len(self.linears) + 2 + len(layers)))
        out = module(leaf)
        if isinstance(block, Activation):
            layers[-1].saturated, layers[-1].dead = self.see.saturation(h, *self.edges)
            layers[-1].activation_var = self.see.moments(out.detach())[1]

        def back(gradient: Scaled) -> Scaled:
            (below,) = torch.autograd.grad(out, leaf, gradient.tensor)
            return Scaled(below, gradient.power)

        return out.detach(), back

    def residual(self, block: Residual, h: Tensor, layers: list[_Layer]) -> tuple[Tensor, Back]:
        """The path plus what the body adds; going back, the gradient takes both ways."""
        body, through_body = self.fold(block.body, h, layers)
        path, along_path = self.fold([block.path] if block.path else [], h, layers)

        def back(gradient: Scaled) -> Scaled:
            branch = Scaled(block.scale * gradient.tensor, gradient.power)
            return along_path(gradient) + through_body(branch)

        return path + block.scale * body, back

    def layer(self, h: Tensor, layers: list[_Layer]) -> tuple[Tensor, Back]:
        """A linear map. The gradient of its output is scaled to about 1 by a power of two, which is exact.

        So neither a float32 net nor the mean of squares underflows.
        """
        index = len(layers)
        weight, bias = self.weights(index)
        z = nn.functional.linear(h, weight, bias)
        _, _, q, signal_var = self.see.unit_moments(z)
        lost = bool(np.sqrt(q) < torch.finfo(self.dtype).tiny) and bool(h.any()) and bool(weight.any())
        broken = not np.isfinite(q) and not self.see.all_finite([z])  # the squares may overflow first
        layer = _Layer(q, signal_var, broken=broken, sunk=lost or any(below.sunk for below in layers[-1:]))
        layers.append(layer)

        def back(gradient: Scaled) -> Scaled:
            layer.square, layer.power = float(gradient.tensor.double().square().mean()), gradient.power
            shift = _exponent(layer.square) // 2
            delta = torch.ldexp(gradient.tensor, torch.tensor(-shift))
            return Scaled(delta @ self.weights(index)[0], gradient.power + shift)

        return z, back


def _seen(layers: list[_Layer]) -> Propagation:
    """The arrays of a pass, [layers]."""
    column = {name: np.array([vars(layer)[name] for layer in layers]) for name in vars(layers[0])}
    square, power, broken = column["square"], column["power"], column["broken"]
    with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
        gradient_ms = np.ldexp(square, 2 * power)
        log10 = np.log10(square) + 2 * power * np.log10(2)
    if broken.any():  # then S itself is not a number, and its gradient means nothing
        gradient_ms, log10 = np.full((2, len(layers)), np.nan)
    return Propagation(
        **{name: column[name] for name in ("q", "activation_var", "signal_var", "dead", "saturated")},
        gradient_ms=gradient_ms,
        gradient_ms_log10=log10,
        underflow=column["sunk"] | ((square > 0) & (gradient_ms < np.finfo(float).tiny)),
        nonfinite=broken | broken.any() | ~np.isfinite(square),
    )


def _exponent(square: float) -> int:
    return int(np.frexp(square)[1]) if np.isfinite(square) and square > 0 else 0


@contextmanager
def _seeded(seed: int):
    """Torch's global generator, which random activations and dropout draw from, set for a while."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
