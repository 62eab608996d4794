"""What no other rule has a name for: a run that does not learn."""

import numpy as np

from engine.diagnosis.finding import Finding
from engine.diagnosis.remedies import BEND, NO_CLIPPING, NO_DROPOUT, NORMALIZE, USUAL_RATE, WIDEN, Remedy
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
    """For long the loss has fallen no more, though it is far from what a net can reach."""
    if not run.stands_still or not (why := _limit(run)):
        return None
    cause, remedies = why
    before = float(np.median(run.history["loss"][run.about(0.5)]))
    return Finding(
        name="stands still",
        step=run.step,
        says=Sentence(
            "stands still: halfway the loss was {loss_halfway:loss}, now it is {loss:loss}; {cause}",
            loss_halfway=before,
            loss=run.loss[1],
            cause=cause,
        ),
        because=Sentence(
            "A loss that no longer falls while many answers are wrong has reached what this net can do: it needs other "
            "borders, more units or longer steps."
        ),
        source="Karpathy, A Recipe for Training Neural Networks, 2019; Goodfellow, Bengio and Courville, 2016, ch. 11",
        remedies=remedies,
        evidence={"accuracy": run.accuracy[1], "typical_step": run.typical_step},
        cause=cause,
    )


SMALL = 32  # units in the widest layer, below which a net may be too small


def _limit(run: Run) -> tuple[Sentence, tuple[Remedy, ...]] | None:
    """What may keep it from more, and what helps."""
    subject = run.subject
    if subject.linear or not run.hidden:
        return Sentence("a linear net draws straight borders only"), (BEND,)
    usual, rate = subject.usual_rate, subject.rate
    if usual and rate and rate < usual / 3:
        return Sentence("the rate is {times:number} of the usual one", times=rate / usual), (USUAL_RATE,)
    if max(subject.widths) < SMALL:
        return Sentence("it has {units} units a layer at most", units=max(subject.widths)), (WIDEN, NORMALIZE)
    return None


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
