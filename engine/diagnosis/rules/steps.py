"""What is wrong with the steps a run takes: it diverged, its rate is too high or too low, its batch too small."""

import numpy as np

from engine.diagnosis import cures
from engine.diagnosis.finding import Finding
from engine.diagnosis.rules.signal import exploding, exploding_activations
from engine.diagnosis.symptoms import ABSURD_LOSS, FEW_STEPS, Run
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.wording import number, readable


def diverged(run: Run) -> Finding | None:
    """A NaN or an inf: nothing that follows means anything."""
    if not run.broken:
        return None
    layer = run.origin()
    if why := _explosion(run):
        cure, words = cures.level_gradient(run.spec)
    else:
        cure, words = cures.smaller_rate(run.spec, run.first_step)
        why = f"a step moved weights by {number(run.largest_step)} times their size"
    finite = run.history["loss"][run.recent]
    return Finding(
        name="diverged",
        layer=layer,
        step=run.step,
        words=f"diverged at step {run.step}: NaN or infinity in {run.called(layer)}; {why}",
        rule="A run is over at its first NaN or infinity, wherever it comes from.",
        source="IEEE 754; Goodfellow, Bengio and Courville, 2016, ch. 8.2",
        cure=cure,
        cure_words=words,
        evidence={
            "last_finite_loss": float(finite[-1]),
            "first_step": run.first_step,
            "largest_step": run.largest_step,
        },
        cause=why,
    )


def _explosion(run: Run) -> str:
    """How the net exploded before its first update, or "" when it did not."""
    if found := exploding(run) or exploding_activations(run):
        started = run.history["step"][0] == 1 and run.loss[0] > ABSURD_LOSS
        loss = f", and the loss was {number(run.loss[0])} before the first update" if started else ""
        return f"{found.words} from the start{loss}"
    return ""


def batch_too_small(run: Run) -> Finding | None:
    """The variance of a batch of B is off by sqrt(2 / (B - 1)) of itself; for B = 2 its gradient is exactly 0."""
    size, spec = run.spec.batch_size, run.spec
    normalized = spec.batch_norm != "none" or spec.batch_norm_input or spec.batch_norm_output
    if not normalized or size is None or size < 2 or np.sqrt(2 / (size - 1)) < 0.5:
        return None
    noise = float(np.sqrt(2 / (size - 1)))
    return Finding(
        name="batch too small for batch norm",
        layer=None,
        step=run.step,
        words=f"batch too small for batch norm: the variance of {size} samples is off by {noise:.0%}",
        rule="The statistics of a batch of B samples have a relative error of sqrt(2/(B-1)); it should be below 50 %.",
        source="Ioffe and Szegedy, 2015; Wu and He, 2018; Yang et al., 2019",
        cure={"batch_size": 64},
        cure_words="use batches of 64",
        evidence={"batch_size": size, "variance_error": noise, "gradient_slope": run.slope},
    )


def rate_too_high(run: Run) -> Finding | None:
    """Steps as large as the weights themselves, and a loss that is worse for it."""
    before, now = run.loss
    if run.broken or run.learns or run.largest_step < 0.3 or now < 1.2 * min(before, 3.0):
        return None
    cure, words = cures.smaller_rate(run.spec, run.first_step)
    ratios = run.history["update_ratio"]
    at, layer = np.unravel_index(np.argmax(np.where(np.isfinite(ratios), ratios, 0)), ratios.shape)
    return Finding(
        name="learning rate too high",
        layer=int(layer) + 1,
        step=int(run.history["step"][at]),
        words=f"learning rate too high: a step moved {run.called(layer + 1)} by {number(run.largest_step)} times its "
        f"weights, the loss went from {number(before)} to {number(now)}",
        rule="A step should move weights by about a thousandth of their size; one as large as they are forgets them.",
        source="Karpathy, cs231n: ratio of weights to updates",
        cure=cure,
        cure_words=words,
        evidence={
            "largest_step": run.largest_step,
            "first_step": run.first_step,
            "loss_at_start": before,
            "loss": now,
        },
    )


def rate_too_low(run: Run) -> Finding | None:
    """Steps so small beside the weights that nothing changes."""
    if run.broken or run.learns or run.step < FEW_STEPS or run.typical_step > 5e-5 or run.loss[1] < 1e-2:
        return None
    if run.collapsed:  # which makes any steps small
        return None
    cure, words = cures.larger_rate(run.spec, run.typical_step)
    usual = OPTIMIZERS[run.spec.optimizer].default_lr
    if run.spec.lr >= usual or (run.hidden and run.symmetric_start()):
        return None
    share = readable(run.typical_step, 1)
    return Finding(
        name="learning rate too low",
        layer=None,
        step=run.step,
        words=f"learning rate too low: a step moves no layer by more than {share} of its weights",
        rule="A step should move weights by about a thousandth of their size; at a hundred-thousandth nothing happens.",
        source="Karpathy, cs231n: ratio of weights to updates",
        cure=cure,
        cure_words=words,
        evidence={"typical_step": run.typical_step, "loss_at_start": run.loss[0], "loss": run.loss[1]},
    )
