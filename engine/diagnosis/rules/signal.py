"""What is wrong with how a signal crosses the layers: gradients and activations that vanish, explode or underflow."""

import numpy as np

from engine.diagnosis.finding import Finding
from engine.diagnosis.remedies import LEVEL_GRADIENT, SMOOTH, WIDEN, smaller_rate
from engine.diagnosis.symptoms import ABSURD_LOSS, FAIR_STEPS, LONG_STEPS, Run
from engine.tables.wording import Sentence

SHALLOW = 3  # layers between input and output


def underflow(run: Run) -> Finding | None:
    """A gradient below the smallest normal number of the net's precision, though the layers above have one."""
    smallest, gradient = run.subject.tiny, run.start("gradient_rms")
    lost = np.array([layer - 1 for layer in run.subject.crossed if gradient[layer - 1] < smallest])
    blocked = run.start("dead").max() >= 1 or run.start("saturated").max() > 0.9 or run.subject.symmetric
    if run.fine or blocked or not len(lost) or gradient[-1] < smallest:
        return None
    layer = int(lost[-1]) + 1
    return Finding(
        name="underflow",
        layer=layer,
        step=int(run.history["step"][0]),
        says=Sentence(
            "underflow: below {layer:layer} the gradient is smaller than any {dtype} number",
            layer=run.called(layer + 1),
            dtype=run.subject.dtype,
        ),
        because=Sentence(
            "Gradients below {smallest_normal:rough} lose their digits and then become 0; no rate makes up for that.",
            smallest_normal=smallest,
        ),
        source="IEEE 754; Micikevicius et al., 2018",
        remedies=(LEVEL_GRADIENT,),
        evidence={"gradient_rms": float(gradient[layer - 1]), "gradient_rms_of_last": float(gradient[-1])},
    )


def saturated(run: Run) -> Finding | None:
    """Most outputs of a layer began where the activation is flat: the weights are too large. Above one such layer the
    others may learn from its signs: of one, or of less than half of them, it is said where a fair time has shown it;
    of few layers in all, through which the last ones learn, after long."""
    crossed = [layer - 1 for layer in run.subject.crossed]  # a path beside a flat layer passes it by
    share, now = run.start("saturated"), run.now("saturated")
    flat = crossed and run.subject.two_sided and not run.subject.symmetric
    if run.fine or not run.seen_some or not flat or share[crossed].max() < 0.5 or now[crossed].max() < 0.5:
        return None
    few = np.median(now) < 0.5 or np.sum(now[crossed] >= 0.5) < 2
    if (few and run.age < FAIR_STEPS) or (len(crossed) <= SHALLOW and run.age < LONG_STEPS):
        return None
    layer = crossed[int(share[crossed].argmax())] + 1
    return Finding(
        name="saturated",
        layer=layer,
        step=int(run.history["step"][0]),
        says=Sentence(
            "saturated: {saturated_at_start:percent} of {layer:layer}'s outputs started where {activation} is flat",
            saturated_at_start=float(share.max()),
            layer=run.called(layer),
            activation=run.subject.activation,
        ),
        because=Sentence(
            "Where most outputs are flat (slope below 6% of its largest) most of the gradient is blocked."
        ),
        source="Glorot and Bengio, 2010; Karpathy, 2022",
        remedies=(LEVEL_GRADIENT,),
        evidence={
            "saturated_now": float(now[layer - 1]),
            "preactivation_rms": float(np.sqrt(run.start("preactivation_ms")[layer - 1])),
        },
    )


def exploding(run: Run) -> Finding | None:
    """The gradient grew on its way back from the last hidden layer to the first, before any training. What grew less
    than a hundredfold many a net lives with; with batch norm, which undoes the size of what a step does to its
    weights, less than a thousandfold; with an optimizer that rescales, as Adam does, all of it: of that it is said
    where it has not learned in a fair time."""
    if run.fine or not run.slope >= run.steep or run.subject.symmetric or _is_borne(run):
        return None
    return _slope_finding(
        run,
        "exploding",
        Sentence("exploding: {first:layer} gets {gradient_ratio:number} times {last:layer}'s gradient"),
    )


def _is_borne(run: Run) -> bool:
    """Whether it is early to call a gradient that grew exploding."""
    bearable, patience = (3.0, LONG_STEPS) if run.subject.normalized else (2.8, FAIR_STEPS)
    if run.levels:
        bearable, patience = np.inf, LONG_STEPS
    return bool(run.slope < bearable and not (run.broken or run.age >= patience))


def _is_leveled(run: Run) -> bool:
    """Whether the gradient grew and the optimizer levels it: what else so large a start brings has its time too."""
    return run.slope >= run.steep and run.levels and _is_borne(run)


def exploding_activations(run: Run) -> Finding | None:
    """The activations grew thousandfold over the layers, before any training and still: found in a net that learns
    all the same, held up by clipping or tiny steps."""
    start, now = run.growth
    if min(start, now) < 3 or run.broken or exploding(run) or not run.absurd:
        return None
    if _is_leveled(run):
        return None
    return Finding(
        name="exploding activations",
        layer=run.hidden,
        step=int(run.history["step"][0]),
        says=Sentence(
            "exploding activations: {last:layer} puts out {growth:number} times what {first:layer} does",
            first=run.called(1),
            last=run.called(run.hidden),
            growth=10**start,
        ),
        because=Sentence(
            "From layer to layer activations should keep their size; a thousandfold over the layers makes outputs so "
            "large that the loss means nothing, even where the answers are right."
        ),
        source="Glorot and Bengio, 2010; He et al., 2015",
        remedies=(LEVEL_GRADIENT,),
        evidence={
            "decades_of_growth_at_start": start,
            "decades_of_growth_now": now,
            "loss_at_start": run.loss[0],
        },
    )


