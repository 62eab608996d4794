"""Inside an optimizer: what `optimizer.state` holds after every step of a walk, and what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.descent.runs import Run
from engine.descent.surface import Surface
from engine.descent.trajectories import setting
from engine.descent.walk import SLOPE, VALUE, X_Y, walk


@dataclass(frozen=True)
class Symbol:
    """What people call a part of the state. symbol: LaTeX."""

    name: str
    symbol: str
    words: str


_MOMENT = Symbol("first_moment", "m", "running mean of the gradient")
_SQUARES = Symbol("second_moment", "v", "running mean of the squared gradient")

STATE = {
    "momentum_buffer": Symbol("velocity", "v", "past gradients, each weighing less than the next"),
    "exp_avg": _MOMENT,
    "exp_avg_sq": _SQUARES,
    "max_exp_avg_sq": Symbol("largest_second_moment", r"v_\text{max}", "largest second moment so far"),
    "exp_inf": Symbol("largest_gradient", "u", "largest recent gradient, slowly forgotten"),
    "sum": Symbol("sum_of_squares", "s", "sum of all squared gradients"),
    "square_avg": _SQUARES,
    "grad_avg": _MOMENT,
    "acc_delta": Symbol("mean_squared_step", "u", "running mean of the squared step before lr"),
    "prev": Symbol("previous_gradient", r"g_\text{old}", "the gradient of the step before"),
    "step_size": Symbol("step_size", r"\Delta", "the step each coordinate takes now"),
}
"""Key of optimizer.state -> its name here. Tensors under other keys keep their own names."""


@dataclass(frozen=True, eq=False)
class Inside:
    """One run from one start, with everything its optimizer held.

    positions, gradients [steps + 1, 2] and values [steps + 1]: as in `Trajectories`.
    seen [steps, 2]: the gradient the optimizer got at each step, with noise and clipping.
    lr [steps]: the learning rate of each step.
    state: name -> [steps, 2], after each step: `STATE`'s names, and where the optimizer corrects the bias of starting
    at zero, also "first_moment_corrected" and "second_moment_corrected".
    settings: what the optimizer's parameter group holds, options and fixed arguments alike.
    diverged_at: the first step that was not finite, or -1.
    """

    run: Run
    positions: np.ndarray
    values: np.ndarray
    gradients: np.ndarray
    seen: np.ndarray
    lr: np.ndarray
    state: Mapping[str, np.ndarray]
    settings: Mapping[str, Any]
    diverged_at: int

    @property
    def uncorrected(self) -> np.ndarray | None:
        """The steps, [steps, 2], of Adam's rule with its means as they are; None where no bias is corrected."""
        if not {"first_moment_corrected", "second_moment"} <= self.state.keys():
            return None
        spread = np.sqrt(self.state["second_moment"]) + self.settings["eps"]
        return -self.lr[:, None] * self.state["first_moment"] / spread

    @property
    def changes(self) -> np.ndarray:
        """How far each coordinate moved at each step, [steps, 2]."""
        return np.diff(self.positions, axis=0)

    @property
    def effective_lr(self) -> np.ndarray:
        """The rate that plain descent would have needed for the same change: -change / gradient, [steps, 2].

        NaN where the gradient is zero.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.seen == 0, np.nan, -self.changes / self.seen)


def watch(
    surface: str | Surface,
    run: Mapping[str, Any] | Run,
    start: Any = None,
    steps: int = 500,
    clip: str = "none",
    clip_threshold: float = 1.0,
    noise: float = 0.0,
    seed: int = 0,
) -> Inside:
    """The walk that `descend` gives this run from its (first) start, and what its optimizer held at every step."""
    oracle, (run,), starts, steps = setting(surface, [run], start, steps, clip, clip_threshold, noise, seed)
    seen, lr = np.empty((steps, 2)), np.empty(steps)
    state: dict[str, np.ndarray] = {}
    group: dict[str, Any] = {}

    def look(t: int, optimizer: torch.optim.Optimizer, gradient: Tensor) -> None:
        group.update(optimizer.param_groups[0])
        seen[t], lr[t] = gradient[0, :, 0], group["lr"]
        for key, value in optimizer.state[group["params"][0]].items():
            if isinstance(value, Tensor) and value.shape == (2,):
                name = STATE[key].name if key in STATE else key
                state.setdefault(name, np.full((steps, 2), np.nan))[t] = value

    tape = walk(oracle.part(slice(1)), [run], starts[:1], steps, after=look)
    record = tape.record[:, 0, :, 0].numpy()
    state |= _without_bias(state, group, seen + group.get("weight_decay", 0) * record[:-1, X_Y])
    return Inside(
        run,
        positions=record[:, X_Y],
        values=record[:, VALUE],
        gradients=record[:, SLOPE],
        seen=seen,
        lr=lr,
        state=state,
        settings={name: value for name, value in group.items() if name != "params"},
        diverged_at=int(tape.diverged_at),
    )


def _without_bias(
    state: Mapping[str, np.ndarray], group: Mapping[str, Any], g: np.ndarray
) -> dict[str, np.ndarray]:
    """Adam's family divides its moments by what is missing from a mean that started at zero.

    g [steps, 2]: the gradient with L2 weight decay, of which NAdam's look-ahead takes a share.
    """
    if "first_moment" not in state or "betas" not in group:
        return {}
    m, (beta1, beta2) = state["first_moment"], group["betas"]
    t = np.arange(1, len(m) + 1)[:, None]
    corrected = {"first_moment_corrected": m / (1 - beta1**t)}
    if "momentum_decay" in group:
        mu, mu_next = (beta1 * (1 - 0.5 * 0.96 ** (k * group["momentum_decay"])) for k in (t, t + 1))
        product = np.cumprod(mu, axis=0)
        ahead = mu_next * m / (1 - product * mu_next) + (1 - mu) * g / (1 - product)
        corrected = {"first_moment_corrected": ahead}
    v = state.get("largest_second_moment", state.get("second_moment"))
    if v is not None:
        corrected["second_moment_corrected"] = v / (1 - beta2**t)
    return corrected


@dataclass(frozen=True)
class LookAhead:
    """One step of heavy ball and of Nesterov from the same place with the same velocity, as arrows [..., 2].

    Both keep mu of the velocity v and add a gradient: heavy ball the one `here`, Nesterov the one `there`, at the end
    of `jump`, where the velocity alone would lead.
    """

    here: np.ndarray
    jump: np.ndarray
    gradient_here: np.ndarray
    gradient_there: np.ndarray
    lr: np.ndarray

    @property
    def there(self) -> np.ndarray:
        """The end of the jump."""
        return self.here + self.jump

    @property
    def heavy_ball(self) -> np.ndarray:
        """The whole step of heavy ball: the jump, and the gradient from before it."""
        return self.jump - self.lr[..., None] * self.gradient_here

    @property
    def correction(self) -> np.ndarray:
        """What Nesterov adds once it has jumped."""
        return -self.lr[..., None] * self.gradient_there

    @property
    def nesterov(self) -> np.ndarray:
        """The whole step of Nesterov: the jump, and the correction at its end."""
        return self.jump + self.correction


def look_ahead(surface: Surface, position: Any, velocity: Any, lr: Any, momentum: float) -> LookAhead:
    """The arrows of steps from positions [..., 2] with velocities [..., 2] in PyTorch's unit, the gradient's; lr [...].

    PyTorch's own Nesterov iterate is the end of the jump: position + jump (Sutskever et al., 2013).
    """
    position, velocity, lr = (np.asarray(part, dtype=np.float64) for part in (position, velocity, lr))
    jump = -lr[..., None] * momentum * velocity
    return LookAhead(position, jump, surface.gradient(position), surface.gradient(position + jump), lr)


def looks_ahead(surface: Surface, seen: Inside) -> LookAhead | None:
    """The arrows of every step of a run of SGD with momentum, [steps, 2]; None for any other run.

    They start where the textbook stands, which for PyTorch's Nesterov is a jump behind its iterate.
    """
    if "velocity" not in seen.state or "nesterov" not in seen.settings:
        return None
    before = np.vstack([np.zeros(2), seen.state["velocity"][:-1]])
    here, momentum = seen.positions[:-1], seen.settings["momentum"]
    if seen.settings["nesterov"]:
        here = here + seen.lr[:, None] * momentum * before
    return look_ahead(surface, here, before, seen.lr, momentum)
