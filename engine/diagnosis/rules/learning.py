"""What no other rule has a name for: a run that does not learn."""

import numpy as np

from engine.diagnosis.finding import Finding
from engine.diagnosis.remedies import BEND, NO_CLIPPING, NO_DROPOUT, NORMALIZE, WIDEN, Remedy
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
