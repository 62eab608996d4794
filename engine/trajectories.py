"""Descent on a surface: every run from every start at once, each with its own torch.optim optimizer.

One optimizer over a batch of starts walks each of them as it would alone, bit for bit, when it treats every
coordinate by itself. That is tried out first; one that mixes coordinates gets a single start at a time.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.registry import Option, SpecError, shown
from engine.runs import Run, separable
from engine.surface import Surface
from engine.surfaces import SURFACES

MAX_STEPS = 20_000
MAX_POINTS = 10_000_000  # runs x starts x (steps + 1), of about 40 bytes each

_STEPS = Option("steps", 500, 1, MAX_STEPS, kind="int")
_CLIP = Option("clip", "none", kind="choice", choices=("none", "value", "norm"))
_THRESHOLD = Option("clip_threshold", 1.0, 0.0, open_low=True)
_NOISE = Option("noise", 0.0, 0.0)
_SEED = Option("seed", 0, 0, 2**63 - 1, kind="int")


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Where every run went from every start. Step 0 is the start.

    positions [runs, starts, steps + 1, 2], values [runs, starts, steps + 1];
    gradients [runs, starts, steps + 1, 2]: the surface's own, before noise and clipping;
    clipped [runs, starts, steps], bool: where clipping changed the gradient;
    diverged_at [runs, starts], int: the first step whose position, value or gradient is not finite, or -1.
    From that step on all three repeat the last finite step.
    """

    surface: Surface
    runs: tuple[Run, ...]
    positions: np.ndarray
    values: np.ndarray
    gradients: np.ndarray
    clipped: np.ndarray
    diverged_at: np.ndarray

    @property
    def steps(self) -> int:
        """The budget: gradients that every walker may ask for."""
        return self.values.shape[-1] - 1

    @property
    def evaluations(self) -> np.ndarray:
        """Gradients that each walker used, [runs, starts]: the whole budget, or up to where it diverged."""
        return np.where(self.diverged_at < 0, self.steps, self.diverged_at)


def descend(
    surface: str | Surface,
    runs: Sequence[Mapping[str, Any] | Run],
    start: Any = None,
    steps: int = 500,
    clip: str = "none",
    clip_threshold: float = 1.0,
    noise: float = 0.0,
    seed: int = 0,
) -> Trajectories:
    """Walk every run from every start, all with the same budget: one gradient a step.

    runs: mappings {"optimizer": name, "lr": float, "options": {...}, "schedule": {"name": "cosine", ...}};
    all but the optimizer may be left out. An optimizer may also be a torch.optim.Optimizer class.
    start: (x, y) or [starts, 2]; the surface's own start when left out.
    clip: "value" limits each coordinate, "norm" the length of each start's gradient, as
    torch.nn.utils.clip_grad_value_ and clip_grad_norm_ do.
    noise: standard deviation of what is added to each coordinate of each gradient, before clipping: 0 is the
    full batch, s / sqrt(B) a mini-batch of B samples, s a single one. Every run sees the same noise; start i
    draws its own from `numpy.random.default_rng([seed, i])`, one pair a step.

    Raises SpecError for anything that cannot be walked.
    """
    surface = surface if isinstance(surface, Surface) else SURFACES[surface]
    runs = _checked_runs(runs)
    starts = _checked_starts(surface.start if start is None else start)
    steps = _STEPS.check(steps)
    _check_size(len(runs), len(starts), steps)
    oracle = _Oracle(
        surface,
        _CLIP.check(clip),
        _THRESHOLD.check(clip_threshold),
        _draw_noise(_NOISE.check(noise), _SEED.check(seed), len(starts), steps),
    )

    together = [k for k, run in enumerate(runs) if separable(run)]
    if len(together) == len(runs):
        return _walk(oracle, runs, starts, steps).develop(surface, runs)
    tape = _Tape.blank(steps, len(runs), len(starts))
    if together:
        tape.put(together, slice(None), _walk(oracle, [runs[k] for k in together], starts, steps))
    for k in sorted(set(range(len(runs))) - set(together)):
        for i in range(len(starts)):
            part = slice(i, i + 1)
            tape.put([k], part, _walk(oracle.of(part), [runs[k]], starts[part], steps, alone=True))
    return tape.develop(surface, runs)


