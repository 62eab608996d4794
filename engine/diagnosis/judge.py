"""What is wrong with a run, with evidence and a cure, from what it measured.

Every rule is relative: a layer to another layer, now to the start, a step to the weights it moves, a batch to the
noise of its statistics. A net that learns is left alone, unless what is wrong will show later.
"""

from collections.abc import Callable

import numpy as np

from engine.diagnosis import prescribed
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
from engine.diagnosis.subject import Subject
from engine.diagnosis.symptoms import Run
from engine.measure.history import History
from engine.spec import RunSpec


def diagnose(history: History, spec: RunSpec | Subject) -> list[Finding]:
    """What is wrong with a run now, worst first; an empty list for a healthy one or one that has measured nothing.

    Of a Subject, which may have no spec, the findings have advice but no cures.
    """
    if not len(history):
        return []
    subject = spec if isinstance(spec, Subject) else Subject.of(spec)
    return [_prescribed(each, spec, subject) for each in _named(Run(history, subject))]


def course(history: History, spec: RunSpec | Subject) -> list[Finding]:
    """All that was ever found wrong with a run, in the order it began; what no longer is has a step where it `ended`.

    The run is looked at when it had taken one of `DIGITS` times a power of ten steps, and at its end.
    """
    subject = spec if isinstance(spec, Subject) else Subject.of(spec)
    holds: dict[str, Finding] = {}
    past: list[Finding] = []
    for rows in looks(history):
        seen = history.first(rows)
        named, step = {found.name: found for found in _named(Run(seen, subject))}, int(seen["step"][-1])
        past += [found.replace(ended=step) for name, found in holds.items() if name not in named]
        holds = {
            name: found.replace(began=holds[name].began if name in holds else step)
            for name, found in named.items()
        }
    found = sorted([*past, *holds.values()], key=lambda each: each.began)
    return [_prescribed(each, spec, subject) for each in found]


def looks(history: History) -> list[int]:
    """How many rows the history had at each look; the last is all of them."""
    steps = history["step"]
    if not len(steps):
        return []
    last = steps[-1]
    decades = range(int(np.log10(max(last, 1))) + 1)
    at = [digit * 10**decade for decade in decades for digit in DIGITS if digit * 10**decade < last]
    return sorted({int(rows) for rows in np.searchsorted(steps, at, side="right") if rows} | {len(steps)})


def _prescribed(found: Finding, spec: RunSpec | Subject, subject: Subject) -> Finding:
    found = prescribed.advised(found, subject)
    return found if isinstance(spec, Subject) else prescribed.cured(found, spec)


def _named(run: Run) -> list[Finding]:
    rules = RULES if run.hidden else (diverged, rate_too_low)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        named = [found for rule in rules if (found := rule(run))]
        return named or [found for found in [not_learning(run)] if found]


DIGITS = (1, 2, 3, 4, 5, 6, 7, 8)
"""A run is looked at after each of these many steps, ten times as many, a hundred times, ..."""


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
