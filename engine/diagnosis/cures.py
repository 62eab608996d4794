"""What to change in a sick run: the smallest change of its spec that theory, or its own first step, calls healthy."""

from collections.abc import Iterator
from functools import lru_cache
from math import floor, isfinite, log10

import numpy as np

from engine.spec import RunSpec
from engine.spec.stack import Stack
from engine.tables.activations import ACTIVATIONS
from engine.tables.initializers import INITIALIZERS
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.wording import readable
from engine.theory.mean_field import gradient_log10

FIRST_STEP = 0.01  # share of the weights that a first step may move
LATER_STEPS = 0.003  # and a step of a run that moves too little
LEVEL = 1.0  # decades that the gradient may change over all hidden layers, as rms
SMALLEST_BATCH = 16  # for batch norm

Cure = dict[str, object]


def flow(spec: RunSpec) -> float:
    """log10 of the gradient's rms at init, first hidden layer over last, by theory; NaN where it has nothing to say."""
    return _flow(
        spec.activation,
        tuple(sorted(spec.activation_options.items())),
        spec.initializer,
        tuple(sorted(spec.initializer_options.items())),
        spec.hidden,
        spec.batch_size or 1024,
        spec.batch_norm,
    )


@lru_cache(maxsize=512)
def _flow(
    activation, activation_options, initializer, initializer_options, hidden, batch_size, batch_norm
) -> float:
    if not hidden or (batch_norm != "none" and batch_size == 1):
        return float("nan")
    stack = Stack(
        activation=activation,
        activation_options=dict(activation_options),
        initializer=initializer,
        initializer_options=dict(initializer_options),
        widths=(hidden[0], *hidden),
        batch_size=batch_size,
        batch_norm=batch_norm,
    )
    return gradient_log10(stack) / 2


def level_gradient(spec: RunSpec) -> tuple[Cure, str]:
    """A change that keeps the gradient level from layer to layer: initializer, else batch norm, else activation.

    Of several that do, the first; of none, the one that comes closest. Where the rate was far below its
    optimizer's default, to survive the old gradient, or is that default in a delicate net, it becomes a tenth of it.
    """
    plans = [(plan, words) for plan, words in _plans(spec) if spec.differences(spec.replace(**plan))]
    levels = [abs(flow(spec.replace(**plan))) for plan, _ in plans]
    levels = [level if np.isfinite(level) else np.inf for level in levels]
    good = next((k for k, level in enumerate(levels) if level < LEVEL), int(np.argmin(levels)))
    plan, words = plans[good]
    usual = OPTIMIZERS[spec.optimizer].default_lr / 10
    cured = spec.replace(**plan)
    if spec.lr < usual / 10 or (spec.lr > usual and delicate(cured)):
        plan, words = plan | {"lr": usual}, f"{words}, lr {readable(usual)}"
    return plan, words


def delicate(spec: RunSpec) -> bool:
    """Whether a net is deep, its activation has no ceiling and nothing normalizes it: its steps must be small."""
    low, high = ACTIVATIONS[spec.activation].saturation(spec.activation_options)
    return len(spec.hidden) > 16 and spec.batch_norm == "none" and not (isfinite(low) and isfinite(high))


def _plans(spec: RunSpec) -> Iterator[tuple[Cure, str]]:
    proper = proper_initializer(spec)
    fresh: Cure = {"initializer": proper, "initializer_options": {}}
    label = INITIALIZERS[proper].label
    if spec.batch_norm == "none":
        yield fresh, f"use {label} weights"
        if spec.batch_size is None or spec.batch_size >= SMALLEST_BATCH:
            yield {"batch_norm": "before"}, "add batch norm"
            yield fresh | {"batch_norm": "before"}, f"use {label} weights and batch norm"
    else:
        yield fresh | {"batch_norm": "none"}, f"take batch norm out, use {label} weights"
    relu, words = bend(spec)
    yield relu | {"batch_norm": "none"}, words


def normalize(spec: RunSpec) -> tuple[Cure, str]:
    """Batch norm, which gives every layer a signal of size 1; where there is some or cannot be, a level gradient."""
    if spec.hidden and spec.batch_norm == "none" and (spec.batch_size or SMALLEST_BATCH) >= SMALLEST_BATCH:
        return {"batch_norm": "before"}, "add batch norm"
    return level_gradient(spec)


def bend(spec: RunSpec) -> tuple[Cure, str]:
    """A nonlinear net: ReLU in the hidden layers, two of a hundred units where there are none."""
    relu: Cure = {"activation": "relu", "activation_options": {}}
    relu |= {"initializer": "he_normal", "initializer_options": {}}
    if spec.hidden:
        return relu, "use ReLU and He weights"
    return relu | {"hidden": (100, 100)}, "add two hidden layers of ReLU"


def proper_initializer(spec: RunSpec) -> str:
    """The first named initializer that keeps the gradient level over ten plain layers, or else comes closest."""
    names = ("glorot_normal", "he_normal", "lecun_normal")
    plain = [spec.replace(initializer=name, initializer_options={}, batch_norm="none") for name in names]
    deep = [other.replace(hidden=(other.hidden or (100,))[:1] * 10) for other in plain]
    levels = [abs(flow(other)) for other in deep]
    closest = names[int(np.argmin(levels))]
    return next((name for name, level in zip(names, levels, strict=True) if level < LEVEL), closest)


def smaller_rate(spec: RunSpec, first_step: float, most: float = 1 / 3) -> tuple[Cure, str]:
    """A rate at which the first step would have moved 1 % of the weights it moved most of; `most` of the old one."""
    factor = FIRST_STEP / first_step if 0 < first_step < np.inf else 0.1
    lr = menu_rate(spec.lr * min(factor, most))
    return {"lr": lr}, f"set lr to {readable(lr)}"


def larger_rate(spec: RunSpec, step: float) -> tuple[Cure, str]:
    """A rate at which the steps would move 0.3 % of the weights."""
    default = OPTIMIZERS[spec.optimizer].default_lr
    lr = menu_rate(spec.lr * LATER_STEPS / step) if step > 0 and spec.lr > 0 else default
    return {"lr": lr}, f"set lr to {readable(lr)}"


def menu_rate(lr: float) -> float:
    """The largest rate of the menu (1, 3, 10, 30, ...) that is not above lr, within 1e-8 and 100."""
    lr = min(max(lr, 1e-8), 100.0)
    power = floor(log10(lr) + 1e-9)
    return float(f"{3 if lr / 10**power >= 3 * (1 - 1e-9) else 1}e{power}")
