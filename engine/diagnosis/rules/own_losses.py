"""What the losses of a watched net tell, those of steps that were not measured too."""

import numpy as np

from engine.diagnosis.finding import Finding
from engine.diagnosis.rules.own_naming import named
from engine.diagnosis.watched import Watched
from engine.tables.wording import Sentence

ROSE = "loss rose"
TIMES, BACK = 3.0, 1.5  # its lowest; its lowest where it is as high as at its start
FEW = 50  # losses, by which none has risen for good
AGAIN = Sentence(
    "Start again at a smaller learning rate; watched with every=1 each step is measured, and which layer it begins in "
    "is seen."
)
SLOWER = 'for group in optimizer.param_groups: group["lr"] *= 0.1'


def diverged_since(net: Watched) -> Finding | None:
    """A loss that is NaN or infinite, though no layer was where they were measured last."""
    steps, losses = net.losses
    if not len(losses) or np.isfinite(losses[-1]):
        return None
    finite = np.flatnonzero(np.isfinite(losses))
    step = int(steps[finite[-1] + 1 if len(finite) else 0])
    says = (
        "diverged: the loss is NaN or infinity from step {step} on; the layers, measured last at step "
        "{last_measured}, were finite then"
    )
    what, code = (
        AGAIN,
        SLOWER,
    )
    if step <= net.step:
        says = (
            "diverged: the loss is NaN or infinity from step {step} on, and all layers were finite at step "
            "{last_measured}"
        )
        what = Sentence(
            "Look at how the loss is computed: a logarithm of 0, a division by 0, a mean over nothing."
        )
        code = "torch.autograd.set_detect_anomaly(True)"
    found = named(
        net,
        "diverged",
        None,
        Sentence(says, step=step, last_measured=net.step),
        Sentence("A run is over at its first NaN or infinity, wherever it comes from."),
        "IEEE 754; Goodfellow, Bengio and Courville, 2016, ch. 8.2",
        what,
        code,
    )
    return found.replace(step=step, began=step)


def first_broken(net: Watched, measured: int) -> int | None:
    """The step that losses were NaN or infinite from, on to a measured one, where that is an earlier one."""
    steps, losses = net.losses
    before = steps <= measured
    finite = np.flatnonzero(np.isfinite(losses[before]))
    behind = int(finite[-1]) + 1 if len(finite) else 0
    return int(steps[behind]) if behind < before.sum() and steps[behind] < measured else None


def diverged_between(net: Watched, step: int) -> Finding:
    """A loss that was NaN or infinite before a step was measured that is: by then it is everywhere."""
    found = named(
        net,
        "diverged",
        None,
        Sentence(
            "diverged: the loss is NaN or infinity from step {step} on; that step was not measured, and which layer it "
            "began in is not known",
            step=step,
        ),
        Sentence("A run is over at its first NaN or infinity, wherever it comes from."),
        "IEEE 754; Goodfellow, Bengio and Courville, 2016, ch. 8.2",
        AGAIN,
        SLOWER,
    )
    return found.replace(step=step, began=step)


def loss_rose(net: Watched) -> Finding | None:
    """A loss that went back up by half of the way that it had come down, in decades, or all of it, and stays there.

    That of several optimizers, as of a generator and its critic, is no measure of how well they learn.
    """
    steps, losses = (each[np.isfinite(net.losses[1])] for each in net.losses)
    if net.subject.optimizers > 1 or len(losses) < FEW:
        return None
    size = int(np.clip(len(losses) // 10, 10, 50))
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(losses, size), axis=1)
    low, now = int(smooth.argmin()), float(smooth[-1])
    lowest, start = float(smooth[low]), float(smooth[: low + 1].max())
    halfway = now > TIMES * lowest and now > max(np.sqrt(start * lowest), 0.05 * start)
    swings = np.quantile(losses[-size:], 0.1) < np.quantile(losses[low : low + size], 0.9)
    if lowest <= 0 or swings or not (halfway or now > max(BACK * lowest, smooth[0])):
        return None
    at = int(steps[low + size // 2])
    numbers = {"loss": now, "times": now / lowest, "lowest_loss": lowest, "step_of_lowest": at}
    says = (
        "loss rose: it is {loss:loss} now, {times:number} times its lowest ({lowest_loss:loss}, about step "
        "{step_of_lowest})"
    )
    if at > net.step:
        says = (
            "loss rose: it is {loss:loss} now, {times:number} times its lowest ({lowest_loss:loss}, about step "
            "{step_of_lowest}), and no step since then was measured"
        )
    found = named(
        net,
        ROSE,
        None,
        Sentence(says, **numbers),
        Sentence(
            "A loss that falls and rises again for good is that of steps too long for where the net came to."
        ),
        "LeCun, Bottou, Orr and Müller, 1998; Cohen et al., 2021",
        Sentence(
            "Go back to before and take a smaller learning rate; watched with every=1 each step is measured, and which "
            "layer it begins in is seen."
        ),
        SLOWER,
    )
    return found.replace(step=int(steps[-1]), began=int(steps[low + size - 1]))
