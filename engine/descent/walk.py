"""The walk itself: torch.optim over many starts at once, asked for one gradient a step, recorded at every step."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from engine.descent.batching import mover, shared
from engine.descent.runs import Run
from engine.descent.surface import Surface

X_Y, VALUE, SLOPE = slice(0, 2), 2, slice(3, 5)
FAR = 1e30  # farther out a function that is defined may overflow on its way, and give no number either

AfterStep = Callable[[int, torch.optim.Optimizer, Tensor], None]


@dataclass
class Tape:
    """What happened. record [steps + 1, runs, 5, starts]: x, y, value, df/dx, df/dy.

    clipped [steps, runs, starts]: where clipping changed the gradient.
    diverged_at [runs, starts]: the first step at which one of the five was not finite, -1 for never; from there on
    the record repeats the step before. undefined [runs, starts]: whether at that step the function gave no number at
    a finite place within FAR. losses: whether anyone diverged so far.
    """

    record: Tensor
    clipped: Tensor
    diverged_at: Tensor
    undefined: Tensor
    losses: bool = False

    @classmethod
    def blank(cls, steps: int, runs: int, starts: int) -> "Tape":
        return cls(
            torch.from_numpy(
                np.empty((steps + 1, runs, 5, starts))
            ),  # NumPy asks for huge pages, torch does not
            torch.zeros(steps, runs, starts, dtype=torch.bool),
            torch.full((runs, starts), -1),
            torch.zeros(runs, starts, dtype=torch.bool),
        )

    def put(self, runs: list[int], starts: slice, part: "Tape") -> None:
        """Lay the tape of some runs and some starts into this one."""
        self.record[:, runs, :, starts] = part.record
        self.clipped[:, runs, starts] = part.clipped
        self.diverged_at[runs, starts] = part.diverged_at
        self.undefined[runs, starts] = part.undefined

    def keep(self, t: int, here: Tensor, value: Tensor, slope: tuple[Tensor, Tensor]) -> None:
        """Record step t; a walker that has left the finite numbers stays where it was."""
        now = torch.stack((here[:, 0], here[:, 1], value, *slope), dim=1, out=self.record[t])
        if not self.losses and math.isfinite(now.sum()):
            return
        new = ~now.isfinite().all(dim=1) & (self.diverged_at < 0)
        self.undefined |= new & (now[:, X_Y].abs() <= FAR).all(dim=1) & ~now[:, VALUE].isinf()
        self.diverged_at.masked_fill_(new, t)
        gone = self.diverged_at >= 0
        self.losses = bool(gone.any())
        if t > 0:
            now.copy_(torch.where(gone.unsqueeze(1), self.record[t - 1], now))


@dataclass(frozen=True)
class Oracle:
    """What walkers are told: the surface's slope, then with noise [steps, 2, starts] on it, then clipped."""

    surface: Surface
    clip: str
    threshold: float
    noise: Tensor | None

    def part(self, starts: slice) -> "Oracle":
        """The same for some of the starts."""
        return replace(self, noise=None if self.noise is None else self.noise[..., starts])

    def ask(self, here: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """At here [runs, 2, starts]: value [runs, starts] and (df/dx, df/dy), each [runs, starts]."""
        return self.surface.slope(here[:, 0], here[:, 1])

    def tell(self, t: int, slope: tuple[Tensor, Tensor], gradient: Tensor) -> Tensor | bool:
        """Fill in the gradient [runs, 2, starts] that optimizers get at step t; returns where it was clipped."""
        torch.stack(slope, dim=1, out=gradient)
        if self.noise is not None:
            gradient += self.noise[t]
        if self.clip == "none":
            return False
        whole = gradient.clone()
        _clip(gradient, self.clip, self.threshold)
        return (gradient != whole).any(dim=1)


def clipped(gradient: np.ndarray, how: str, threshold: float) -> np.ndarray:
    """One gradient [2] as an optimizer gets it, clipped by "value" or by "norm"."""
    one = torch.tensor(gradient, dtype=torch.float64).reshape(1, 2, 1)
    _clip(one, how, threshold)
    return one.flatten().numpy()


def _clip(gradient: Tensor, how: str, threshold: float) -> None:
    """Clip gradients [runs, 2, starts] in place, each by itself."""
    if how == "value":
        gradient.clamp_(-threshold, threshold)
    else:
        gradient *= _norm_coefficient(gradient, threshold)


def _norm_coefficient(gradient: Tensor, threshold: float) -> Tensor:
    """min(1, threshold / (norm + 1e-6)) of each start, [runs, 1, starts], as clip_grad_norm_ has it."""
    # Reducing over a contiguous last dimension takes the kernel, and so the rounding, of one gradient [2].
    norm = torch.linalg.vector_norm(gradient.transpose(1, 2).contiguous(), dim=-1)
    return (threshold / (norm + 1e-6)).clamp(max=1.0).unsqueeze(1)


def noise(scale: float, seed: int, starts: int, steps: int) -> Tensor | None:
    """[steps, 2, starts], None for none. Start i has a stream of its own, whoever else starts."""
    if scale == 0:
        return None
    draws = [np.random.default_rng([seed, i]).standard_normal((steps, 2)) for i in range(starts)]
    return scale * torch.from_numpy(np.stack(draws, axis=-1))


@torch.no_grad()
def walk(
    oracle: Oracle, runs: Sequence[Run], starts: Tensor, steps: int, after: AfterStep | None = None
) -> Tape:
    """Walk every run from every one of starts [starts, 2], whether or not its optimizer may take them together.

    after: called with (step, the first optimizer, the gradient [runs, 2, starts] it got) when a step is done.
    """
    tape = Tape.blank(steps, len(runs), len(starts))
    # [runs, 2, starts]: every x side by side, and every y, is what torch is fastest at
    here = starts.T.repeat(len(runs), 1, 1)
    gradient = torch.empty_like(here)
    optimizers, moves, schedules = [], [], []
    for part in shared(runs):
        optimizer, move, schedule = mover(runs[part], here[part].view(-1), gradient[part].view(-1), steps)
        optimizers.append(optimizer)
        moves.append((runs[part][0], move))
        schedules += [schedule] if schedule else []

    for t in range(steps):
        value, slope = oracle.ask(here)
        tape.keep(t, here, value, slope)
        tape.clipped[t] = oracle.tell(t, slope, gradient)
        for run, move in moves:
            with run.walking():
                move()
        if after:
            after(t, optimizers[0], gradient)
        for schedule in schedules:
            schedule.step()
    tape.keep(steps, here, *oracle.ask(here))
    if tape.losses:
        tape.clipped &= (tape.diverged_at < 0) | (torch.arange(steps)[:, None, None] < tape.diverged_at)
    return tape
