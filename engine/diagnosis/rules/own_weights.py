"""What is wrong with a watched net's weights: they are not reached, not trained, not moved, or all alike."""

from collections.abc import Callable

import numpy as np

from engine.diagnosis.finding import Finding, advised
from engine.diagnosis.rules.own_draws import draw
from engine.diagnosis.rules.own_frozen import frozen
from engine.diagnosis.rules.own_losses import AGAIN, diverged_between, diverged_since, first_broken
from engine.diagnosis.rules.own_naming import called, in_place_of, named
from engine.diagnosis.rules.own_reach import cut_off, of_others, outside, without_gradient
from engine.diagnosis.watched import FEW_STEPS, Watched
from engine.measure.paths import code_of
from engine.tables.wording import Sentence

CREEP = 5e-5  # share of its weights that a step moves a layer by that stands
WHOLE = 1.0  # times its weights
SLOWER = 'for group in optimizer.param_groups: group["lr"] *= 0.01'
SMALLEST_SAMPLE = 4  # samples up to which batch norm leaves no gradient to rely on


def diverged(net: Watched) -> Finding | None:
    """A NaN or an inf: the first layer, forward, that had one; else the last, backward."""
    broken = (net.history["nonfinite"] > 0).any(1) | np.isinf(net.history["loss"])
    if not broken[-1]:
        return diverged_since(net)
    row = int(broken.argmax())
    step = int(net.history["step"][row])
    steps = net.history["update_ratio"][:row]
    leapt = bool((steps[np.isfinite(steps)] > WHOLE).any())
    if (at := first_broken(net, step)) is not None:
        found = diverged_between(net, at)
        return found.replace(advice=advised(AGAIN, SLOWER)) if leapt else found
    forward = np.flatnonzero(
        ~np.isfinite(net.history["preactivation_ms"][row]) & (net.history["nonfinite"][row] > 0)
    )
    layers = forward if len(forward) else np.flatnonzero(net.history["nonfinite"][row] > 0)[::-1]
    layer = int(layers[0]) if len(layers) else net.hidden
    return named(
        net,
        "diverged",
        layer,
        Sentence(
            "diverged at step {step}: NaN or infinity in {path}",
            step=step,
            path=called(net, layer),
        ),
        Sentence("A run is over at its first NaN or infinity, wherever it comes from."),
        "IEEE 754; Goodfellow, Bengio and Courville, 2016, ch. 8.2",
        Sentence("Take a smaller learning rate, clip the gradient, and look at what enters this layer."),
        SLOWER if leapt else "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
    ).replace(began=step)


def symmetric_units(net: Watched) -> Finding | None:
    """Weights that are all equal and not zero: units that compute the same for ever."""
    alike = (net.start("weight_var") == 0) & (net.start("preactivation_ms") > 0)
    alike &= ~(net.start("signal_var") == 0)
    layers = np.flatnonzero(alike)
    if not len(layers) or net.learns:
        return None
    layer = int(layers[0])
    return named(
        net,
        "symmetric units",
        layer,
        Sentence("symmetric units: all weights of {path} started equal", path=called(net, layer)),
        Sentence(
            "Units with equal weights get equal gradients; only a random start lets them become different."
        ),
        "Goodfellow, Bengio and Courville, 2016, ch. 8.4",
        Sentence("Draw its weights at random."),
        draw(net, layers.tolist()),
    )


def zero_weights(net: Watched) -> Finding | None:
    """Weights that began at zero and stay there, or keep the others from moving: nothing passes them, either way.

    A single layer may begin so, as many heads and the ends of residual blocks do: its first step moves it.
    """
    gates = np.array([".weight_" in path for path in net.paths], bool)
    gates &= ~np.isfinite(net.start("preactivation_ms")) & (net.ever("weight_var") == 0)
    zero = (net.start("weight_var") == 0) & ((net.start("signal_var") == 0) | gates)
    zero &= np.array([how == "trained" for how in net.subject.weights], bool)
    still = zero & ~(net.history["update_ratio"] > 0).any(0)
    waits = net.step >= FEW_STEPS and not net.typical_step >= CREEP
    layers = np.flatnonzero(zero if waits else still)
    if net.learns or net.step < 3 or not len(layers):
        return None
    return named(
        net,
        "symmetric units",
        int(layers[0]),
        Sentence(
            "symmetric units: all weights of {path} started at zero, and nothing passes it",
            path=called(net, int(layers[0])),
        ),
        Sentence(
            "A layer of zeros puts out the same for every sample and gives nothing back to the layers before it."
        ),
        "Goodfellow, Bengio and Courville, 2016, ch. 8.4",
        Sentence("Draw its weights at random."),
        draw(net, layers.tolist()),
    )


