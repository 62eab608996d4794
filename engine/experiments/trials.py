"""Cures tried before they are offered: each trained from the beginning, until one of them learns."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.diagnosis.judge import judge
from engine.spec import RunSpec
from engine.tables.option import Whole
from engine.training.trainer import Trainer

STEPS = Whole("steps", 300, 1, 10_000)
MEASURED = 5  # one step in so many: what a verdict needs of a run
TOLD = 20  # steps between two yields


@dataclass(frozen=True)
class Trial:
    """What came of one cure. fields: what it changes; learned: whether its run does, by the diagnosis; steps: how many
    it took; accuracy (NaN of numbers), test_loss: on the test set after them; diverged_at: -1 for never."""

    fields: Mapping[str, Any]
    learned: bool
    steps: int
    accuracy: float
    test_loss: float
    diverged_at: int


@dataclass(frozen=True)
class Trials:
    """Those that are over, in the order they were named; done: the share of the work behind it."""

    trials: list[Trial]
    done: float


def trials(spec: RunSpec, cures: Sequence[Mapping[str, Any]], steps: int = 300) -> Iterator[Trials]:
    """Train `spec` with each of these cures for so many steps, in their order, up to the first that learns.

    Raises SpecError for a cure that is none.
    """
    steps = STEPS.check(steps)
    over: list[Trial] = []
    for place, cure in enumerate(cures):
        trainer = Trainer(spec.replace(**cure))
        while trainer.steps < steps and not trainer.diverged:
            is_due = (trainer.steps + 1) % MEASURED == 0 or trainer.steps + 1 == steps
            trainer.step(measure=is_due)
            if trainer.steps % TOLD == 0:
                yield Trials(list(over), (place + trainer.steps / steps) / len(cures))
        over.append(_told(trainer, cure))
        yield Trials(list(over), 1.0 if over[-1].learned else (place + 1) / len(cures))
        if over[-1].learned:
            return


def _told(trainer: Trainer, cure: Mapping[str, Any]) -> Trial:
    if trainer.diverged:
        return Trial(cure, False, trainer.steps, math.nan, math.nan, trainer.diverged.step)
    test_loss, accuracy = trainer.evaluate()
    verdict = judge(trainer.history, trainer.spec)
    learned = verdict.progress is not None and verdict.progress.learns
    return Trial(cure, learned, trainer.steps, accuracy, test_loss, -1)
