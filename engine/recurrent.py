"""Recurrent nets unrolled: the gradient at every time step on its way back from the loss.

h_t = cell(x_t, h_{t-1}) for t = 1 ... T, with torch.nn's own cells; the loss is S = sum(v h_T), v ~ N(0, 1), so the
gradient dS/dh_t tells how much of the last state's gradient reaches a state that lies T - t steps back.
Sources: Bengio, Simard and Frasconi, 1994; Pascanu, Mikolov and Bengio, 2013; Chen, Pennington and Schoenholz, 2018.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from engine.criticality import critical_weight_variance, fixed_point
from engine.registry import Option, SpecError
from engine.theory import law

CELLS = ("rnn", "lstm", "gru")
SETTINGS = {
    option.name: option
    for option in (
        Option("cell", "rnn", kind="choice", choices=CELLS, words="What carries the state from step to step."),
        Option(
            "activation", "tanh", kind="choice", choices=("tanh", "relu", "identity"),
            words="Of the plain RNN; LSTM and GRU have their own.",
        ),
        Option(
            "matrix", "orthogonal", kind="choice", choices=("default", "orthogonal", "gaussian", "identity"),
            words="The recurrent matrix (each gate's, for LSTM and GRU) before it is scaled; default: torch's own "
            "start of the whole cell, with no radius.",
        ),
        Option("radius", 1.0, 0.0, 100.0, words="Spectral radius of the recurrent matrix.", log=True),
        Option("steps", 100, 1, 2000, kind="int", words="Time steps from the first input to the loss."),
        Option("width", 64, 1, 1024, kind="int", words="Units of the state."),
        Option("inputs", 8, 1, 1024, kind="int", words="Numbers in each input x_t ~ N(0, 1)."),
        Option("noise", 0.5, 0.0, 100.0, words="Standard deviation of what the inputs add to each unit."),
        Option("forget_bias", 0.0, -20.0, 20.0, words="The LSTM's forget bias, or the GRU's update bias."),
        Option("start", 0.0, -100.0, 100.0, words="Value of every unit of the first state."),
        Option("batch_size", 16, 1, 4096, kind="int", words="Sequences."),
        Option("seed", 0, 0, 2**32 - 1, kind="int", words="Fixes weights and inputs."),
        Option("dtype", "float64", kind="choice", choices=("float64", "float32"), words="Precision."),
    )
}  # fmt: skip
"""The arguments of `unroll`: name -> Option."""

BIG = 512  # states beyond which the eigenvalues are not computed


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


def drawn_later(cell: type[nn.Module], inputs: int, width: int, **options: Any) -> nn.Module:
    """A cell whose weights are still to be drawn (torch's own draw would touch the global generator)."""
    return nn.utils.skip_init(cell, inputs, width, dtype=torch.float64, **options)


class IdentityCell(nn.Module):
    """A linear RNN, h' = W h + U x + b, with the parameters of nn.RNNCell."""

    def __init__(self, inputs: int, width: int):
        super().__init__()
        cell = drawn_later(nn.RNNCell, inputs, width)
        self.weight_ih, self.weight_hh = cell.weight_ih, cell.weight_hh
        self.bias_ih, self.bias_hh = cell.bias_ih, cell.bias_hh

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        return nn.functional.linear(x, self.weight_ih, self.bias_ih) + nn.functional.linear(
            h, self.weight_hh, self.bias_hh
        )


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


def complete(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with their defaults, checked."""
    for name in settings:
        if name not in SETTINGS:
            raise SpecError(
                f"{name!r} is no setting of a recurrent net; there are {', '.join(SETTINGS)}.", field=name
            )
    return {name: option.check(settings.get(name, option.default)) for name, option in SETTINGS.items()}


def build(settings: dict[str, Any], generator: torch.Generator) -> nn.Module:
    """The cell with its weights drawn: torch's default, or scaled recurrent matrices, inputs of `noise`, no biases."""
    inputs, width, kind = settings["inputs"], settings["width"], settings["cell"]
    if kind == "rnn" and settings["activation"] == "identity":
        cell: nn.Module = IdentityCell(inputs, width)
    elif kind == "rnn":
        cell = drawn_later(nn.RNNCell, inputs, width, nonlinearity=settings["activation"])
    else:
        cell = drawn_later({"lstm": nn.LSTMCell, "gru": nn.GRUCell}[kind], inputs, width)
    with torch.no_grad():
        if settings["matrix"] == "default":
            for parameter in cell.parameters():
                parameter.uniform_(-(width**-0.5), width**-0.5, generator=generator)
        else:
            nn.init.normal_(cell.weight_ih, 0, settings["noise"] / inputs**0.5, generator)
            for block in cell.weight_hh.chunk(len(cell.weight_hh) // width):
                block.copy_(_matrix(settings["matrix"], width, generator) * settings["radius"])
            cell.bias_ih.zero_(), cell.bias_hh.zero_()
        _remember(cell, kind, settings["forget_bias"])
    return cell


def _matrix(kind: str, width: int, generator: torch.Generator) -> Tensor:
    square = torch.eye(width, dtype=torch.float64)
    if kind == "orthogonal":
        nn.init.orthogonal_(square, generator=generator)
    elif kind == "gaussian":
        nn.init.normal_(square, 0, width**-0.5, generator)
    return square


def _remember(cell: nn.Module, kind: str, bias: float) -> None:
    """Set the bias of the gate that keeps the old state; torch adds two, so one is set and the other cleared.

    Gates in torch's order: LSTM input, forget, cell, output; GRU reset, update, new.
    """
    if kind == "rnn" or bias == 0:
        return
    gate = 1
    for parameter, value in ((cell.bias_ih, bias), (cell.bias_hh, 0.0)):
        parameter.chunk(4 if kind == "lstm" else 3)[gate].fill_(value)


def _forward(cell: nn.Module, inputs: Tensor, state: tuple[Tensor, ...]):
    """For each step: the state before it and its input, both leaves, and the state after it."""
    links = []
    for x in inputs:
        before = tuple(part.detach().requires_grad_() for part in state)
        x = x.requires_grad_()
        after = cell(x, before if len(before) == 2 else before[0])
        state = after if isinstance(after, tuple) else (after,)
        links.append((before, x, state))
    return links


def _backward(cell: nn.Module, links, v: Tensor, radius: float) -> Unrolled:
    """Step by step from the loss; the gradient is scaled by powers of two, so that it never over- or underflows."""
    steps, lstm = len(links), len(links[0][0]) == 2
    states = [links[0][0][0], *(after[0] for *_, after in links)]
    rms = np.array([_rms(h) for h in states])
    broken = np.flatnonzero(~np.isfinite(rms))
    if len(broken) and not isinstance(cell, IdentityCell):
        v = torch.full_like(v, float("nan"))  # slopes at states that are no numbers mean nothing
    gradient, memory = np.full(steps + 1, np.nan), np.full(steps + 1, np.nan)
    entering, added = np.full(steps, np.nan), np.full(steps, np.nan)
    above, power = (v, torch.zeros_like(v)) if lstm else (v,), 0
    total, total_power = torch.zeros_like(cell.weight_hh), None
    gradient[-1] = _log10_norm(v, 0)
    if lstm:
        memory[-1] = -np.inf
    for t in reversed(range(steps)):
        before, x, after = links[t]
        *below, to_x, to_w = torch.autograd.grad(after, (*before, x, cell.weight_hh), above)
        entering[t], added[t] = _log10_norm(to_x, power), _log10_norm(to_w, power)
        total, total_power = _sum_scaled(total, total_power, to_w, power)
        gradient[t] = _log10_norm(below[0], power)
        if lstm:
            memory[t] = _log10_norm(below[1], power)
        shift = _exponent(below)
        above, power = tuple(torch.ldexp(part, torch.tensor(-shift)) for part in below), power + shift
    return Unrolled(
        gradient=gradient,
        cell_gradient=memory,
        input_gradient=entering,
        weight_gradient=added,
        total=_log10_norm(total, total_power or 0),
        state_rms=rms,
        overflow_at=int(broken[0]) if len(broken) else -1,
        radius=radius,
    )


def _sum_scaled(total: Tensor, total_power: int | None, part: Tensor, power: int) -> tuple[Tensor, int]:
    """total 2^total_power + part 2^power, at the larger of the two powers."""
    if total_power is None:
        return part, power
    top = max(total_power, power)
    terms = ((total, total_power), (part, power))
    return sum(torch.ldexp(term, torch.tensor(max(p - top, -1000))) for term, p in terms), top


def _rms(h: Tensor) -> float:
    """Root mean square without overflow on the way."""
    largest = h.detach().double().abs().max().item()
    return (
        largest
        if largest == 0 or not np.isfinite(largest)
        else largest * (_norm(h, largest) / h.numel() ** 0.5)
    )


def _norm(x: Tensor, largest: float) -> float:
    return float((x.detach().double() / largest).norm())


def _log10_norm(x: Tensor, power: int) -> float:
    largest = x.detach().double().abs().max().item()
    if not np.isfinite(largest):
        return float("nan")
    if largest == 0:
        return -np.inf
    return float(np.log10(largest) + np.log10(_norm(x, largest)) + power * np.log10(2))


def _exponent(parts: list[Tensor]) -> int:
    largest = max(part.abs().max().item() for part in parts)
    return int(np.frexp(largest)[1]) if largest > 0 and np.isfinite(largest) else 0


def _radius(settings: dict[str, Any], cell: nn.Module) -> float:
    if settings["cell"] != "rnn" or settings["width"] > BIG:
        return float("nan")
    return float(torch.linalg.eigvals(cell.weight_hh.detach().double()).abs().max())


def predict_decades(**settings: Any) -> float:
    """Decades that the gradient's norm changes by for one step back, by theory; NaN where there is none.

    Identity: log10 of the radius, exactly for an orthogonal matrix. tanh and ReLU: half of log10 chi at the fixed
    point q* = radius^2 E[phi^2] + noise^2, as if each step had weights of its own (Chen et al., 2018).
    """
    full = complete(settings)
    if full["cell"] != "rnn" or full["matrix"] in ("default", "identity") or full["start"] != 0:
        return float("nan")
    with np.errstate(divide="ignore"):
        if full["activation"] == "identity":
            return float(np.log10(full["radius"]))
        chi = fixed_point(law(full["activation"]), full["radius"] ** 2, full["noise"] ** 2).chi
        return float(np.log10(chi) / 2)


def gate_decades(**settings: Any) -> float:
    """Decades a step back that a gated state would keep if its gate stood at its bias b: log10 sigmoid(b).

    NaN for the plain RNN, which has no gate. Exact for a net of zero weights (Gers, Schmidhuber and Cummins, 2000).
    """
    full = complete(settings)
    return (
        float("nan") if full["cell"] == "rnn" else float(-np.logaddexp(0, -full["forget_bias"]) / np.log(10))
    )


def critical_radius(**settings: Any) -> float:
    """The radius at which, by the same theory, the gradient neither vanishes nor explodes; NaN where there is none.

    A ReLU passes half of the gradient's square, however long its states: sqrt(2).
    """
    full = complete(settings)
    if np.isnan(predict_decades(**full | {"radius": 1.0})):
        return float("nan")
    if full["activation"] == "tanh":
        return float(np.sqrt(critical_weight_variance(law("tanh"), full["noise"] ** 2)))
    return {"identity": 1.0, "relu": 2**0.5}[full["activation"]]
