"""Learning-rate schedules: classes of torch.optim.lr_scheduler, each stretched over one race."""

from __future__ import annotations

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
    """How the learning rate changes with the step t. make: (optimizer, steps, options) -> scheduler."""

    make: Callable[[Optimizer, int, dict[str, Any]], LRScheduler | None]

    def build(self, optimizer: Optimizer, steps: int, **options: Any) -> LRScheduler | None:
        """The scheduler of a race of so many steps; None for a rate that never changes."""
        return self.make(optimizer, steps, self.complete(options))


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
        ),
    ),
)
"""name -> Schedule."""
