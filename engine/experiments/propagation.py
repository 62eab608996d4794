"""The signal of a net at init, measured: real modules, one forward and one backward pass, no training."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from engine.measure.statistics import Measure
from engine.spec.stack import Signal, Stack
from engine.tables.option import Choice, Whole

SEEDS = Whole("seeds", 8, 1, 10_000)
DTYPE = Choice("dtype", "float64", choices=("float64", "float32"))
KEPT_WEIGHTS = 2**25  # beyond it the backward pass draws the weights again: time for memory


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
    rows = list(propagate_seeds(seeds=seeds, dtype=dtype, **stack))
    return Propagation(**{name: np.stack([row[name] for row in rows]) for name in Propagation.names()})


def propagate_seeds(*, seeds: int = 8, dtype: str = "float64", **stack: Any) -> Iterator[Propagation]:
    """As `propagate`, one seed after the other as they are ready; arrays [layers]."""
    count, precision = SEEDS.check(seeds), getattr(torch, DTYPE.check(dtype))
    checked = Stack(**stack)
    return (_Net(checked, seed, precision).measure() for seed in range(count))


class _Net:
    """One draw of a stack."""

    def __init__(self, stack: Stack, seed: int, dtype: torch.dtype):
        self.stack, self.seed, self.dtype = stack, seed, dtype
        self.fans = list(stack.fans())
        self.low, self.high = stack.activation.saturation(stack.activation_options)
        weights = stack.pieces * sum(fan_in * fan_out for fan_in, fan_out in self.fans)
        self.kept: dict[int, tuple[torch.Tensor, torch.Tensor]] | None = (
            {} if weights <= KEPT_WEIGHTS else None
        )

    def generator(self, stream: int) -> torch.Generator:
        """Random numbers of their own for each layer, so that any layer can be drawn again."""
        (state,) = np.random.SeedSequence([self.seed, stream]).generate_state(1, np.uint64)
        return torch.Generator().manual_seed(int(state))

    def normal(self, stream: int, shape: tuple[int, ...]) -> torch.Tensor:
        return torch.randn(shape, generator=self.generator(stream)).to(self.dtype)

    def weights(self, layer: int) -> tuple[torch.Tensor, torch.Tensor]:
        """W_l and b_l. Drawn in float32 whatever the net's precision: five times as fast, and one net for both."""
        if self.kept is not None and layer in self.kept:
            return self.kept[layer]
        (fan_in, fan_out), generator, pieces = self.fans[layer], self.generator(layer), self.stack.pieces
        weight, bias = torch.empty(pieces * fan_out, fan_in), torch.empty(pieces * fan_out)
        for w, b in zip(weight.chunk(pieces), bias.chunk(pieces), strict=True):
            self.stack.initializer.fill(w, b, generator, **self.stack.initializer_options)
        drawn = weight.to(self.dtype), bias.to(self.dtype)
        if self.kept is not None:
            self.kept[layer] = drawn
        return drawn

    def hidden(self, layer: int) -> tuple[nn.Module, nn.Module, nn.Module]:
        """What stands between z_l and the next linear map: norm, activation, norm."""
        where, width, off = self.stack.batch_norm, self.fans[layer][1], nn.Identity()
        before = nn.BatchNorm1d(self.stack.pieces * width, dtype=self.dtype) if where == "before" else off
        after = nn.BatchNorm1d(width, dtype=self.dtype) if where == "after" else off
        activation = self.stack.activation.build(**self.stack.activation_options).to(self.dtype)
        return before.requires_grad_(False), activation.requires_grad_(False), after.requires_grad_(False)

    def measure(self) -> Propagation:
        x = self.normal(len(self.fans), (self.stack.batch_size, self.stack.widths[0]))
        with _seeded(self.seed) if self.stack.activation.random else nullcontext():
            forward, links = self.forward(x)
        backward = self.backward(self.normal(len(self.fans) + 1, links[-1][0].shape), links)
        if forward["nonfinite"].any():  # then S itself is not a number, and its gradient means nothing
            backward |= {name: np.full(len(links), np.nan) for name in ("gradient_ms", "gradient_ms_log10")}
            backward["nonfinite"][:] = True
        flags = {name: forward[name] | backward[name] for name in ("underflow", "nonfinite")}
        return Propagation(**{**forward, **backward, **flags})

    def forward(self, h: torch.Tensor):
        """The statistics of every layer and its link (z_l, h_l), the graph between the two kept."""
        measure, rows, links = Measure(compiled=True), [], []
        smallest, sunk, passing = torch.finfo(self.dtype).tiny, False, True
        for layer in range(len(self.fans)):
            z = nn.functional.linear(h, *self.weights(layer)).requires_grad_()
            before, activation, after = self.hidden(layer)
            u = before(z)
            a = activation(u)
            links.append((z, after(a)))
            h = links[-1][1].detach()
            _, _, q, signal_var = measure.unit_moments(z.detach())
            saturated, dead = measure.saturation(u.detach(), self.low, self.high)
            sunk = sunk or (bool(np.sqrt(q) < smallest) and passing and self.weights(layer)[0].any().item())
            passing = bool(h.any())
            rows.append(
                (q, measure.moments(a.detach())[1], signal_var, dead, saturated, not np.isfinite(q), sunk)
            )
        names = ("q", "activation_var", "signal_var", "dead", "saturated", "nonfinite", "underflow")
        return {
            name: np.array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)
        }, links

    def backward(self, delta: torch.Tensor, links) -> dict[str, np.ndarray]:
        """The squared gradient of every layer, from the last to the first.

        The gradient is scaled to about 1 at every layer by a power of two, which is exact: neither a float32 net nor
        the mean of squares underflows.
        """
        squares, powers, power = np.zeros(len(links)), np.zeros(len(links), int), 0
        for layer in reversed(range(len(links))):
            z, h = links[layer]
            if layer < len(links) - 1:
                delta = delta @ self.weights(layer + 1)[0]
                (delta,) = torch.autograd.grad(h, z, delta)
            squares[layer] = delta.double().square().mean()
            powers[layer] = power
            shift = _exponent(squares[layer]) // 2
            delta, power = torch.ldexp(delta, torch.tensor(-shift)), power + shift
        with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
            gradient_ms = np.ldexp(squares, 2 * powers)
            log10 = np.log10(squares) + 2 * powers * np.log10(2)
        return {
            "gradient_ms": gradient_ms,
            "gradient_ms_log10": log10,
            "underflow": (squares > 0) & (gradient_ms < np.finfo(float).tiny),
            "nonfinite": ~np.isfinite(squares),
        }


def _exponent(square: float) -> int:
    return int(np.frexp(square)[1]) if np.isfinite(square) and square > 0 else 0


@contextmanager
def _seeded(seed: int):
    """Torch's global generator, which random activations draw from, set for a while."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
