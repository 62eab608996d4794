"""What the rules prescribe: remedies by name, which `cures` makes fields of a spec or advice for any net."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FIRST_STEP = 0.01  # share of the weights that a first step may move
LATER_STEPS = 0.003  # and a step of a run that moves too little


@dataclass(frozen=True)
class Remedy:
    """A remedy by its name, with the numbers that say how much of it."""

    name: str
    numbers: Mapping[str, Any] = field(default_factory=dict)


LEVEL_GRADIENT = Remedy("level gradient")
"""Weights, normalization or an activation that keep the gradient's size from layer to layer."""
NORMALIZE = Remedy("normalize")
"""Batch norm, which gives every layer a signal of size 1."""
BEND = Remedy("bend")
"""Hidden layers that are not linear."""
LEAK = Remedy("leak")
"""An activation that passes some gradient everywhere."""
WIDEN = Remedy("widen")
"""So many units in each layer that some of them answer."""
SMOOTH = Remedy("smooth")
"""An activation that is flat nowhere near 0 and has a mean near 0: ELU."""
USUAL_RATE = Remedy("usual rate")
"""The rate that the optimizer is usually given."""
LESS_DECAY = Remedy("less decay")
FASTER_STATISTICS = Remedy("faster statistics")
"""Running statistics that follow the batches' within some tens of steps."""
SCALE_INPUTS = Remedy("scale inputs")
"""Inputs of mean 0 and variance 1."""
FITTING_PAIR = Remedy("fitting pair")
"""An output and a loss that go together."""
BALANCE = Remedy("balance")
"""As many samples of each class."""
KEEP_RATE = Remedy("keep rate")
"""A rate that comes down later, or not at all."""
DECAY = Remedy("decay")
"""Weight decay, which keeps weights small that only single samples ask for."""
DROPOUT = Remedy("dropout")
"""Dropout, under which no single unit can keep a sample."""
START_ANEW = Remedy("start anew")
"""The settings as they are, from a first step."""
TRUE_LABELS = Remedy("true labels")
"""Samples whose labels are right."""
NO_CLIPPING = Remedy("no clipping")
NO_DROPOUT = Remedy("no dropout")


def take_back(fields: Mapping[str, Any]) -> Remedy:
    """The settings as they were before the last change."""
    return Remedy("take back", {"fields": fields})


def together(first: Remedy, second: Remedy) -> Remedy:
    """Both remedies, where one of them alone does not help."""
    return Remedy("together", {"first": first, "second": second})


def smaller_rate(first_step: float, most: float = 1 / 3) -> Remedy:
    """A rate at which the first step would have moved 1 % of the weights it moved most of; `most` of the old one."""
    factor = FIRST_STEP / first_step if 0 < first_step < float("inf") else 0.1
    return Remedy("smaller rate", {"factor": min(factor, most)})


def larger_rate(step: float) -> Remedy:
    """A rate at which the steps would move 0.3 % of the weights; without any step the optimizer's usual one."""
    return Remedy("larger rate", {"factor": LATER_STEPS / step} if step > 0 else {})


def larger_batch(size: int) -> Remedy:
    """Batches of `size` samples."""
    return Remedy("larger batch", {"size": size})
