"""Learning-rate schedules: classes of torch.optim.lr_scheduler, each stretched over one race or one run."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.tables.later import Later
from engine.tables.option import Number, Whole
from engine.tables.registry import Entry, Registry

if TYPE_CHECKING:
    from torch.optim import Optimizer, lr_scheduler
    from torch.optim.lr_scheduler import LRScheduler
else:
    lr_scheduler = Later("torch.optim.lr_scheduler")


@dataclass(frozen=True, kw_only=True)
class Schedule(Entry):
    """How the learning rate changes with the step t.

    make: (optimizer, steps, options) -> scheduler. curve(lr, t, steps, **options): the same rate as a formula, so that
    any step's is known without those before it.
    """

    make: Callable[[Optimizer, int, dict[str, Any]], LRScheduler | None]
    curve: Callable[..., float]

    def build(self, optimizer: Optimizer, steps: int, **options: Any) -> LRScheduler | None:
        """The scheduler of a race of so many steps; None for a rate that never changes."""
        return self.make(optimizer, steps, self.complete(options))

    def rate(self, lr: float, t: int, steps: int, **options: Any) -> float:
        """The rate after t steps of so many, at a base rate of lr; later it holds."""
        return self.curve(lr, min(t, steps), steps, **self.complete(options))


def constant(lr: float, t: int, steps: int) -> float:
    return lr


def stepped(lr: float, t: int, steps: int, step_size: int, gamma: float) -> float:
    return lr * gamma ** (t // step_size)


def half_cosine(lr: float, t: int, steps: int, eta_min: float) -> float:
    return eta_min + (lr - eta_min) * (1 + math.cos(math.pi * t / steps)) / 2


def rising(lr: float, t: int, steps: int, total_iters: int, start_factor: float) -> float:
    return lr * (start_factor + (1 - start_factor) * min(1.0, t / total_iters))


SCHEDULES: Registry[Schedule] = Registry(
    "schedule",
    (
        Schedule(
            name="constant",
            label="Constant",
            formula=r"\eta_t = \eta",
            words="The same learning rate at every step.",
            source="Robbins and Monro, 1951, who let it fall",
            make=lambda optimizer, steps, options: None,
            curve=constant,
        ),
        Schedule(
            name="step",
            label="Step",
            formula=r"\eta_t = \eta\, \gamma^{\lfloor t / T \rfloor}",
            words="Multiplied by gamma every so many steps.",
            source="torch.optim.lr_scheduler.StepLR",
            options=(
                Whole("step_size", 100, 1, 20_000, words="Steps between two drops."),
                Number("gamma", 0.1, 0.0, 1.0, words="Factor at each drop."),
            ),
            make=lambda optimizer, steps, options: lr_scheduler.StepLR(optimizer, **options),
            curve=stepped,
        ),
        Schedule(
            name="cosine",
            label="Cosine",
            formula=r"\eta_t = \eta_0 + \tfrac{1}{2}(\eta - \eta_0)(1 + \cos\tfrac{\pi t}{T})",
            words="Falls along half a cosine, to eta_0 = eta_min at the last step.",
            source="Loshchilov and Hutter, 2017",
            options=(Number("eta_min", 0.0, 0.0, 1e3, words="The rate at the last step."),),
            make=lambda optimizer, steps, options: lr_scheduler.CosineAnnealingLR(
                optimizer, steps, **options
            ),
            curve=half_cosine,
        ),
        Schedule(
            name="warmup",
            label="Warm-up",
            formula=r"\eta_t = \eta \left(s + (1 - s) \min(1, \tfrac{t}{T})\right)",
            words="Rises in a straight line from a small rate to the full one.",
            source="Goyal et al., 2017",
            options=(
                Whole("total_iters", 50, 1, 20_000, words="Steps until the full rate."),
                Number("start_factor", 0.1, 0.0, 1.0, open_low=True, words="The first rate, as a share."),
            ),
            make=lambda optimizer, steps, options: lr_scheduler.LinearLR(optimizer, **options),
            curve=rising,
        ),
    ),
)
"""name -> Schedule."""
