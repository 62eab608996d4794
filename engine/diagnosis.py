"""What is wrong with a run, with evidence and a cure, from what it measured.

Every rule is relative: a layer to another layer, now to the start, a step to the weights it moves, a batch to the
noise of its statistics. A net that learns is left alone, unless what is wrong will show later.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch

from engine import cures
from engine.cures import Cure
from engine.history import History
from engine.optimizers import OPTIMIZERS
from engine.registry import readable
from engine.spec import RunSpec
from engine.symptoms import FEW_STEPS, Run, number

ABSURD_LOSS = 100.0  # nats, at the start: guessing costs ln(classes), 2.3 for ten


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    layer: 1 is the first, the output layer the last, None for the whole net. step: where it was seen. evidence: the
    numbers behind it, by name. rule, source: why that is a disease. cure: fields of a RunSpec; cure_words: the same
    for a button. cause: in words, what led to it, where the history shows that.
    """

    name: str
    layer: int | None
    step: int
    words: str
    rule: str
    source: str
    cure: Cure
    cure_words: str
    evidence: dict[str, float | int] = field(default_factory=dict)
    cause: str = ""

    def __post_init__(self):
        """Only numbers are evidence: what is infinite or missing is said in words."""
        object.__setattr__(self, "evidence", {k: v for k, v in self.evidence.items() if np.isfinite(v)})


def diagnose(history: History, spec: RunSpec) -> list[Finding]:
    """What is wrong with a run, worst first; an empty list for a healthy one or one that has measured nothing."""
    if not len(history):
        return []
    run, rules = Run(history, spec), RULES if len(spec.hidden) else (diverged, rate_too_low)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        return [found for rule in rules if (found := rule(run))]


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


def symmetric_units(run: Run) -> Finding | None:
    """Equal weights: the units of a layer compute the same, and get the same gradient for ever."""
    if not run.symmetric_start() or run.learns:
        return None
    cure, words = cures.level_gradient(run.spec)
    return Finding(
        name="symmetric units",
        layer=1,
        step=int(run.history["step"][0]),
        words="symmetric units: all units of a layer started with the same weights and stay the same",
        rule="Units with equal weights get equal gradients; only a random start lets them become different.",
        source="Goodfellow, Bengio and Courville, 2016, ch. 8.4",
        cure=cure,
        cure_words=words,
        evidence={"weight_var_at_start": float(run.start("weight_var")[0]), "loss": run.loss[1]},
    )


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


def underflow(run: Run) -> Finding | None:
    """A gradient below the smallest normal number of the net's precision, though the layers above have one."""
    smallest = torch.finfo(getattr(torch, run.spec.dtype)).tiny
    gradient = run.start("gradient_rms")
    lost = np.flatnonzero(gradient < smallest)
    blocked = run.start("dead").max() >= 1 or run.start("saturated").max() > 0.9 or run.symmetric_start()
    if run.learns or blocked or not len(lost) or gradient[-1] < smallest:
        return None
    layer = int(lost[-1]) + 1
    cure, words = cures.level_gradient(run.spec)
    return Finding(
        name="underflow",
        layer=layer,
        step=int(run.history["step"][0]),
        words=f"underflow: below {run.called(layer + 1)} the gradient is smaller than any {run.spec.dtype} number",
        rule=f"Gradients below {readable(smallest, 1)} lose their digits and then become 0; no rate makes up for that.",
        source="IEEE 754; Micikevicius et al., 2018",
        cure=cure,
        cure_words=words,
        evidence={
            "gradient_rms": float(gradient[layer - 1]),
            "gradient_rms_of_last": float(gradient[-1]),
            "smallest_normal": float(smallest),
        },
    )


