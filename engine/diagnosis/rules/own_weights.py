"""What is wrong with a watched net's weights: they are not reached, not trained, not moved, or all alike."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from engine.diagnosis.finding import Finding, advised
from engine.diagnosis.subject import OUTSIDE
from engine.diagnosis.watched import FEW_STEPS, Watched
from engine.measure.paths import code_of, weight_of
from engine.tables.wording import Sentence

CREEP = 5e-5  # share of its weights that a step moves a layer by that stands
WHOLE = 1.0  # times its weights
SLOWER = 'for group in optimizer.param_groups: group["lr"] *= 0.01'
SMALLEST_SAMPLE = 4  # samples up to which batch norm leaves no gradient to rely on


def named(
    net: Watched,
    name: str,
    layer: int | None,
    says: Sentence,
    because: Sentence,
    source: str,
    what: Sentence,
    code: str,
) -> Finding:
    """A finding about a layer of a watched net, counted from 0; what to do, and the line of code for it."""
    return Finding(
        name=name,
        step=net.step,
        layer=None if layer is None else layer + 1,
        says=says,
        because=because,
        source=source,
        advice=advised(what, code),
    )


def draw(net: Watched, layers: Sequence[int], how: str = "kaiming_normal_") -> str:
    """The line that draws the weights of layers anew, each counted from 0."""
    weights = [weight_of(net.paths[layer]) for layer in layers]
    if len(weights) == 1:
        return f"nn.init.{how}({weights[0]})"
    return f"for w in ({', '.join(weights)}): nn.init.{how}(w)"


def diverged(net: Watched) -> Finding | None:
    """A NaN or an inf: the first layer, forward, that had one; else the last, backward."""
    broken = (net.history["nonfinite"] > 0).any(1) | np.isinf(net.history["loss"])
    if not broken[-1]:
        return None
    row = int(broken.argmax())
    forward = np.flatnonzero(
        ~np.isfinite(net.history["preactivation_ms"][row]) & (net.history["nonfinite"][row] > 0)
    )
    layers = forward if len(forward) else np.flatnonzero(net.history["nonfinite"][row] > 0)[::-1]
    layer = int(layers[0]) if len(layers) else net.hidden
    steps = net.history["update_ratio"][:row]
    leapt = bool((steps[np.isfinite(steps)] > WHOLE).any())
    return named(
        net,
        "diverged",
        layer,
        Sentence(
            "diverged at step {step}: NaN or infinity in {path}",
            step=int(net.history["step"][row]),
            path=net.paths[layer],
        ),
        Sentence("A run is over at its first NaN or infinity, wherever it comes from."),
        "IEEE 754; Goodfellow, Bengio and Courville, 2016, ch. 8.2",
        Sentence("Take a smaller learning rate, clip the gradient, and look at what enters this layer."),
        SLOWER if leapt else "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
    )


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
        Sentence("symmetric units: all weights of {path} started equal", path=net.paths[layer]),
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
    zero = (net.start("weight_var") == 0) & (net.start("signal_var") == 0)
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
            path=net.paths[int(layers[0])],
        ),
        Sentence(
            "A layer of zeros puts out the same for every sample and gives nothing back to the layers before it."
        ),
        "Goodfellow, Bengio and Courville, 2016, ch. 8.4",
        Sentence("Draw its weights at random."),
        draw(net, layers.tolist()),
    )


def without_gradient(net: Watched) -> Finding | None:
    """A layer that ran and that no gradient reaches, though its weight is to be trained."""
    dw, grads = net.history["weight_gradient_var"], net.history["gradient_rms"]
    none = ~np.isfinite(dw).any(0) & ~np.isfinite(grads).any(0) & ~(net.history["nonfinite"] > 0).any(0)
    some = np.isfinite(dw).any()
    layers = [k for k in np.flatnonzero(none) if net.subject.weights[k] == "trained"]
    if not layers or not some:
        return None
    layer = int(layers[-1])
    return named(
        net,
        "no gradient",
        layer,
        Sentence(
            "no gradient: {path} runs, and nothing comes back to it ({layers} {layers:layer|layers})",
            path=net.paths[layer],
            layers=len(layers),
        ),
        Sentence(
            "A layer learns through a path from the loss back to it: .detach(), .data, torch.no_grad(), a NumPy round "
            "trip, argmax and rounding each cut it."
        ),
        "PyTorch: Autograd mechanics",
        Sentence("Look at what happens to its output on the way to the loss."),
        f"assert {code_of(net.paths[layer])}.weight.grad is not None",
    )


def all_without_gradient(net: Watched) -> Finding | None:
    """Where gradients come and are zero, all of them, and always were."""
    gradients, steps = net.history["weight_gradient_var"], net.history["update_ratio"]
    known = gradients[np.isfinite(gradients)]
    if net.learns or net.step < FEW_STEPS or not len(known) or known.any() or (steps > 0).any():
        return None
    return named(
        net,
        "no gradient",
        None,
        Sentence("no gradient: that of every weight is 0, and no step has moved one"),
        Sentence("Where each path from the loss back is flat, or ends at weights of zero, nothing learns."),
        "Glorot and Bengio, 2010; Lu et al., 2019",
        Sentence("Draw the weights anew, and use an activation that passes some gradient everywhere."),
        draw(net, range(len(net.paths))),
    )


def not_trained(net: Watched) -> Finding | None:
    """A weight that gets a gradient and is in no optimizer, or stands frozen among others that train."""
    stands, trained = (
        net.subject.weights,
        [k for k, how in enumerate(net.subject.weights) if how == "trained"],
    )
    outside = [k for k, how in enumerate(stands) if how == OUTSIDE]
    frozen = [k for k, how in enumerate(stands) if how == "frozen"]
    if _are_adapted([net.paths[k] for k in frozen], [net.paths[k] for k in trained]):
        frozen = []
    if outside and trained:
        layer, name = outside[0], OUTSIDE
        says = Sentence(
            "not in the optimizer: the weight of {path} gets a gradient that nothing applies "
            "({layers} {layers:layer|layers})",
            path=net.paths[layer],
            layers=len(outside),
        )
        what = Sentence("Give the optimizer all parameters.")
        code = f'optimizer.add_param_group({{"params": {code_of(net.paths[layer])}.parameters()}})'
    elif frozen and trained and len(frozen) < len(trained) and frozen[-1] > trained[0]:
        layer, name = frozen[-1], "frozen"
        says = Sentence("frozen: {path} stands still among layers that train", path=net.paths[layer])
        what = Sentence("Where that is not meant, let it train.")
        code = f"{code_of(net.paths[layer])}.weight.requires_grad_(True)"
    else:
        return None
    because = Sentence("A weight moves only where it asks for a gradient and an optimizer holds it.")
    return named(net, name, layer, says, because, "PyTorch: torch.optim", what, code)


def _are_adapted(frozen: list[str], trained: list[str]) -> bool:
    """Whether each frozen layer has two beside it, in a module of their own, that train in its place: LoRA (Hu et al.,
    2021)."""
    beside = Counter(path.rpartition(".")[0] for path in trained)
    homes = [path.rpartition(".") for path in frozen]
    return len(homes) > 1 and all(
        home and not name.isdigit() and beside[home] >= 2 for home, _, name in homes
    )


def does_not_move(net: Watched) -> Finding | None:
    """A weight with a gradient, held by the optimizer, that no step has moved."""
    if net.rows < 3 or net.step < FEW_STEPS:
        return None
    still = (net.ever("update_ratio") == 0) & (net.now("weight_gradient_var") > 0)
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
            path=net.paths[layer],
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
            "batch too small for batch norm: {path} takes its variance from {samples} values",
            path=path,
            samples=int(samples),
        ),
        Sentence(
            "The variance of B values has a relative error of sqrt(2/(B-1)); for B = 2 its gradient is 0."
        ),
        "Ioffe and Szegedy, 2015; Wu and He, 2018; Yang et al., 2019",
        Sentence("Take larger batches, or a norm that does not look across the batch."),
        f"{code_of(path)} = nn.GroupNorm(1, {code_of(path)}.num_features)",
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
    symmetric_units,
    zero_weights,
    without_gradient,
    not_trained,
    batch_too_small,
    decay_too_strong,
)