def _walk(oracle: "_Oracle", runs: Sequence[Run], starts: Tensor, steps: int, alone: bool = False) -> "_Tape":
    """The walks of runs that take all starts together; `alone`: one start, as a parameter of shape [2]."""
    tape = _Tape.blank(steps, len(runs), len(starts))
    here = starts.T.repeat(len(runs), 1, 1)  # [runs, 2, starts]: x and y side by side are fastest
    gradient = torch.empty_like(here)
    optimizers, schedulers = [], []
    for run, p, g in zip(runs, here, gradient, strict=True):
        point = p[:, 0] if alone else p.T
        point.grad = g[:, 0] if alone else g.T
        optimizers.append(run.build([point]))
        schedulers.append(run.scheduler(optimizers[-1], steps))
    moves = [optimizer.step for optimizer in optimizers]
    moves += [scheduler.step for scheduler in schedulers if scheduler]

    for t in range(steps):
        tape.record(t, here, *oracle.ask(here))
        tape.clipped[t] = oracle.disturb(tape.slopes[t], t, out=gradient)
        for move in moves:
            move()
    tape.record(steps, here, *oracle.ask(here))
    return tape


@dataclass(frozen=True)
class _Oracle:
    """What tells walkers at `here` [runs, 2, starts] the value and the gradient there."""

    surface: Surface
    clip: str
    threshold: float
    noise: Tensor | None  # [steps, 2, starts]

    def of(self, part: slice) -> "_Oracle":
        """The same for a part of the starts."""
        return replace(self, noise=None if self.noise is None else self.noise[..., part])

    def ask(self, here: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """value [runs, starts] and (df/dx, df/dy), each [runs, starts]."""
        return self.surface.slope(here[:, 0], here[:, 1])

    def disturb(self, slope: Tensor, t: int, out: Tensor) -> Tensor | bool:
        """Into out [runs, 2, starts], the gradient optimizers see at step t; returns where it was clipped."""
        if self.noise is None:
            out.copy_(slope)
        else:
            torch.add(slope, self.noise[t], out=out)
        if self.clip == "none":
            return False
        noisy = out.clone()
        if self.clip == "value":
            out.clamp_(-self.threshold, self.threshold)
        else:
            out.mul_(_norm_coefficient(out, self.threshold))
        return (out != noisy).any(dim=1)


def _norm_coefficient(gradient: Tensor, threshold: float) -> Tensor:
    """min(1, threshold / (norm + 1e-6)) of each start, [runs, 1, starts], as clip_grad_norm_ has it."""
    # Reducing over a contiguous last dimension takes the kernel, and so the rounding, of one gradient [2].
    norm = torch.linalg.vector_norm(gradient.transpose(1, 2).contiguous(), dim=-1)
    return (threshold / (norm + 1e-6)).clamp(max=1.0).unsqueeze(1)


@dataclass(frozen=True)
class _Tape:
    """A race as it was walked, non-finite numbers and all; coordinates before starts, steps first."""

    path: Tensor  # [steps + 1, runs, 2, starts]
    values: Tensor  # [steps + 1, runs, starts]
    slopes: Tensor  # [steps + 1, runs, 2, starts]
    clipped: Tensor  # [steps, runs, starts]

    @classmethod
    def blank(cls, steps: int, runs: int, starts: int) -> "_Tape":
        def room(*shape: int) -> Tensor:
            return torch.empty(shape, dtype=torch.float64)

        return cls(
            room(steps + 1, runs, 2, starts),
            room(steps + 1, runs, starts),
            room(steps + 1, runs, 2, starts),
            torch.zeros((steps, runs, starts), dtype=torch.bool),
        )

    def record(self, t: int, here: Tensor, value: Tensor, slope: tuple[Tensor, Tensor]) -> None:
        self.path[t] = here
        self.values[t] = value
        torch.stack(slope, dim=1, out=self.slopes[t])

    def put(self, runs: list[int], starts: slice, part: "_Tape") -> None:
        self.path[:, runs, :, starts] = part.path
        self.values[:, runs, starts] = part.values
        self.slopes[:, runs, :, starts] = part.slopes
        self.clipped[:, runs, starts] = part.clipped

    def develop(self, surface: Surface, runs: Sequence[Run]) -> Trajectories:
        """The result, with every walk that diverged kept where it last was finite."""
        diverged_at = self._first_nonfinite()
        for run, start in np.argwhere(diverged_at >= 0):
            t = diverged_at[run, start]
            last = max(t - 1, 0)
            for record in (self.path[..., start], self.values[..., start], self.slopes[..., start]):
                record[t:, run] = record[last, run].clone()
            self.clipped[last:, run, start] = False
        return Trajectories(
            surface,
            tuple(runs),
            positions=self.path.permute(1, 3, 0, 2).numpy(),
            values=self.values.permute(1, 2, 0).numpy(),
            gradients=self.slopes.permute(1, 3, 0, 2).numpy(),
            clipped=self.clipped.permute(1, 2, 0).numpy(),
            diverged_at=diverged_at,
        )

    def _first_nonfinite(self) -> np.ndarray:
        """[runs, starts]: the first step with a NaN or an infinity, -1 for none."""
        if all(math.isfinite(record.sum()) for record in (self.path, self.values, self.slopes)):
            return np.full(self.values.shape[1:], -1)
        finite = self.values.isfinite() & self.path.isfinite().all(dim=2) & self.slopes.isfinite().all(dim=2)
        return np.where(finite.all(dim=0), -1, finite.int().argmin(dim=0))


def _checked_runs(runs: Any) -> list[Run]:
    if isinstance(runs, Mapping | Run):
        runs = [runs]
    if not isinstance(runs, Sequence) or isinstance(runs, str) or not runs:
        raise SpecError(
            f'runs: {shown(runs)} holds no run; give a list such as [{{"optimizer": "adam", "lr": 0.1}}].',
            field="runs",
        )
    return [Run.of(run, f"run {k + 1}") for k, run in enumerate(runs)]


def _checked_starts(start: Any) -> Tensor:
    """[starts, 2], from (x, y) or from [starts, 2]."""
    try:
        starts = np.array(start.tolist() if isinstance(start, Tensor) else start, dtype=np.float64)
    except (TypeError, ValueError):
        starts = np.empty(0)
    if starts.ndim not in (1, 2) or starts.shape[-1] != 2 or not starts.size:
        raise SpecError(
            f"start: {shown(start)} is not allowed; give (x, y) or an array [starts, 2].", field="start"
        )
    if not np.isfinite(starts).all():
        bad = next(tuple(point) for point in starts.reshape(-1, 2).tolist() if not np.isfinite(point).all())
        raise SpecError(f"start: {bad} is not a point; give two finite numbers.", field="start")
    return torch.from_numpy(starts.reshape(-1, 2))


def _check_size(runs: int, starts: int, steps: int) -> None:
    points = runs * starts * (steps + 1)
    if points > MAX_POINTS:
        raise SpecError(
            f"steps: {runs} runs x {starts} starts x {steps} steps are {points:,} points to keep; "
            f"at most {MAX_POINTS:,} are allowed. Give fewer steps or starts.",
            field="steps",
        )


def _draw_noise(scale: float, seed: int, starts: int, steps: int) -> Tensor | None:
    """[steps, 2, starts]; start i has a stream of its own, whoever else starts."""
    if scale == 0:
        return None
    draws = [np.random.default_rng([seed, i]).standard_normal((steps, 2)) for i in range(starts)]
    return scale * torch.from_numpy(np.stack(draws, axis=-1))
