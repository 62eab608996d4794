"""What is wrong with a net that answers the samples it trains on, and no others."""

import numpy as np

from engine.diagnosis.finding import Finding
from engine.diagnosis.remedies import BALANCE, DECAY, DROPOUT, TRUE_LABELS, Remedy
from engine.diagnosis.symptoms import LIKELY, Run
from engine.tables.wording import Sentence

NAME = "learns by heart"
APART = (
    0.25  # of all answers, the batches' from the test set's, tell as much before they come half of the way
)
NOISY = 0.3  # of the labels are wrong: what is true of the rest is drowned
UNEQUAL = 1.5  # times its fair share of the samples, which a class has where the rare ones are not learned


def learns_by_heart(run: Run) -> Finding | None:
    """After long its batches are more than half of the way to all answers right and the test set is not, nor gets
    there: it no longer gets better by more than chance. With batch norm's own statistics it is no better off."""
    before, now = run.pace.tested(1), run.pace.tested(3)
    if run.broken or not run.subject.classes or not run.long or before is None or now is None:
        return None
    right = run.pace.right(3)[0]
    tested = max(now[0], _by_its_statistics(run))
    if tested > run.halfway or not (right > run.halfway or right > tested + APART):
        return None
    nearly = now[0] > before[0] and now[0] + LIKELY * now[1] > run.halfway
    if NAME not in run.held and (run.pace.is_tested_better or nearly):
        return None
    return Finding(
        name=NAME,
        step=run.step,
        says=Sentence(
            "learns by heart: {accuracy:percent} of its batches are right, and {accuracy_tested:percent} of the test "
            "set, {tested_halfway:percent} before halfway",
            accuracy=right,
            accuracy_tested=now[0],
            tested_halfway=before[0],
        ),
        because=Sentence(
            "What is learned is what holds for samples that were not seen; a net with room enough can keep each one "
            "that was, whatever it means."
        ),
        source="Zhang, Bengio, Hardt, Recht and Vinyals, 2017; Goodfellow, Bengio and Courville, 2016, ch. 7",
        remedies=_remedies(run),
        evidence={"halfway": run.halfway, "loss": run.loss[1]} | _wrong(run),
    )


def _by_its_statistics(run: Run) -> float:
    """The share of the test set that was right by batch norm's statistics of the batch, last; 0 without."""
    seen = run.history["test_accuracy_batch"]
    seen = seen[np.isfinite(seen)]
    return float(seen[-1]) if len(seen) else 0.0


def _wrong(run: Run) -> dict[str, float]:
    return {"wrong_labels": run.subject.wrong_labels} if run.subject.wrong_labels > NOISY else {}


def _remedies(run: Run) -> tuple[Remedy, ...]:
    if _wrong(run):
        return TRUE_LABELS, DECAY, DROPOUT
    common, classes = run.subject.most_common or 0.0, run.subject.classes or 1
    return (BALANCE, DECAY, DROPOUT) if common > UNEQUAL / classes else (DECAY, DROPOUT)
