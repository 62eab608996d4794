"""What is wrong with a run, with evidence and a cure, from what it measured.

Every rule is relative: a layer to another layer, now to the start, a step to the weights it moves, a batch to the
noise of its statistics. A net that learns is left alone, unless what is wrong will show later.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch

from engine import cures
from engine.activations import ACTIVATIONS
from engine.cures import Cure
from engine.history import History
from engine.initializers import INITIALIZERS
from engine.optimizers import OPTIMIZERS
from engine.spec import RunSpec

FEW_STEPS = 30  # a run younger than this has had no chance to learn


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    layer: 1 is the first, the output layer the last, None for the whole net. step: where it was seen. evidence: the
    numbers behind it, by name. rule, source: why that is a disease. cure: fields of a RunSpec; cure_words: the same
    for a button.
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


def diagnose(history: History, spec: RunSpec) -> list[Finding]:
    """What is wrong with a run, worst first; an empty list for a healthy one or one that has measured nothing."""
    if not len(history) or not len(spec.hidden):
        run = Run(history, spec)
        return [found for rule in (diverged, rate_too_low) if len(history) and (found := rule(run))]
    run = Run(history, spec)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        return [found for rule in RULES if (found := rule(run))]


class Run:
    """What the rules look at: the start of a run, and its last frames that hold numbers."""

    def __init__(self, history: History, spec: RunSpec):
        self.history, self.spec = history, spec
        self.hidden = len(spec.hidden)
        self.rows = len(history)
        self.step = int(history["step"][-1])

    @cached_property
    def broken(self) -> bool:
        """Whether the last frame holds a NaN or an inf."""
        last = (self.history["loss"][-1], self.history["gradient_norm"][-1])
        return not np.isfinite(last).all() or bool((self.history["nonfinite"][-1] > 0).any())

    @cached_property
    def recent(self) -> slice:
        """The last frames, a fifth of the run but no more than 50, without a broken one."""
        end = max(self.rows - self.broken, 1)
        return slice(max(end - max(min(end // 5, 50), 5), 0), end)

    def now(self, column: str) -> np.ndarray:
        """The median of the last frames, [hidden layers], or a number."""
        return np.median(self._hidden(column)[self.recent], axis=0)

    def start(self, column: str) -> np.ndarray:
        """The first frame, [hidden layers], or a number."""
        return self._hidden(column)[0]

    def _hidden(self, column: str) -> np.ndarray:
        values = self.history[column]
        return values[:, : self.hidden] if values.ndim == 2 else values

    @cached_property
    def slope(self) -> float:
        """log10 of the gradient's rms at the start, first hidden layer over last: below 0 it vanishes."""
        return self._slope(self.start("gradient_rms"))

    @cached_property
    def slope_now(self) -> float:
        """The same now."""
        return self._slope(self.now("gradient_rms"))

    @staticmethod
    def _slope(gradient: np.ndarray) -> float:
        return float(np.log10(gradient[0]) - np.log10(gradient[-1])) if gradient[-1] > 0 else 0.0

    @cached_property
    def first_step(self) -> float:
        """The largest share of its weights that the first step moved a layer by."""
        return float(np.nanmax(self.history["update_ratio"][0], initial=0.0))

    @cached_property
    def largest_step(self) -> float:
        """The largest share of its weights that any step moved a layer by."""
        ratios = self.history["update_ratio"]
        return float(np.max(ratios, where=np.isfinite(ratios), initial=0.0))

    @cached_property
    def typical_step(self) -> float:
        """The share of its weights that a step moves the liveliest layer by, now."""
        return float(np.nanmax(np.median(self.history["update_ratio"][self.recent], axis=0)))

    @cached_property
    def loss(self) -> tuple[float, float]:
        """At the start and now."""
        return float(self.history["loss"][0]), float(np.median(self.history["loss"][self.recent]))

    @cached_property
    def accuracy(self) -> tuple[float, float]:
        """At the start and now."""
        first = self.history["accuracy"][: max(self.rows // 20, 1)]
        return float(first.mean()), float(self.history["accuracy"][self.recent].mean())

    @cached_property
    def learns(self) -> bool:
        """Whether loss and accuracy are well on their way from where chance puts them."""
        (loss, now), (accuracy, right) = self.loss, self.accuracy
        return not self.broken and now < 0.7 * min(loss, 3.0) and right > accuracy + 0.25 * (1 - accuracy)

    @cached_property
    def stuck(self) -> bool:
        """Whether there was time to learn and nothing came of it: the loss has been flat since early on."""
        early = self.history["loss"][self.rows // 10 : max(self.rows // 5, self.rows // 10 + 1)]
        return self.step >= FEW_STEPS and not self.learns and self.loss[1] > 0.95 * float(np.median(early))

    @cached_property
    def two_sided(self) -> bool:
        """Whether the activation flattens on both sides, as tanh does."""
        low, high = ACTIVATIONS[self.spec.activation].saturation(self.spec.activation_options)
        return bool(np.isfinite(low) and np.isfinite(high))

    @cached_property
    def steep(self) -> float:
        """How much a gradient may change over the hidden layers: 2 decades, 1 where it changes twofold a layer."""
        return 1.0 if abs(self.slope) > np.log10(2) * max(self.hidden - 1, 1) else 2.0

    def origin(self) -> int:
        """The layer where the last frame's first NaN or inf arose: forward the lowest, else backward the highest."""
        forward = np.flatnonzero(~np.isfinite(self.history["preactivation_ms"][-1]))
        backward = np.flatnonzero(~np.isfinite(self.history["gradient_rms"][-1]))
        return int(forward[0] if len(forward) else backward[-1] if len(backward) else self.hidden) + 1

    def symmetric_start(self) -> bool:
        """Whether the initializer gives all units of a layer the same weights."""
        entry, options = INITIALIZERS[self.spec.initializer], self.spec.initializer_options
        alike = (
            self.hidden > 0
            and entry.weight_variance(self.spec.hidden[0], self.spec.hidden[0], **options) == 0
        )
        return alike and (self.spec.dropout == 0 or entry.weight_mean(**options) == 0)


def number(value: float) -> str:
    """A number as people read it."""
    return f"{value:.0f}" if 100 <= value < 1e5 else f"{value:.2g}"


def diverged(run: Run) -> Finding | None:
    """A NaN or an inf: nothing that follows means anything."""
    if not run.broken:
        return None
    layer = run.origin()
    if exploding(run):
        (cure, words), why = cures.level_gradient(run.spec), "the gradient exploded from the start"
    else:
        cure, words = cures.smaller_rate(run.spec, run.first_step)
        why = f"a step moved weights by {number(run.largest_step)} times their size"
    finite = run.history["loss"][run.recent]
    return Finding(
        name="diverged",
        layer=layer,
        step=run.step,
        words=f"diverged at step {run.step}: NaN or infinity in layer {layer}; {why}",
        rule="A run is over at its first NaN or infinity, wherever it comes from.",
        source="IEEE 754; Goodfellow, Bengio and Courville, 2016, ch. 8.2",
        cure=cure,
        cure_words=words,
        evidence={
            "last_finite_loss": float(finite[-1]) if np.isfinite(finite[-1]) else 0.0,
            "first_step": run.first_step,
            "largest_step": run.largest_step,
        },
    )


def symmetric_units(run: Run) -> Finding | None:
    """Equal weights: the units of a layer compute the same, and get the same gradient for ever."""
    if not run.symmetric_start() or run.learns:
        return None
    proper = cures.proper_initializer(run.spec)
    return Finding(
        name="symmetric units",
        layer=1,
        step=int(run.history["step"][0]),
        words="symmetric units: all units of a layer started with the same weights and stay the same",
        rule="Units with equal weights get equal gradients; only a random start lets them become different.",
        source="Goodfellow, Bengio and Courville, 2016, ch. 8.4",
        cure={"initializer": proper, "initializer_options": {}},
        cure_words=f"use {INITIALIZERS[proper].label} weights",
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
        words=f"underflow: below layer {layer + 1} the gradient is smaller than any {run.spec.dtype} number",
        rule=f"Gradients below {smallest:.0e} lose their digits and then become 0; no rate makes up for that.",
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
        rule="From layer to layer the gradient should keep its size; here it changes by "
        f"{number(10 ** (run.slope / max(run.hidden - 1, 1)))} a layer, to {number(10**run.slope)} in all.",
        source="Hochreiter, 1991; Glorot and Bengio, 2010; Schoenholz et al., 2017",
        cure=cure,
        cure_words=cure_words,
        evidence={
            "gradient_rms_of_first": float(run.start("gradient_rms")[0]),
            "gradient_rms_of_last": float(run.start("gradient_rms")[-1]),
            "decades": run.slope,
            "decades_now": run.slope_now,
            **({"decades_by_theory": expected} if np.isfinite(expected) else {}),
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
        words=f"learning rate too high: a step moved layer {layer + 1} by {number(run.largest_step)} times its "
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
    share = f"{run.typical_step:.0e}" if run.typical_step else "0"
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
    vanishing,
    rate_too_high,
    dying_units,
    vanished,
    rate_too_low,
)
"""Worst first: what makes all that follows meaningless, then causes before their effects."""
