"""What no other rule has a name for: a run that does not learn."""

import numpy as np

from engine.diagnosis import cures
from engine.diagnosis.cures import Cure
from engine.diagnosis.finding import Finding
from engine.diagnosis.symptoms import Run
from engine.tables.wording import number

CLIPPED = 0.1  # of a gradient is left by clipping
SILENCED = 0.01  # of a signal's paths are left open by dropout in all layers
SMALL_STEP = 1e-3  # share of its weights that a step moves the liveliest layer by


def not_learning(run: Run) -> Finding | None:
    """After a fair time the loss is still that of guessing, and nothing moves towards better."""
    if not run.flat or not (why := _cause(run)):
        return None
    cause, cure, words = why
    return Finding(
        name="not learning",
        layer=None,
        step=run.step,
        words=f"not learning: after {run.step} steps the loss is {run.loss[1]:.2f}, guessing costs {run.guessing:.2f}; "
        f"{cause}",
        rule="Equal odds for every class cost ln(classes), whatever the data; a net that learns is soon below that.",
        source="Karpathy, A Recipe for Training Neural Networks, 2019",
        cure=cure,
        cure_words=words,
        evidence={
            "loss": run.loss[1],
            "loss_of_guessing": run.guessing,
            "accuracy": run.accuracy[1],
            "output_spread": float(np.median(run.spread[run.recent])),
            "typical_step": run.typical_step,
            "largest_step": run.largest_step,
        },
        cause=cause,
    )


def _cause(run: Run) -> tuple[str, Cure, str] | None:
    """The most likely cause in words, and its cure: what holds the run back first, then what the net cannot do.

    None where it is too early for one: the steps do not yet add up to the size of the weights.
    """
    spec, step = run.spec, run.typical_step
    left = run.now("gradient_norm_clipped") / run.now("gradient_norm")
    if left < CLIPPED and step < SMALL_STEP:
        return f"clipping leaves {number(left)} of the gradient", {"clip": "none"}, "switch clipping off"
    if (1 - spec.dropout) ** run.hidden < SILENCED:
        why = f"dropout silences {spec.dropout:.0%} of each of {run.hidden} layers"
        return why, {"dropout": 0.0}, "switch dropout off"
    if spec.activation == "linear" or not run.hidden:
        return "a linear net draws straight borders only", *cures.bend(spec)
    if step < 1 / run.step:
        return None
    spread = number(float(np.median(run.spread[run.recent])))
    return f"its outputs for two samples differ by {spread} only", *cures.normalize(spec)
