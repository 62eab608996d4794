"""Recurrent nets unrolled: the gradient at every time step on its way back from the loss.

h_t = cell(x_t, h_{t-1}) for t = 1 ... T, with torch.nn's own cells; the loss is S = sum(v h_T), v ~ N(0, 1), so the
gradient dS/dh_t tells how much of the last state's gradient reaches a state that lies T - t steps back.
Sources: Bengio, Simard and Frasconi, 1994; Pascanu, Mikolov and Bengio, 2013; Chen, Pennington and Schoenholz, 2018.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.measure.scaled import Scaled, exponent, rms
from engine.recurrent.cells import Cell, IdentityCell, build
from engine.spec.unrolled import complete

BIG = 512  # units beyond which the eigenvalues, a second here and growing with the cube, are not computed

State = tuple[Tensor, ...]  # (h,), or of an LSTM (h, c); each [batch, units]
Link = tuple[
    State, Tensor, State
]  # the state before a step and the step's input, both leaves; the state after it


@dataclass(frozen=True, eq=False)
class Unrolled:
    """One unrolled net. Arrays over time: states t = 0 ... T, [steps + 1]; inputs and weights t = 1 ... T, [steps].

    All gradients are log10 of a norm, right beyond what float64 can hold; -inf is an exact 0.
    gradient: |dS/dh_t|, the whole batch; cell_gradient: |dS/dc_t| of an LSTM, else NaN. input_gradient: |dS/dx_t|.
    All of them are NaN where the states overflow, but for the linear net, whose gradient does not depend on them.
    weight_gradient: what step t adds to dS/dW, W the recurrent matrix; total: all steps together.
    state_rms: rms of h_t; overflow_at: the first t whose state is not finite, or -1. radius: largest absolute
    eigenvalue of W (NaN for LSTM, GRU and very wide nets).
    """

    gradient: np.ndarray
    cell_gradient: np.ndarray
    input_gradient: np.ndarray
    weight_gradient: np.ndarray
    total: float
    state_rms: np.ndarray
    overflow_at: int
    radius: float

    @property
    def state_gradient(self) -> np.ndarray:
        """The gradient of all that is carried from step to step, [steps + 1]: of an LSTM h and c together."""
        if np.isnan(self.cell_gradient).all():
            return self.gradient
        decade = np.log(10)
        return np.logaddexp(2 * decade * self.gradient, 2 * decade * self.cell_gradient) / (2 * decade)

    @property
    def relative(self) -> np.ndarray:
        """log10 of the state's gradient over that of the last state, [steps + 1]."""
        return self.state_gradient - self.state_gradient[-1]

    @property
    def decades_a_step(self) -> float:
        """Mean change of the state's gradient for one step back, in decades; -inf where it becomes 0."""
        return float(self.relative[0] / (len(self.relative) - 1))

    def span(self, share: float = 0.9) -> tuple[int, int]:
        """The first and last t of the steps between which this share of dS/dW is made; (-1, -1) where none is known.

        Counted in the sum of the steps' norms; what lies before and behind is equally large.
        """
        known = np.where(np.isnan(self.weight_gradient), -np.inf, self.weight_gradient)
        if np.isnan(self.total) or not np.isfinite(known).any():
            return -1, -1
        parts = 10 ** (known - known.max())
        below = np.cumsum(parts) / parts.sum()
        rest = (1 - share) / 2
        return tuple(int(np.searchsorted(below, level)) + 1 for level in (rest, 1 - rest))  # type: ignore[return-value]

    def clipped(self, threshold: float) -> tuple[float, np.ndarray]:
        """Clipping dS/dW by norm: (log10 of the factor, weight_gradient after it).

        Every step's share shrinks by the same factor: clipping tames a gradient that explodes and cannot bring back
        one that has vanished.
        """
        if not np.isfinite(self.total):  # nothing to scale (-inf), or no norm to scale by (NaN)
            factor = float("nan") if np.isnan(self.total) else 0.0
        else:
            factor = min(0.0, float(np.log10(threshold)) - self.total)
        return factor, self.weight_gradient + factor


def unroll(**settings: Any) -> Unrolled:
    """Unroll a recurrent net once, forward and back; see SETTINGS for the arguments. SpecError for a bad one."""
    full = complete(settings)
    generator = torch.Generator().manual_seed(full["seed"])
    dtype = getattr(torch, full["dtype"])
    cell = build(full, generator).to(dtype)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)

    inputs = normal(full["steps"], full["batch_size"], full["inputs"])
    first = torch.full((full["batch_size"], full["width"]), full["start"], dtype=dtype)
    links = _forward(cell, inputs, (first, first.clone()) if full["cell"] == "lstm" else (first,))
    v = normal(*first.shape)
    return _backward(cell, links, v, _radius(full, cell))


def _forward(cell: Cell, inputs: Tensor, state: State) -> list[Link]:
    links = []
    for x in inputs:
        before = tuple(part.detach().requires_grad_() for part in state)
        x = x.requires_grad_()
        after = cell(x, before if len(before) == 2 else before[0])
        state = after if isinstance(after, tuple) else (after,)
        links.append((before, x, state))
    return links


def _backward(cell: Cell, links: Sequence[Link], v: Tensor, radius: float) -> Unrolled:
    steps, parts = len(links), len(links[0][0])
    states = [links[0][0][0], *(after[0] for *_, after in links)]
    sizes = np.array([rms(h) for h in states])
    broken = np.flatnonzero(~np.isfinite(sizes))
    if len(broken) and not isinstance(cell, IdentityCell):
        v = torch.full_like(v, float("nan"))  # slopes at states that are no numbers mean nothing
    last = (v, torch.zeros_like(v))[:parts]
    carried = np.full((2, steps + 1), np.nan)  # by h, and by an LSTM's c
    carried[:parts, -1] = [Scaled(part).log10_norm for part in last]
    entering, added, total = np.full(steps, np.nan), np.full(steps, np.nan), None
    for t, (state, to_x, to_w) in zip(reversed(range(steps)), _way_back(cell, links, last), strict=True):
        carried[:parts, t] = [part.log10_norm for part in state]
        entering[t], added[t] = to_x.log10_norm, to_w.log10_norm
        total = to_w if total is None else total + to_w
    return Unrolled(
        gradient=carried[0],
        cell_gradient=carried[1],
        input_gradient=entering,
        weight_gradient=added,
        total=total.log10_norm if total is not None else float("nan"),
        state_rms=sizes,
        overflow_at=int(broken[0]) if len(broken) else -1,
        radius=radius,
    )


def _way_back(
    cell: Cell, links: Sequence[Link], above: State
) -> Iterator[tuple[list[Scaled], Scaled, Scaled]]:
    """Step by step from the loss: the gradients of the state before the step, of its input, and of its use of W.

    above: the last state's gradient. Between steps it is scaled by powers of two, so that it never over- or
    underflows.
    """
    power = 0
    for before, x, after in reversed(links):
        *below, to_x, to_w = torch.autograd.grad(after, (*before, x, cell.weight_hh), above)
        yield [Scaled(part, power) for part in below], Scaled(to_x, power), Scaled(to_w, power)
        shift = exponent(below)
        above, power = tuple(torch.ldexp(part, torch.tensor(-shift)) for part in below), power + shift


def _radius(settings: dict[str, Any], cell: Cell) -> float:
    if settings["cell"] != "rnn" or settings["width"] > BIG:
        return float("nan")
    return float(torch.linalg.eigvals(cell.weight_hh.detach().double()).abs().max())
