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
    """How far it has come: it learns once half of the way from guessing to all answers right is behind it, and not by a
    lucky batch or two."""
    (start, loss), (_, right) = run.loss, run.accuracy
    share = float(right) if np.isfinite(right) else None
    numbers = {"loss": loss, "loss_at_start": start, "accuracy": right}
    if _has_come_far(run) and not _fails_the_test(run):
        return Progress(True, Sentence(_fit(LEARNS, right), **numbers), share)
    numbers |= {
        "steps": run.step,
        "loss_that_tells": 0.5 * run.guessing if run.subject.classes == 0 else run.enough_loss,
        "accuracy_that_tells": run.halfway,
    }
    return Progress(False, Sentence(_fit(NOT_YET, right), **numbers), share)


LEARNS = (
    "The loss is {loss:loss}, {loss_at_start:loss} at the start; {accuracy:percent} of the last batches are right.",
    "The loss is {loss:loss}, {loss_at_start:loss} at the start.",
)
NOT_YET = (
    "At step {steps} the loss is {loss:loss}, and {accuracy:percent} of the last batches are right. It learns when "
    "{accuracy_that_tells:percent} are right, half of the way from guessing.",
    "At step {steps} the loss is {loss:loss}. It learns when the loss is below {loss_that_tells:loss}.",
)


def _fit(templates: tuple[str, str], right: float) -> str:
    return templates[0 if np.isfinite(right) else 1]


def _has_come_far(run: Run) -> bool:
    if run.subject.classes is None:
        return run.learns
    lately = (
        run.pace.right(3)[0] > run.enough_right
        if run.subject.classes
        else run.pace.loss(3)[0] < run.enough_loss
    )
    return run.knows and lately


def _fails_the_test(run: Run) -> bool:
    """Whether the test set, looked at in the latter half of the run, is no better off than by guessing."""
    looked = np.flatnonzero(np.isfinite(run.history["test_accuracy"]))
    if not len(looked) or not run.subject.classes:
        return False
    chance, newest = run.subject.most_common or 1 / run.subject.classes, int(looked[-1])
    is_late = run.history["step"][newest] >= run.step / 2
    return bool(is_late and run.history["test_accuracy"][newest] < chance + 0.25 * (1 - chance))
