"""What no other rule has a name for: a run that does not learn."""

import numpy as np

from engine.diagnosis.finding import Finding
from engine.diagnosis.remedies import BEND, NO_CLIPPING, NO_DROPOUT, NORMALIZE, Remedy
from engine.diagnosis.symptoms import Run
from engine.tables.wording import Sentence

CLIPPED = 0.1  # of a gradient is left by clipping
SILENCED = 0.01  # of a signal's paths are left open by dropout in all layers
SMALL_STEP = 1e-3  # share of its weights that a step moves the liveliest layer by


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
            "Equal odds for every class cost ln(classes), whatever the data; a net that learns is soon below that."
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

    None where it is too early for one: the steps do not yet add up to the size of the weights.
    """
    subject, step = run.subject, run.typical_step
    left = float(run.now("gradient_norm_clipped") / run.now("gradient_norm"))
    if left < CLIPPED and step < SMALL_STEP:
        return Sentence(
            "clipping leaves {left_by_clipping:number} of the gradient", left_by_clipping=left
        ), NO_CLIPPING
    if (1 - subject.dropout) ** run.hidden < SILENCED:
        silent = {"dropout": subject.dropout, "hidden_layers": run.hidden}
        return Sentence(
            "dropout silences {dropout:percent} of each of {hidden_layers} layers", **silent
        ), NO_DROPOUT
    if subject.linear or not run.hidden:
        return Sentence("a linear net draws straight borders only"), BEND
    if step < 1 / run.step:
        return None
    spread = float(np.median(run.spread[run.recent]))
    return Sentence(
        "its outputs for two samples differ by {output_spread:number} only", output_spread=spread
    ), NORMALIZE
