"""What clipping does to a run: the gradient's norm before and after, and the angle by which it was turned."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from engine.experiments.looks import diverged_at
from engine.experiments.pace import Pace
from engine.spec import RunSpec
from engine.tables.clipping import CLIP
from engine.tables.option import Whole
from engine.training.clipping import clip, gradient_norm
from engine.training.trainer import Trainer

STEPS = Whole("steps", 200, 1, 2000)


@dataclass(frozen=True, eq=False)
class ClippingEffect:
    """Runs from one seed that differ in how they clip, in the order of `CLIP.choices`: none, by value, by norm.

    Arrays [runs, steps], NaN where a run has not come yet or diverged: `loss` of the batch before the step,
    `before` and `after`, the 2-norm of the gradient of all parameters, `angle` in degrees between the two, and
    `cut`, the share of components that the step changed. By run: `accuracy` on the test set now, and
    `diverged_at`, the step, -1 for never. done: the share of the work behind it.
    """

    loss: np.ndarray
    before: np.ndarray
    after: np.ndarray
    angle: np.ndarray
    cut: np.ndarray
    accuracy: np.ndarray
    diverged_at: np.ndarray
    done: float

    def share_clipped(self) -> np.ndarray:
        """Share of each run's steps that clipping changed, [runs]; NaN before the first step."""
        return share_clipped(self.cut)


def share_clipped(cut: np.ndarray) -> np.ndarray:
    """Share of the steps [..., steps] in which any component was cut, NaN steps left out; NaN where there is none."""
    taken = (~np.isnan(cut)).sum(axis=-1)
    with np.errstate(invalid="ignore"):
        return (cut > 0).sum(axis=-1) / taken


def clipping_effect(
    spec: RunSpec, steps: int = 200, by_value: float = 0.05, by_norm: float = 1.0
) -> Iterator[ClippingEffect]:
    """Train the spec three times, unclipped, clipped by value and by norm, and yield all that was seen so far.

    by_value, by_norm: the two thresholds. What the spec itself says of clipping plays no part. Raises SpecError for
    thresholds that a spec refuses.
    """
    steps = STEPS.check(steps)
    thresholds = {"none": spec.clip_threshold, "value": by_value, "norm": by_norm}
    return _train([spec.replace(clip=how, clip_threshold=thresholds[how]) for how in CLIP.choices], steps)


def _train(specs: Sequence[RunSpec], steps: int) -> Iterator[ClippingEffect]:
    trainers = [Trainer(spec) for spec in specs]
    seen = np.full((len(QUANTITIES), len(trainers), steps), np.nan)
    pace = Pace()
    for step in range(steps):
        for run, trainer in enumerate(trainers):
            if not trainer.diverged:
                seen[:, run, step] = clipped_step(trainer)
        if step == 0 or pace.due():
            yield _picture(trainers, seen, (step + 1) / (steps + 1))
    yield _picture(trainers, seen, 1.0)


QUANTITIES = ("loss", "before", "after", "angle", "cut")


def _picture(trainers: Sequence[Trainer], seen: np.ndarray, done: float) -> ClippingEffect:
    return ClippingEffect(
        **dict(zip(QUANTITIES, seen.copy(), strict=True)),
        accuracy=np.array([math.nan if t.diverged else t.evaluate()[1] for t in trainers]),
        diverged_at=np.array([diverged_at(trainer) for trainer in trainers]),
        done=done,
    )


def clipped_step(trainer: Trainer) -> tuple[float, ...]:
    """One step of a run, and what clipping did to it, in the order of `QUANTITIES`."""
    with watched(trainer) as pairs:
        frame = trainer.step()
    if not pairs:  # the step was not taken: its gradient is no number
        return frame.loss, frame.gradient_norm, math.nan, math.nan, math.nan
    befores, afters = zip(*pairs, strict=True)
    before, after = flat(befores), flat(afters)
    cut = changed(before, after)
    turned = angle(before, after) if cut else 0.0
    return frame.loss, frame.gradient_norm, frame.gradient_norm_clipped, turned, cut


@contextmanager
def watched(trainer: Trainer) -> Iterator[list[tuple[Tensor, Tensor]]]:
    """Collects (gradient before clipping, gradient the optimizer gets) of every parameter in the step of this block.

    The list stays empty where no step was taken. Nothing of the run changes.
    """
    befores: dict[Tensor, Tensor] = {}
    pairs: list[tuple[Tensor, Tensor]] = []

    def keep(parameter: Tensor, gradient: Tensor) -> None:
        befores[parameter] = gradient.clone()

    def compare(*_) -> None:
        pairs.extend((befores[p], p.grad.clone()) for p in trainer.parameters if p.grad is not None)

    handles = [p.register_hook(partial(keep, p)) for p in trainer.parameters]
    handles.append(trainer.optimizer.register_step_pre_hook(compare))
    try:
        yield pairs
    finally:
        for handle in handles:
            handle.remove()


def flat(tensors: Sequence[Tensor]) -> Tensor:
    """All of them as one vector, in float64."""
    return torch.cat([tensor.reshape(-1).double() for tensor in tensors])


def changed(before: Tensor, after: Tensor) -> float:
    """Share of the components that differ."""
    return (before != after).double().mean().item()


def angle(a: Tensor, b: Tensor) -> float:
    """The angle between two vectors in degrees, exact for tiny ones too (Kahan, 2006); NaN for a zero vector."""
    u, v = (vector / vector.abs().max() for vector in (a.double(), b.double()))
    u, v = u / u.norm(), v / v.norm()
    return math.degrees(2 * math.atan2((u - v).norm().item(), (u + v).norm().item()))


def clipped(gradient: Sequence[float], how: str, threshold: float) -> np.ndarray:
    """One gradient after clipping, as torch does it."""
    parameter = torch.zeros(len(gradient), dtype=torch.float64, requires_grad=True)
    parameter.grad = torch.tensor(gradient, dtype=torch.float64)
    clip([parameter], how, threshold, gradient_norm([parameter]))
    return parameter.grad.numpy()


def turned(gradient: Sequence[float], how: str, threshold: float) -> float:
    """The angle in degrees by which clipping turns a gradient; NaN for a gradient of zeros."""
    return angle(torch.tensor(gradient, dtype=torch.float64), torch.tensor(clipped(gradient, how, threshold)))