def does_not_move(net: Watched) -> Finding | None:
    """A weight with a gradient, held by the optimizer, that no step has moved."""
    if net.rows < 3 or net.step < FEW_STEPS:
        return None
    # what gets next to nothing of the gradient stands for that
    still = (net.ever("update_ratio") == 0) & (net.now("weight_gradient_var") > 0) & ~net.faded
    layers = [k for k in np.flatnonzero(still) if net.subject.weights[k] == "trained"]
    if not layers:
        return None
    layer = int(layers[0])
    half = net.subject.half
    why = (
        Sentence("its rate is 0, or steps are lost in rounding")
        if not half
        else Sentence("in {half} a step below a thousandth of a weight is rounded away", half=half)
    )
    return named(
        net,
        "does not move",
        layer,
        Sentence(
            "does not move: no step has changed {path}, though it has a gradient; {why}",
            path=called(net, layer),
            why=why,
        ),
        Sentence("A step smaller than half the distance to the next number of the weight's type is no step."),
        "IEEE 754; Micikevicius et al., 2018",
        Sentence("Look at the rate of its group, and keep its weights in float32."),
        f"{code_of(net.paths[layer])}.float()  # compute in half precision by torch.autocast",
    )


def batch_too_small(net: Watched) -> Finding | None:
    """Batch norm that sees so few values of a channel that its variance is chance."""
    few = {path: now for path, (_, now) in net.part("norm", "samples").items() if now <= SMALLEST_SAMPLE}
    if not few:
        return None
    path, samples = next(iter(few.items()))
    return named(
        net,
        "batch too small for batch norm",
        None,
        Sentence(
            "batch too small for batch norm: {path} takes its variance from {samples} values "
            "({norms} {norms:such norm|such norms})",
            path=path,
            samples=int(samples),
            norms=len(few),
        ),
        Sentence(
            "The variance of B values has a relative error of sqrt(2/(B-1)); for B = 2 its gradient is 0."
        ),
        "Ioffe and Szegedy, 2015; Wu and He, 2018; Yang et al., 2019",
        Sentence(
            "Take larger batches; or put norms that do not look across the batch in the place of all of these, and "
            "then make the optimizer anew, which holds the weights of the old ones."
        ),
        in_place_of(list(few), "nn.GroupNorm(1, old.num_features).to(next(model.parameters()))"),
    )


def decay_too_strong(net: Watched) -> Finding | None:
    """Weights that all have shrunk to less than half."""
    if net.subject.decay <= 0 or net.step < FEW_STEPS or net.learns:
        return None
    start, now = net.start("weight_var"), net.now("weight_var")
    known = (start > 0) & np.isfinite(now)
    left = float(np.sqrt(np.max(now[known] / start[known]))) if known.any() else 1.0
    if left > 0.5:
        return None
    return named(
        net,
        "weight decay too strong",
        None,
        Sentence(
            "weight decay too strong: every layer's weights have shrunk, to {weights_left:percent} of their size at "
            "most; the decay is {decay:rate}",
            weights_left=left,
            decay=net.subject.decay,
        ),
        Sentence("Where the gradient does not give back what decay takes, weights shrink to nothing."),
        "Krogh and Hertz, 1991; Loshchilov and Hutter, 2019",
        Sentence("Take a much smaller decay."),
        'for group in optimizer.param_groups: group["weight_decay"] = 1e-4',
    )


WEIGHTS: tuple[Callable[[Watched], Finding | None], ...] = (
    diverged,
    of_others,
    cut_off,
    symmetric_units,
    zero_weights,
    without_gradient,
    outside,
    frozen,
    batch_too_small,
    decay_too_strong,
)
