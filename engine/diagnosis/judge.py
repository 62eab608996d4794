"""What is wrong with a run, with evidence and a cure, from what it measured.

Every rule is relative: a layer to another layer, now to the start, a step to the weights it moves, a batch to the
noise of its statistics. A net that learns is left alone, unless what is wrong will show later.
"""

from collections.abc import Callable

import numpy as np

from engine.diagnosis.finding import Finding
from engine.diagnosis.rules.learning import not_learning
from engine.diagnosis.rules.signal import (
    collapsed,
    exploding,
    exploding_activations,
    no_gradient,
    saturated,
    underflow,
    vanished,
    vanishing,
)
from engine.diagnosis.rules.steps import batch_too_small, diverged, rate_too_high, rate_too_low
from engine.diagnosis.rules.units import dying_units, symmetric_units
from engine.diagnosis.symptoms import Run
from engine.measure.history import History
from engine.spec import RunSpec


def diagnose(history: History, spec: RunSpec) -> list[Finding]:
    """What is wrong with a run, worst first; an empty list for a healthy one or one that has measured nothing."""
    if not len(history):
        return []
    run, rules = Run(history, spec), RULES if len(spec.hidden) else (diverged, rate_too_low)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        named = [found for rule in rules if (found := rule(run))]
        return named or [found for found in [not_learning(run)] if found]


RULES: tuple[Callable[[Run], Finding | None], ...] = (
    diverged,
    symmetric_units,
    batch_too_small,
    underflow,
    saturated,
    exploding,
    exploding_activations,
    no_gradient,
    vanishing,
    rate_too_high,
    dying_units,
    collapsed,
    vanished,
    rate_too_low,
)
"""Worst first: what makes all that follows meaningless, then causes before their effects. Where none of them has a
name for it, `not_learning` looks."""
