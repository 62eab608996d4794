"""What is wrong with how a signal crosses the layers: gradients and activations that vanish, explode or underflow."""

import numpy as np
import torch

from engine.diagnosis import cures
from engine.diagnosis.finding import Finding
from engine.diagnosis.symptoms import ABSURD_LOSS, Run
from engine.tables.wording import number, readable


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


def collapsed(run: Run) -> Finding | None:
    """The output became the same for all samples, though it was not at the start."""
    if not run.collapsed or run.symmetric_start():
        return None
    frame, spread = run.fallen
    start, step = float(run.spread[0]), int(run.history["step"][frame])
    cure, words = cures.smaller_rate(run.spec, run.first_step, most=0.2)
    return Finding(
        name="collapsed",
        layer=None,
        step=step,
        words=f"collapsed: by step {step} all samples get the same answer, outputs differ by {number(spread)} "
        f"({number(start)} at the start)",
        rule="Steps too large for so deep a net make its output the same for every sample; then no gradient tells the "
        f"samples apart, and the loss is that of guessing, {run.guessing:.2f}.",
        source="Schoenholz et al., 2017; Lu et al., 2019",
        cure=cure,
        cure_words=words,
        evidence={
            "output_spread_at_start": start,
            "output_spread": spread,
            "loss": run.loss[1],
            "loss_of_guessing": run.guessing,
            "largest_step": run.largest_step,
            "dead_at_start": float(run.start("dead").mean()),
            "dead": float(run.now("dead").mean()),
        },
    )


def vanished(run: Run) -> Finding | None:
    """As `vanishing`, but it came with training, and not with a collapse."""
    if run.collapsed or not run.stuck or run.slope_now > -3 or run.slope <= -3 or run.symmetric_start():
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
