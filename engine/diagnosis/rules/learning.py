"""What no other rule has a name for: a run that does not learn."""

import numpy as np

from engine.diagnosis.finding import Finding
from engine.diagnosis.remedies import (
    BEND,
    NO_CLIPPING,
    NO_DROPOUT,
    NORMALIZE,
    TRUE_LABELS,
    USUAL_RATE,
    WIDEN,
    Remedy,
    larger_batch,
)
from engine.diagnosis.symptoms import Run
from engine.tables.wording import Sentence


def not_learning(run: Run) -> Finding | None:
    """After a fair time the loss is still that of guessing, and nothing moves towards better."""
    if not run.flat or not (why := _cause(run)):
        return None
    cause, remedy = why
    return Finding(
        name="not learning",
        step=run.step,
        says=Sentence(
            "not learning: after {steps} steps the loss is {loss:loss}, guessing costs {loss_of_guessing:loss}; "
            "{cause}",
            steps=run.step,
            loss=run.loss[1],
            loss_of_guessing=run.guessing,
            cause=cause,
        ),
        because=Sentence(
            "The same answer for every sample costs what guessing does, whatever the net; one that learns is soon "
            "below that."
        ),
        source="Karpathy, A Recipe for Training Neural Networks, 2019",
        remedies=(remedy,),
        evidence={
            "accuracy": run.accuracy[1],
            "output_spread": float(np.median(run.spread[run.recent])),
            "typical_step": run.typical_step,
            "largest_step": run.largest_step,
        },
        cause=cause,
    )


def stands_still(run: Run) -> Finding | None:
    """After long, its pace leads nowhere near half of the way from guessing to all answers right."""
    if not run.stands_still:
        return None
    cause, remedies = _limit(run)
    before, now = run.pace.loss(1)[0], run.pace.loss(3)[0]
    told = {"loss_halfway": before, "loss": now, "steps": run.step, "cause": cause}
    if now > 0.98 * before:
        says = Sentence(
            "stands still: after {steps} steps the loss is {loss:loss}, {loss_halfway:loss} before halfway; {cause}",
            **told,
        )
    elif run.subject.classes:
        says = Sentence(
            "learns too slowly: after {steps} steps {accuracy:percent} are right, {accuracy_halfway:percent} before "
            "halfway; {cause}",
            accuracy=run.pace.right(3)[0],
            accuracy_halfway=run.pace.right(1)[0],
            **told,
        )
    else:
        says = Sentence(
            "learns too slowly: after {steps} steps the loss is {loss:loss}, {loss_halfway:loss} before halfway; "
            "{cause}",
            **told,
        )
    return Finding(
        name=SLOW if now <= 0.98 * before else STILL,
        step=run.step,
        says=says,
        because=Sentence(
            "What a net gains in twice the steps it seldom gains again in fewer: at this pace three times as many do "
            "not bring it half of the way from guessing to all answers right."
        ),
        source="Karpathy, A Recipe for Training Neural Networks, 2019; Goodfellow, Bengio and Courville, 2016, ch. 11",
        remedies=remedies,
        evidence={
            "accuracy": run.pace.right(3)[0],
            "outlook": run.pace.outlook(run.guessing),
            "typical_step": run.typical_step,
            "loss_halfway": before,
            "loss": now,
            "steps": run.step,
        },
        cause=cause,
    )


STILL, SLOW = "stands still", "learns too slowly"
SMALL = 32  # units in the narrowest layer, below which a net may be too small
MANY = 0.3  # of the labels are wrong: the rest may still be learned
FEW_SAMPLES = 16  # in a batch, below which its gradient is mostly noise


def _limit(run: Run) -> tuple[Sentence, tuple[Remedy, ...]]:
    """What most likely keeps it from more, and what helps: what weakens its steps first, then what it is made of."""
    subject = run.subject
    usual, rate = subject.usual_rate, subject.rate
    if run.flat_by_clipping:
        left = {"left_by_clipping": run.left_by_clipping}
        return Sentence("clipping leaves {left_by_clipping:number} of the gradient", **left), (NO_CLIPPING,)
    if run.hidden and subject.dropout >= 0.4:
        return Sentence("dropout silences {dropout:percent} of each layer", dropout=subject.dropout), (
            NO_DROPOUT,
        )
    if subject.linear or not run.hidden:
        return Sentence("a linear net draws straight borders only"), (BEND,)
    if usual and rate and not usual / 3 <= rate <= usual * 3:
        return Sentence("the rate is {times:number} times the usual one", times=rate / usual), (USUAL_RATE,)
    if subject.wrong_labels > MANY:
        wrong = {"wrong_labels": subject.wrong_labels}
        return Sentence("{wrong_labels:percent} of the labels are wrong", **wrong), (TRUE_LABELS,)
    few = subject.batch is not None and subject.batch < FEW_SAMPLES
    if few and subject.normalized:  # which is what small batches are worst for
        return Sentence("its batches have {batch} samples", batch=subject.batch), (larger_batch(64),)
    if min(subject.widths) < SMALL:
        return Sentence("it has {units} units in a layer", units=min(subject.widths)), (WIDEN, NORMALIZE)
    if few:
        return Sentence("its batches have {batch} samples", batch=subject.batch), (larger_batch(64),)
    if not subject.normalized:
        return Sentence("nothing normalizes its layers"), (NORMALIZE,)
    return Sentence("nothing else stands out"), (USUAL_RATE, WIDEN)


def _cause(run: Run) -> tuple[Sentence, Remedy] | None:
    """The most likely cause, and its remedy: what holds the run back first, then what the net cannot do.

    None where it is too early for one: where something still grows, a net may leave its plateau by itself.
    """
    subject = run.subject
    if run.flat_by_clipping:
        left = {"left_by_clipping": run.left_by_clipping}
        return Sentence("clipping leaves {left_by_clipping:number} of the gradient", **left), NO_CLIPPING
    if run.silenced:
        silent = {"dropout": subject.dropout, "hidden_layers": run.hidden}
        return Sentence(
            "dropout silences {dropout:percent} of each of {hidden_layers} layers", **silent
        ), NO_DROPOUT
    if subject.linear or not run.hidden:
        return Sentence("a linear net draws straight borders only"), BEND
    if not run.lost and "not learning" not in run.held:
        return None
    spread = {"output_spread": float(np.median(run.spread[run.recent]))}
    said = Sentence("its outputs for two samples differ by {output_spread:number} only", **spread)
    return said, WIDEN if subject.narrow else NORMALIZE