def saturated(run: Run) -> Finding | None:
    """Most outputs of a layer began where the activation is flat: the weights are too large."""
    share = run.start("saturated")
    if not run.two_sided or share.max() < 0.5 or run.now("saturated").max() < 0.5 or run.symmetric_start():
        return None
    layer = int(share.argmax()) + 1
    cure, words = cures.level_gradient(run.spec)
    return Finding(
        name="saturated",
        layer=layer,
        step=int(run.history["step"][0]),
        words=f"saturated: {share.max():.0%} of layer {layer}'s outputs started where {run.spec.activation} is flat",
        rule="Where most outputs are flat (slope below 6 % of its largest) most of the gradient is blocked.",
        source="Glorot and Bengio, 2010; Karpathy, 2022",
        cure=cure,
        cure_words=words,
        evidence={
            "saturated_at_start": float(share.max()),
            "saturated_now": float(run.now("saturated")[layer - 1]),
            "preactivation_rms": float(np.sqrt(run.start("preactivation_ms")[layer - 1])),
        },
    )


def exploding(run: Run) -> Finding | None:
    """The gradient grew on its way back from the last hidden layer to the first, before any training."""
    if run.learns or not run.slope >= run.steep or run.symmetric_start():
        return None
    return _slope_finding(
        run, "exploding", f"layer 1 gets {number(10**run.slope)} times layer {run.hidden}'s gradient"
    )


def exploding_activations(run: Run) -> Finding | None:
    """The activations grew thousandfold over the layers, before any training and still: found in a net that learns
    all the same, held up by clipping or tiny steps."""
    start, now = run.growth
    if min(start, now) < 3 or exploding(run):
        return None
    cure, words = cures.level_gradient(run.spec)
    return Finding(
        name="exploding activations",
        layer=run.hidden,
        step=int(run.history["step"][0]),
        words=f"exploding activations: layer {run.hidden} puts out {number(10**start)} times what layer 1 does",
        rule="From layer to layer activations should keep their size; a thousandfold over the layers makes outputs so "
        "large that the loss means nothing, even where the answers are right.",
        source="Glorot and Bengio, 2010; He et al., 2015",
        cure=cure,
        cure_words=words,
        evidence={"decades_at_start": start, "decades_now": now, "loss_at_start": run.loss[0]},
    )


def no_gradient(run: Run) -> Finding | None:
    """The whole gradient is exactly 0 on most batches: the softmax is so sure of its answers that no error is left."""
    if run.broken or run.now("gradient_norm") > 0 or run.symmetric_start():
        return None
    if run.loss[0] > ABSURD_LOSS:
        cure, words = cures.level_gradient(run.spec)
    else:
        cure, words = cures.smaller_rate(run.spec, run.first_step)
    return Finding(
        name="no gradient",
        layer=None,
        step=run.step,
        words="no gradient: on most batches it is exactly 0 in every layer, nothing learns from them",
        rule="Where outputs lie more than 100 apart the softmax rounds to 1 and 0: a batch that is answered right has "
        "no gradient at all, whatever the loss on other data.",
        source="IEEE 754; Goodfellow, Bengio and Courville, 2016, ch. 6.2.2",
        cure=cure,
        cure_words=words,
        evidence={"gradient_norm": 0.0, "loss_at_start": run.loss[0], "loss": run.loss[1]},
    )


def vanishing(run: Run) -> Finding | None:
    """The gradient shrank on its way back from the last hidden layer to the first, before any training."""
    at_once = run.slope <= -3
    if run.learns or not run.slope <= -run.steep or not (at_once or run.stuck) or run.symmetric_start():
        return None
    return _slope_finding(
        run, "vanishing", f"layer 1 gets {number(10**run.slope)} of layer {run.hidden}'s gradient"
    )


