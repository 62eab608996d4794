"""What is wrong with the steps a run takes: it diverged, its rate is too high or too low, its batch too small."""

import numpy as np

from engine.diagnosis.finding import Finding
from engine.diagnosis.remedies import LEVEL_GRADIENT, larger_batch, larger_rate, smaller_rate
from engine.diagnosis.rules.signal import exploding, exploding_activations
from engine.diagnosis.symptoms import ABSURD_LOSS, FEW_STEPS, Run
from engine.tables.wording import Sentence


def diverged(run: Run) -> Finding | None:
    """A NaN or an inf: nothing that follows means anything."""
    if not run.broken:
        return None
    layer, remedy = run.origin(), LEVEL_GRADIENT
    if not (why := _explosion(run)):
        remedy = smaller_rate(run.first_step)
        why = Sentence(
            "a step moved weights by {largest_step:number} times their size", largest_step=run.largest_step
        )
    return Finding(
        name="diverged",
        layer=layer,
        step=run.step,
        says=Sentence(
            "diverged at step {step}: NaN or infinity in {layer:layer}; {cause}",
            step=run.step,
            layer=run.called(layer),
            cause=why,
        ),
        because=Sentence("A run is over at its first NaN or infinity, wherever it comes from."),
        source="IEEE 754; Goodfellow, Bengio and Courville, 2016, ch. 8.2",
        remedies=(remedy,),
        evidence={
            "last_finite_loss": float(run.history["loss"][run.recent][-1]),
            "first_step": run.first_step,
            "largest_step": run.largest_step,
        },
        cause=why,
    )


def _explosion(run: Run) -> Sentence | None:
    """How the net exploded before its first update, or None when it did not."""
    found = exploding(run) or exploding_activations(run)
    if not found:
        return None
    if run.history["step"][0] == 1 and run.loss[0] > ABSURD_LOSS:
        return Sentence(
            "{explosion} from the start, and the loss was {loss_at_start:number} before the first update",
            explosion=found.says,
            loss_at_start=run.loss[0],
        )
    return Sentence("{explosion} from the start", explosion=found.says)


def batch_too_small(run: Run) -> Finding | None:
    """The variance of a batch of B is off by sqrt(2 / (B - 1)) of itself; for B = 2 its gradient is exactly 0."""
    size = run.subject.batch
    if not run.subject.normalized or size is None or size < 2 or np.sqrt(2 / (size - 1)) < 0.5:
        return None
    return Finding(
        name="batch too small for batch norm",
        step=run.step,
        says=Sentence(
            "batch too small for batch norm: the variance of {batch_size} samples is off by {variance_error:percent}",
            batch_size=size,
            variance_error=float(np.sqrt(2 / (size - 1))),
        ),
        because=Sentence(
            "The statistics of a batch of B samples have a relative error of sqrt(2/(B-1)); it should be below 50 %."
        ),
        source="Ioffe and Szegedy, 2015; Wu and He, 2018; Yang et al., 2019",
        remedies=(larger_batch(64),),
        evidence={"gradient_slope": run.slope},
    )


def rate_too_high(run: Run) -> Finding | None:
    """Steps as large as the weights themselves, and a loss that is worse for it."""
    before, now = run.loss
    if run.broken or run.learns or run.largest_step < 0.3 or now < 1.2 * min(before, 3.0):
        return None
    ratios = run.history["update_ratio"]
    at, layer = np.unravel_index(np.argmax(np.where(np.isfinite(ratios), ratios, 0)), ratios.shape)
    return Finding(
        name="learning rate too high",
        layer=int(layer) + 1,
        step=int(run.history["step"][at]),
        says=Sentence(
            "learning rate too high: a step moved {layer:layer} by {largest_step:number} times its weights, "
            "the loss went from {loss_at_start:number} to {loss:number}",
            layer=run.called(int(layer) + 1),
            largest_step=run.largest_step,
            loss_at_start=before,
            loss=now,
        ),
        because=Sentence(
            "A step should move weights by about a thousandth of their size; one as large as they are forgets them."
        ),
        source="Karpathy, cs231n: ratio of weights to updates",
        remedies=(smaller_rate(run.first_step),),
        evidence={"first_step": run.first_step},
    )


def rate_too_low(run: Run) -> Finding | None:
    """Steps so small beside the weights that nothing changes."""
    if run.broken or run.learns or run.step < FEW_STEPS or run.typical_step > 5e-5 or run.loss[1] < 1e-2:
        return None
    if run.collapsed or run.subject.symmetric:  # which makes any steps small
        return None
    if run.subject.usual_rate and run.subject.rate and run.subject.rate >= run.subject.usual_rate:
        return None
    return Finding(
        name="learning rate too low",
        step=run.step,
        says=Sentence(
            "learning rate too low: a step moves no layer by more than {typical_step:rough} of its weights",
            typical_step=run.typical_step,
        ),
        because=Sentence(
            "A step should move weights by about a thousandth of their size; at a hundred-thousandth nothing happens."
        ),
        source="Karpathy, cs231n: ratio of weights to updates",
        remedies=(larger_rate(run.typical_step),),
        evidence={"loss_at_start": run.loss[0], "loss": run.loss[1]},
    )
