"""Whether a run learns, in words: "not yet" is no finding, and only what learns is well."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.diagnosis.symptoms import Run
from engine.tables.telling import told
from engine.tables.wording import Sentence


@dataclass(frozen=True)
class Progress:
    """Whether it learns, and the numbers that say so; where it does not yet, what would tell.

    right: the share of its last batches that is right; None where there is none.
    """

    learns: bool
    says: Sentence
    right: float | None

    def message(self) -> dict[str, Any]:
        """What a view is told of it."""
        return told({"learns": self.learns, "words": self.says, "right": self.right})


def progress(run: Run) -> Progress:
    """How far it has come: its loss and its share of right answers against those of its start."""
    (start, loss), (_, right) = run.loss, run.accuracy
    share = float(right) if np.isfinite(right) else None
    numbers = {"loss": loss, "loss_at_start": start, "accuracy": right}
    if run.learns and not _fails_the_test(run):
        return Progress(True, Sentence(_fit(LEARNS, right), **numbers), share)
    numbers |= {
        "steps": run.step,
        "loss_that_tells": run.enough_loss,
        "accuracy_that_tells": run.enough_right,
    }
    return Progress(False, Sentence(_fit(NOT_YET, right), **numbers), share)


LEARNS = (
    "The loss is {loss:loss}, {loss_at_start:loss} at the start; {accuracy:percent} of the last batches are right.",
    "The loss is {loss:loss}, {loss_at_start:loss} at the start.",
)
NOT_YET = (
    "After {steps} steps the loss is {loss:loss}, and {accuracy:percent} of the last batches are right. It learns when "
    "the loss is below {loss_that_tells:loss} and {accuracy_that_tells:percent} are right.",
    "After {steps} steps the loss is {loss:loss}. It learns when the loss is below {loss_that_tells:loss}.",
)


def _fit(templates: tuple[str, str], right: float) -> str:
    return templates[0 if np.isfinite(right) else 1]


def _fails_the_test(run: Run) -> bool:
    """Whether the test set, looked at in the latter half of the run, is no better off than by guessing."""
    looked = np.flatnonzero(np.isfinite(run.history["test_accuracy"]))
    if not len(looked) or not run.subject.classes:
        return False
    chance, newest = run.subject.most_common or 1 / run.subject.classes, int(looked[-1])
    is_late = run.history["step"][newest] >= run.step / 2
    return bool(is_late and run.history["test_accuracy"][newest] < chance + 0.25 * (1 - chance))
