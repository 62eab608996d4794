"""A few nets trained one after the other, each with all that was measured on its way."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.experiments.looks import STEPS, looks
from engine.experiments.pace import Pace
from engine.measure.frame import Divergence
from engine.spec import RunSpec
from engine.training.trainer import Trainer

MEASURED = 50  # steps of a run whose frames are kept, the first and the last among them
UNKNOWN = (np.nan, np.nan)


@dataclass(frozen=True, eq=False)
class Course:
    """One net's way, to be asked as its `Trainer` would be.

    history: columns as in `Trainer.history`, [steps measured] or [steps measured, layers]; tested, tested_by_batch:
    (loss, accuracy) on the test set, by running statistics and by those of the test set itself, which differ with batch
    norm only. Both are NaN while it runs and once it `diverged`.
    """

    history: Mapping[str, np.ndarray]
    tested: tuple[float, float]
    tested_by_batch: tuple[float, float]
    diverged: Divergence | None

    def evaluate(self, batch_statistics: bool = False) -> tuple[float, float]:
        """(loss, accuracy) on the test set."""
        return self.tested_by_batch if batch_statistics else self.tested


@dataclass(frozen=True)
class Courses:
    """The nets that have begun, in the order they were given; done: the share of all steps behind them."""

    courses: Sequence[Course]
    done: float


def courses(specs: Sequence[Mapping[str, Any] | RunSpec], steps: int = 200) -> Iterator[Courses]:
    """Train each for so many steps; all so far each time.

    The numbers are those of `Trainer`, bit for bit. Raises SpecError for a bad spec and a number of steps out of range.
    """
    due, pace = set(looks(STEPS.check(steps), MEASURED, first=1)), Pace()
    trainers = [Trainer(spec if isinstance(spec, RunSpec) else RunSpec.from_dict(spec)) for spec in specs]
    over: list[Course] = []
    for trainer in trainers:
        while trainer.steps < steps and not trainer.diverged:
            trainer.step(measure=trainer.steps + 1 in due)
            if pace.due():
                done = (len(over) + trainer.steps / steps) / len(trainers)
                yield Courses([*over, _course(trainer)], min(done, 0.99))
        over.append(_course(trainer, judged=not trainer.diverged))
    yield Courses(over, 1.0)


def _course(trainer: Trainer, judged: bool = False) -> Course:
    """What is known of a run so far; judged on the test set where that is asked for."""
    tested = trainer.evaluate() if judged else UNKNOWN
    by_batch = trainer.evaluate(batch_statistics=True) if judged and trainer.model.norms() else tested
    history = {name: trainer.history[name].copy() for name in trainer.history.keys()}  # noqa: SIM118 - no mapping
    return Course(history, tested, by_batch, trainer.diverged)