def _slope_finding(run: Run, name: str, words: str) -> Finding:
    cure, cure_words = cures.level_gradient(run.spec)
    expected = cures.flow(run.spec)
    signal = run.start("signal_var")
    return Finding(
        name=name,
        layer=1,
        step=int(run.history["step"][0]),
        words=f"{name}: {words}",
        rule="From layer to layer the gradient should keep its size; here it is multiplied "
        f"by {number(10 ** (run.slope / max(run.hidden - 1, 1)))} a layer, by {number(10**run.slope)} in all.",
        source="Hochreiter, 1991; Glorot and Bengio, 2010; Schoenholz et al., 2017",
        cure=cure,
        cure_words=cure_words,
        evidence={
            "gradient_rms_of_first": float(run.start("gradient_rms")[0]),
            "gradient_rms_of_last": float(run.start("gradient_rms")[-1]),
            "decades": run.slope,
            "decades_now": run.slope_now,
            "decades_by_theory": expected,
            "signal_var_last_over_first": float(signal[-1] / signal[0]) if signal[0] > 0 else 0.0,
            "loss": run.loss[1],
        },
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


def dying_units(run: Run) -> Finding | None:
    """Units that answered at the start answer to nothing now (or a whole layer never did)."""
    size = run.spec.batch_size or 1024
    start, now = run.start("dead"), run.now("dead")
    zeros = run.now("saturated")
    alive = np.where(now < 1, (zeros - now) / np.maximum(1 - now, 1e-12), 0.0)
    killed = now - start - np.clip(alive, 0, 1) ** size
    blocked = start.max() >= 1 and not run.symmetric_start()
    if (
        run.two_sided
        or size < 16
        or not (blocked or killed.mean() > 0.25 or (killed.max() > 0.7 and run.stuck))
    ):
        return None
    layer = int(now.argmax()) + 1
    if blocked or run.largest_step < 0.03:
        cure: Cure = {"activation": "leaky_relu", "activation_options": {}}
        words = "use leaky ReLU"
    else:
        cure, words = cures.smaller_rate(run.spec, run.first_step)
    return Finding(
        name="dying units",
        layer=layer,
        step=run.step,
        words=f"dying units: {now.mean():.0%} of the units answer to no sample ({start.mean():.0%} at the start), "
        f"{now.max():.0%} in layer {layer}",
        rule="A unit that is flat for every sample gets no gradient and cannot come back; large steps put it there.",
        source="Maas, Hannun and Ng, 2013; Lu et al., 2019",
        cure=cure,
        cure_words=words,
        evidence={
            "dead": float(now.mean()),
            "dead_at_start": float(start.mean()),
            "dead_in_layer": float(now.max()),
            "largest_step": run.largest_step,
        },
    )


def vanished(run: Run) -> Finding | None:
    """As `vanishing`, but it came with training."""
    if not run.stuck or run.slope_now > -3 or run.slope <= -3 or run.symmetric_start():
        return None
    if run.largest_step >= 0.3:
        cure, words = cures.smaller_rate(run.spec, run.first_step)
    else:
        cure, words = cures.level_gradient(run.spec)
    return Finding(
        name="vanishing",
        layer=1,
        step=run.step,
        words=f"vanishing: by now layer 1 gets {number(10**run.slope_now)} of layer {run.hidden}'s gradient",
        rule="From layer to layer the gradient should keep its size, through training too.",
        source="Hochreiter, 1991; Pascanu, Mikolov and Bengio, 2013",
        cure=cure,
        cure_words=words,
        evidence={"decades": run.slope, "decades_now": run.slope_now, "loss": run.loss[1]},
    )


def rate_too_low(run: Run) -> Finding | None:
    """Steps so small beside the weights that nothing changes."""
    if run.broken or run.learns or run.step < FEW_STEPS or run.typical_step > 5e-5 or run.loss[1] < 1e-2:
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


RULES: tuple[Callable[[Run], Finding | None], ...] = (
    diverged,
    symmetric_units,
    batch_too_small,
    underflow,
    saturated,
    exploding,
    exploding_activations,
    no_gradient,
    vanishing,
    rate_too_high,
    dying_units,
    vanished,
    rate_too_low,
)
"""Worst first: what makes all that follows meaningless, then causes before their effects."""