def no_gradient(run: Run) -> Finding | None:
    """The whole gradient is exactly 0 on most batches: the softmax is so sure of its answers that no error is left."""
    if run.broken or run.now("gradient_norm") > 0 or run.subject.symmetric or _is_leveled(run):
        return None
    return Finding(
        name="no gradient",
        step=run.step,
        says=Sentence(
            "no gradient: on most batches it is exactly 0 in every layer, nothing learns from them"
        ),
        because=Sentence(
            "Where outputs lie more than 100 apart the softmax rounds to 1 and 0: a batch that is answered right has "
            "no gradient at all, whatever the loss on other data."
        ),
        source="IEEE 754; Goodfellow, Bengio and Courville, 2016, ch. 6.2.2",
        remedies=(LEVEL_GRADIENT if run.loss[0] > ABSURD_LOSS else smaller_rate(run.first_step),),
        evidence={"gradient_norm": 0.0, "loss_at_start": run.loss[0], "loss": run.loss[1]},
    )


def vanishing(run: Run) -> Finding | None:
    """The gradient shrank on its way back from the last hidden layer to the first, before any training."""
    if run.fine or run.subject.symmetric or run.shrinks or not run.slope <= -run.steep:
        return None
    if not (run.slope <= -3 or (run.stuck and run.waited)) or run.first_layer_moves:
        return None
    if run.rescales and not run.waited:
        return None
    says = Sentence("vanishing: {first:layer} gets {gradient_ratio:number} of {last:layer}'s gradient")
    return _slope_finding(run, "vanishing", says)


def _slope_finding(run: Run, name: str, template: Sentence) -> Finding:
    signal, (first, last) = run.start("signal_var"), run.ends
    return Finding(
        name=name,
        layer=first,
        step=int(run.history["step"][0]),
        says=Sentence(template, first=run.called(first), last=run.called(last), gradient_ratio=10**run.slope),
        because=Sentence(
            "From layer to layer the gradient should keep its size; here it is multiplied "
            "by {gradient_ratio_of_a_layer:number} a layer, by {gradient_ratio:number} in all.",
            gradient_ratio_of_a_layer=10 ** (run.slope / run.subject.strides(first, last)),
            gradient_ratio=10**run.slope,
        ),
        source="Hochreiter, 1991; Glorot and Bengio, 2010; Schoenholz et al., 2017",
        remedies=(WIDEN, SMOOTH) if run.subject.narrow else (LEVEL_GRADIENT,),
        evidence={
            "gradient_rms_of_first": float(run.start("gradient_rms")[first - 1]),
            "gradient_rms_of_last": float(run.start("gradient_rms")[last - 1]),
            "decades": run.slope,
            "decades_now": run.slope_now,
            "signal_var_last_over_first": float(signal[-1] / signal[0]) if signal[0] > 0 else 0.0,
            "loss": run.loss[1],
        },
    )


def collapsed(run: Run) -> Finding | None:
    """The output became the same for all samples, though it was not at the start."""
    if not (run.collapsed and run.fallen) or run.subject.symmetric or run.shrinks:
        return None
    frame, spread = run.fallen
    step = int(run.history["step"][frame])
    return Finding(
        name="collapsed",
        step=step,
        says=Sentence(
            "collapsed: by step {step} all samples get the same answer, outputs differ by {output_spread:number} "
            "({output_spread_at_start:number} at the start)",
            step=step,
            output_spread=spread,
            output_spread_at_start=float(run.spread[0]),
        ),
        because=Sentence(
            "Steps too large for so deep a net make its output the same for every sample; then no gradient tells the "
            "samples apart, and the loss is that of guessing, {loss_of_guessing:loss}.",
            loss_of_guessing=run.guessing,
        ),
        source="Schoenholz et al., 2017; Lu et al., 2019",
        remedies=(smaller_rate(run.first_step, most=0.2),),
        evidence={
            "loss": run.loss[1],
            "largest_step": run.largest_step,
            "dead_at_start": float(run.start("dead").mean()),
            "dead": float(run.now("dead").mean()),
        },
    )


def vanished(run: Run) -> Finding | None:
    """As `vanishing`, but it came with training, and not with a collapse."""
    if run.fine or run.collapsed or run.shrinks or not run.stuck or run.subject.symmetric:
        return None
    if run.slope_now > -3 or run.slope <= -3 or run.first_layer_moves:
        return None
    if run.rescales and not run.waited:
        return None
    first, last = run.ends
    return Finding(
        name="vanishing",
        layer=first,
        step=run.step,
        says=Sentence(
            "vanishing: by now {first:layer} gets {gradient_ratio_now:number} of {last:layer}'s gradient",
            first=run.called(first),
            last=run.called(last),
            gradient_ratio_now=10**run.slope_now,
        ),
        because=Sentence("From layer to layer the gradient should keep its size, through training too."),
        source="Hochreiter, 1991; Pascanu, Mikolov and Bengio, 2013",
        remedies=(smaller_rate(run.first_step) if run.largest_step >= 0.3 else LEVEL_GRADIENT,),
        evidence={"decades": run.slope, "decades_now": run.slope_now, "loss": run.loss[1]},
    )
