"""Descent on a surface: every run from every start at once, each with its own torch.optim optimizer.

One optimizer over a batch of starts walks each of them as it would alone, bit for bit, when it treats every
coordinate by itself. That is tried out first; one that mixes coordinates gets a single start at a time.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.descent.batching import separable
from engine.descent.runs import Run
from engine.descent.surface import Surface
from engine.descent.surfaces import SURFACES
from engine.descent.walk import SLOPE, VALUE, X_Y, Oracle, Tape, walk
from engine.descent.walk import noise as draw_noise
from engine.tables.clipping import CLIP, THRESHOLD
from engine.tables.errors import SpecError
from engine.tables.option import Number, Whole
from engine.tables.wording import Sentence

MAX_STEPS = 20_000
MAX_POINTS = 10_000_000  # runs x starts x (steps + 1), of about 40 bytes each

_STEPS = Whole("steps", 500, 1, MAX_STEPS)
_NOISE = Number("noise", 0.0, 0.0)
_SEED = Whole("seed", 0, 0, 2**63 - 1)


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Where every run went from every start. Step 0 is the start.

    positions [runs, starts, steps + 1, 2], values [runs, starts, steps + 1];
    gradients [runs, starts, steps + 1, 2]: the surface's own, before noise and clipping;
    clipped [runs, starts, steps], bool: where clipping changed the gradient;
    diverged_at [runs, starts], int: the first step whose position, value or gradient is not finite, or -1.
    From that step on all three repeat the last finite step;
    undefined [runs, starts], bool: whether at that step the walker stood where the function or its gradient gives no
    number, rather than that its numbers grew beyond all.
    """

    surface: Surface
    runs: tuple[Run, ...]
    positions: np.ndarray
    values: np.ndarray
    gradients: np.ndarray
    clipped: np.ndarray
    diverged_at: np.ndarray
    undefined: np.ndarray

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
    noise: standard deviation of what is added to each coordinate of each gradient, before clipping; see
    `batch_noise`. Every run sees the same noise; start i draws its own from
    `numpy.random.default_rng([seed, i])`, one pair a step.

    Raises SpecError for anything that cannot be walked.
    """
    oracle, runs, starts, steps = setting(surface, runs, start, steps, clip, clip_threshold, noise, seed)
    tape = _walk_all(oracle, runs, starts, steps)
    record = tape.record.permute(1, 3, 0, 2).numpy()
    return Trajectories(
        oracle.surface,
        tuple(runs),
        positions=record[..., X_Y],
        values=record[..., VALUE],
        gradients=record[..., SLOPE],
        clipped=tape.clipped.permute(1, 2, 0).numpy(),
        diverged_at=tape.diverged_at.numpy(),
        undefined=tape.undefined.numpy(),
    )


def batch_noise(sample_noise: float, batch_size: int | None) -> float:
    """The standard deviation of a batch's mean gradient, given that of a single sample's; None is the full batch."""
    return 0.0 if batch_size is None else sample_noise / math.sqrt(batch_size)


def setting(
    surface: str | Surface,
    runs: Sequence[Mapping[str, Any] | Run],
    start: Any,
    steps: int,
    clip: str,
    clip_threshold: float,
    noise: float,
    seed: int,
) -> tuple[Oracle, list[Run], Tensor, int]:
    """The arguments of `descend`, checked: what tells the walkers, who they are, their starts [starts, 2], steps."""
    surface = surface if isinstance(surface, Surface) else SURFACES[surface]
    runs = _checked_runs(runs)
    starts = _checked_starts(surface.start if start is None else start)
    steps = _STEPS.check(steps)
    _check_size(len(runs), len(starts), steps)
    draws = draw_noise(_NOISE.check(noise), _SEED.check(seed), len(starts), steps)
    oracle = Oracle(surface, CLIP.check(clip), THRESHOLD.check(clip_threshold), draws)
    return oracle, runs, starts, steps


def _walk_all(oracle: Oracle, runs: list[Run], starts: Tensor, steps: int) -> Tape:
    """All starts at once for the runs that allow it, one at a time for the others."""
    together = [k for k, run in enumerate(runs) if separable(run)]
    if len(together) == len(runs):
        return walk(oracle, runs, starts, steps)
    tape = Tape.blank(steps, len(runs), len(starts))
    if together:
        tape.put(together, slice(None), walk(oracle, [runs[k] for k in together], starts, steps))
    for k in sorted(set(range(len(runs))) - set(together)):
        for i in range(len(starts)):
            one = slice(i, i + 1)
            tape.put([k], one, walk(oracle.part(one), [runs[k]], starts[one], steps))
    return tape


def _checked_runs(runs: Any) -> list[Run]:
    if isinstance(runs, Mapping | Run):
        runs = [runs]
    if not isinstance(runs, Sequence) or isinstance(runs, str) or not runs:
        raise SpecError(
            '{place}: {value!r} holds no run; give a list such as [{{"optimizer": "adam", "lr": 0.1}}].',
            field="runs",
            value=runs,
        )
    return [Run.of(run, Sentence("run {number}", number=k + 1)) for k, run in enumerate(runs)]


def _checked_starts(start: Any) -> Tensor:
    """[starts, 2], from (x, y) or from [starts, 2]."""
    try:
        starts = np.array(start.tolist() if isinstance(start, Tensor) else start, dtype=np.float64)
    except (TypeError, ValueError):
        starts = np.empty(0)
    if starts.ndim not in (1, 2) or starts.shape[-1] != 2 or not starts.size:
        raise SpecError(
            "{place}: {value!r} is not allowed; give (x, y) or an array [starts, 2].",
            field="start",
            value=start,
        )
    if not np.isfinite(starts).all():
        bad = next(tuple(point) for point in starts.reshape(-1, 2).tolist() if not np.isfinite(point).all())
        raise SpecError(
            "{place}: {value!r} is not a point; give two finite numbers.", field="start", value=bad
        )
    return torch.from_numpy(starts.reshape(-1, 2))


def _check_size(runs: int, starts: int, steps: int) -> None:
    points = runs * starts * (steps + 1)
    if points > MAX_POINTS:
        raise SpecError(
            "{place}: {runs} runs x {starts} starts x {steps} steps are {points:,} points to keep; "
            "at most {most:,} are allowed. Give fewer steps or starts.",
            field="steps",
            value=steps,
            runs=runs,
            starts=starts,
            steps=steps,
            points=points,
            most=MAX_POINTS,
        )
