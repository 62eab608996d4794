"""What is wrong with the steps that a watched net takes."""

import numpy as np

from engine.diagnosis.finding import Finding
from engine.diagnosis.rules.own_naming import called, named
from engine.diagnosis.rules.own_weights import CREEP
from engine.diagnosis.watched import FEW_STEPS, Watched
from engine.tables.wording import Sentence, readable

MOVING = 1e-4  # share of its weights that a step moves a layer by that learns
FORGETS = 0.1  # share of its weights that steps move the median layer by, again and again
CLIPPED = 1e-2
DEAD = 0.9  # of a layer's units


def rate_too_high(net: Watched) -> Finding | None:
    """Steps that move weights by much of their size, again and again, and a loss that is no better for it."""
    loss, step, started = net.history["loss"], net.typical_step, net.start("weight_var") > 0
    first = float(np.nanmax(net.history["update_ratio"][:, started], initial=0.0))
    told = bool(np.isfinite(net.loss[1]))
    risen = told and net.loss[1] > 2 * float(np.nanmin(loss) + 1e-3)
    worse = not told or risen or net.loss[1] > 0.9 * net.loss[0]
    died = bool(((net.now("dead") > DEAD) & (net.start("dead") < 0.5)).any()) and first > FORGETS
    if net.step < 5 or net.learns or not ((step > FORGETS and worse) or (told and (first > 1 or died))):
        return None
    layer = int(np.nanargmax(np.where(np.isfinite(net.moved), net.moved, -1.0)))
    says = (
        "learning rate too high: a step moves the layers by {typical_step:percent} of their weights now, and "
        "one moved a layer by {largest_step:percent}; {path} moves most"
    )
    if not step > FORGETS:
        says = "learning rate too high: one step moved a layer by {largest_step:number} times its weights"
    return named(
        net,
        "learning rate too high",
        layer,
        Sentence(says, typical_step=step, largest_step=first, path=called(net, layer)),
        Sentence("A step should move weights by about a thousandth of their size."),
        "Karpathy, cs231n: ratio of weights to updates",
        Sentence("Take a smaller learning rate, and start again."),
        _times(0.01 / max(first, 0.1) if not step > FORGETS else 0.003 / step),
    )


def clipped_away(net: Watched) -> Finding | None:
    """Clipping that leaves next to nothing of the gradient, and steps that are small for it."""
    whole, kept = net.now("gradient_norm"), net.now("gradient_norm_clipped")
    left = float(kept / whole) if whole > 0 else 1.0
    if net.step < FEW_STEPS or net.learns or not left < CLIPPED or not net.typical_step < MOVING:
        return None
    says = "clipped away: clipping leaves {left_by_clipping:number} of the gradient"
    return named(
        net,
        "clipped away",
        None,
        Sentence(says, left_by_clipping=left),
        Sentence(
            "Clipping is for rare large gradients; one that always cuts is a smaller rate by another name."
        ),
        "Pascanu, Mikolov and Bengio, 2013",
        Sentence("Clip at a larger norm."),
        f"torch.nn.utils.clip_grad_norm_(model.parameters(), {2 * float(whole):.2g})  # for your own call",
    )


def rate_too_low(net: Watched) -> Finding | None:
    """Steps so small that no layer changes."""
    steps = net.moved[np.isfinite(net.moved)]
    if net.step < FEW_STEPS or net.learns or not len(steps) or not 0 < steps.max() < CREEP:
        return None
    if np.isfinite(net.loss[1]) and net.loss[1] < 1e-2:
        return None
    step = float(steps.max())
    says = "learning rate too low: a step moves no layer by more than {typical_step:rough} of its weights"
    return named(
        net,
        "learning rate too low",
        None,
        Sentence(says, typical_step=step),
        Sentence("A step should move weights by about a thousandth of their size."),
        "Karpathy, cs231n: ratio of weights to updates",
        Sentence("Take a larger learning rate."),
        _times(1e-3 / step),
    )


def _times(factor: float) -> str:
    return f'for group in optimizer.param_groups: group["lr"] *= {readable(factor, 1)}'
