"""What is wrong with batch norm: its batch is too small, or its running statistics do not stand for the batches'."""

import numpy as np

from engine.diagnosis.finding import Finding
from engine.diagnosis.remedies import FASTER_STATISTICS, NO_DROPOUT, larger_batch
from engine.diagnosis.symptoms import FAIR_STEPS, FEW_STEPS, LONG_STEPS, Run
from engine.tables.wording import Sentence

SMALL = "batch too small for batch norm"
GAP = 0.2  # of all answers are right by the batch's statistics and wrong by the running ones
STILL_GAP = 0.1
OLD = 0.5  # of the running statistics is still what they were at the start: no measurement
BLIND = 6.0  # times the signal's variance is the statistics' error, over all layers


def batch_too_small(run: Run) -> Finding | None:
    """The variance of a batch of B is off by sqrt(2 / (B - 1)) of itself; for B = 2 its gradient is exactly 0."""
    size = run.subject.batch
    if not run.subject.normalized or size is None or size < 2 or np.sqrt(2 / (size - 1)) < 0.5:
        return None
    holds = SMALL in run.held  # batches so small let it look stuck and not, by turns
    if run.fine or not (run.stuck or holds):
        return None
    noise = run.hidden * 2 / (size - 1)
    blind = noise > BLIND and (size > 2 or not run.first_layer_moves)
    if not holds and run.age < (LONG_STEPS if run.lighter or not blind else FEW_STEPS):
        return None
    return Finding(
        name=SMALL,
        step=run.step,
        says=Sentence(
            "batch too small for batch norm: the variance of {batch_size} samples is off by {variance_error:percent}",
            batch_size=size,
            variance_error=float(np.sqrt(2 / (size - 1))),
        ),
        because=Sentence(
            "The statistics of a batch of B samples have a relative error of sqrt(2/(B-1)); it should be below 50%."
        ),
        source="Ioffe and Szegedy, 2015; Wu and He, 2018; Yang et al., 2019",
        remedies=(larger_batch(64),),
        evidence={"gradient_slope": run.slope},
    )


def running_statistics(run: Run) -> Finding | None:
    """Training is fine and inference is not: by the batch's own statistics the same weights are right more often."""
    looked, momentum = np.flatnonzero(np.isfinite(run.history["test_accuracy_batch"])), run.subject.momentum
    if run.broken or not len(looked) or momentum is None or run.age < FAIR_STEPS:
        return None
    row = int(looked[-1])
    running, batch = (float(run.history[name][row]) for name in ("test_accuracy", "test_accuracy_batch"))
    if batch - running < (STILL_GAP if "running statistics" in run.held else GAP) or running > run.halfway:
        return None
    if run.age < LONG_STEPS and running - float(run.history["test_accuracy"][looked[0]]) > GAP:
        return None  # they follow
    step, dropout = int(run.history["step"][row]), run.subject.dropout
    old = float((1 - momentum) ** step)
    if old > OLD:
        remedy = FASTER_STATISTICS
        cause = Sentence(
            "with momentum {momentum:rate} they are still {old:percent} of what they were before the first step",
            momentum=momentum,
            old=old,
        )
    elif dropout > 0:
        remedy = NO_DROPOUT
        cause = Sentence(
            "dropout of {dropout:percent} gave them a variance that nothing has without it", dropout=dropout
        )
    else:
        return None  # they will follow
    return Finding(
        name="running statistics",
        step=step,
        says=Sentence(
            "running statistics: {accuracy_running:percent} of the test set are right with batch norm's running "
            "statistics, {accuracy_batch:percent} with the batch's own; {cause}",
            accuracy_running=running,
            accuracy_batch=batch,
            cause=cause,
        ),
        because=Sentence(
            "In training batch norm uses each batch's mean and variance, in use their running averages: these must "
            "have seen enough batches, and batches like what comes in use."
        ),
        source="Ioffe and Szegedy, 2015; Li, Chen, Hu and Yang, 2019",
        remedies=(remedy,),
        cause=cause,
    )
