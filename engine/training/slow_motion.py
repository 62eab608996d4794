"""One step of a run as the moments it is made of: forward, loss, backward, clipping and update, layer by layer."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from engine.measure.frame import Frame
from engine.measure.history import Change
from engine.training.trainer import Trainer

PARTS = ("forward", "loss", "backward", "clip", "update")


@dataclass(frozen=True)
class Act:
    """A moment of a step. part: one of `PARTS`; layer: 1 is the first, None where all of them act at once; numbers: by
    their names, in the order in which they come about, without those that this layer does not have."""

    part: str
    layer: int | None
    numbers: dict[str, float]


def slow_motion(run: Trainer, changes: Iterable[Change] = ()) -> list[Act]:
    """Let this run take its coming step, and tell what happened in it, in the order of events.

    The numbers are the trainer's own, measured as it took the step; a step at which it diverges ends with the backward
    pass where the weights did not move any more. Of each layer's weights the one with the largest gradient is followed.
    changes: those of `History.changes` that a run had which went on from here; what belongs to the coming step is
    made before it.
    """
    for since, _, after in changes:
        if since == run.steps + 1:
            run.change(**after)
    weights = [linear.weight for linear in run.model.linears()]
    before = [weight.detach().clone() for weight in weights]
    frame = run.step()
    return list(_acts(run, frame, before, [weight.detach() for weight in weights]))


def _acts(run: Trainer, frame: Frame, before: list[Tensor], after: list[Tensor]) -> Iterator[Act]:
    layers = range(1, len(before) + 1)
    for layer in layers:
        names = ("preactivation_mean", "preactivation_var", "input_var", "activation_mean", "activation_var")
        yield Act("forward", layer, _measured(frame, layer, *names, "saturated", "dead"))
    yield Act("loss", None, _finite({"loss": frame.loss, "accuracy": frame.accuracy}))
    for layer in reversed(layers):
        yield Act(
            "backward", layer, _measured(frame, layer, "gradient_var", "gradient_rms", "weight_gradient_var")
        )
    if not (math.isfinite(frame.loss) and math.isfinite(frame.gradient_norm)):
        return
    if run.spec.clip != "none":
        norms = {"gradient_norm": frame.gradient_norm, "gradient_norm_clipped": frame.gradient_norm_clipped}
        yield Act("clip", None, norms)
    for layer, (old, new) in enumerate(zip(before, after, strict=True), start=1):
        gradient = run.model.linears()[layer - 1].weight.grad
        assert gradient is not None
        at = np.unravel_index(int(gradient.abs().argmax()), gradient.shape)
        followed = {
            "weight_before": old[at].item(),
            "gradient": gradient[at].item(),
            "weight_after": new[at].item(),
        }
        yield Act("update", layer, {"lr": frame.lr} | followed | _measured(frame, layer, "update_ratio"))


def _measured(frame: Frame, layer: int, *names: str) -> dict[str, float]:
    return _finite({name: float(getattr(frame, name)[layer - 1]) for name in names})


def _finite(numbers: dict[str, float]) -> dict[str, float]:
    """Without what was not measured; what is infinite stays."""
    return {name: value for name, value in numbers.items() if not math.isnan(value)}
