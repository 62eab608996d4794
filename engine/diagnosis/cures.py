"""What a remedy means for a spec: the smallest change that theory, or the run's own first step, calls healthy."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from math import isfinite

import numpy as np

from engine.diagnosis.remedies import Remedy
from engine.spec import RunSpec
from engine.spec.stack import Stack
from engine.tables.activations import ACTIVATIONS
from engine.tables.datasets import DATASETS
from engine.tables.initializers import INITIALIZERS
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.rates import menu_rate
from engine.tables.wording import Name, Sentence
from engine.theory.mean_field import gradient_log10

LEVEL = 1.0  # decades that the gradient may change over all hidden layers, as rms
SMALLEST_BATCH = 16  # for batch norm
LONG = 3000  # steps of a schedule that a net can be expected to learn in
SOME, MOST = 1e-4, 1e-3  # weight decay that is added, and that is still within bounds
FIFTH = 0.2  # of each layer's outputs that dropout silences
ROOMY = 32  # units: a layer of ReLU is dead by chance for a given input once in 2**32

WINDING = ("spirals", "gaussian")  # what parts their classes is long, or lies all around in many directions

Cure = dict[str, object]
Plan = tuple[Cure, Sentence]


def plan(remedy: Remedy, spec: RunSpec) -> Plan:
    """The fields that change, for `spec.replace`, and what to write on their button."""
    return PLANS[remedy.name](spec, **remedy.numbers)


def fields(remedy: Remedy, spec: RunSpec) -> Cure:
    """The fields that change, for `spec.replace`."""
    return plan(remedy, spec)[0]


def flow(spec: RunSpec) -> float:
    """log10 of the gradient's rms at init, first hidden layer over last, by theory; NaN where it has nothing to say."""
    if not spec.hidden or (spec.batch_norm != "none" and spec.batch_size == 1):
        return float("nan")
    return _flow(Stack.of(spec, (spec.hidden[0], *spec.hidden), dropout=0.0))


@lru_cache(maxsize=512)
def _flow(stack: Stack) -> float:
    return gradient_log10(stack) / 2


def level_gradient(spec: RunSpec) -> Plan:
    """A change that keeps the gradient level from layer to layer: initializer, else batch norm, else activation.

    Of several that do, the first; of none, the one that comes closest. Where the rate was far below its
    optimizer's default, to survive the old gradient, or is that default in a delicate net, it becomes a tenth of it.
    """
    plans = [(cure, words) for cure, words in _plans(spec) if spec.differences(spec.replace(**cure))]
    if not plans:  # all of it is done already
        return {}, Sentence("keep the net as it is")
    levels = [abs(flow(spec.replace(**cure))) for cure, _ in plans]
    levels = [level if np.isfinite(level) else np.inf for level in levels]
    good = next((k for k, level in enumerate(levels) if level < LEVEL), int(np.argmin(levels)))
    cure, words = plans[good]
    usual = OPTIMIZERS[spec.optimizer].default_lr / 10
    cured = spec.replace(**cure)
    if spec.lr < usual / 10 or (spec.lr > usual and delicate(cured)):
        return cure | {"lr": usual}, Sentence("{change}, lr {lr:rate}", change=words, lr=usual)
    return cure, words


def delicate(spec: RunSpec) -> bool:
    """Whether a net is deep, its activation has no ceiling and nothing normalizes it: its steps must be small."""
    low, high = ACTIVATIONS[spec.activation].saturation(spec.activation_options)
    return len(spec.hidden) > 16 and not normalized(spec) and not (isfinite(low) and isfinite(high))


def usual_lr(spec: RunSpec) -> float:
    """What its optimizer is usually given, a tenth of it for a delicate net."""
    return OPTIMIZERS[spec.optimizer].default_lr / (10 if delicate(spec) else 1)


def normalized(spec: RunSpec) -> bool:
    """Whether its hidden layers are, by batch norm or by layer norm."""
    return spec.batch_norm != "none" or spec.layer_norm != "none"


def _plans(spec: RunSpec) -> Iterator[Plan]:
    proper = proper_initializer(spec)
    fresh: Cure = {"initializer": proper, "initializer_options": {}}
    named = {"initializer": Sentence(INITIALIZERS[proper].label)}
    if spec.batch_norm == "none":
        yield fresh, Sentence("use {initializer} weights", **named)
        if not normalized(spec) and (spec.batch_size is None or spec.batch_size >= SMALLEST_BATCH):
            yield {"batch_norm": "before"}, Sentence("add batch norm")
            yield (
                fresh | {"batch_norm": "before"},
                Sentence("use {initializer} weights and batch norm", **named),
            )
    else:
        yield (
            fresh | {"batch_norm": "none"},
            Sentence("take batch norm out, use {initializer} weights", **named),
        )
    relu, words = bend(spec)
    yield relu | {"batch_norm": "none"}, words


def normalize(spec: RunSpec) -> Plan:
    """Batch norm, which gives every layer a signal of size 1; where there is some or cannot be, a level gradient."""
    if spec.hidden and not normalized(spec) and (spec.batch_size or SMALLEST_BATCH) >= SMALLEST_BATCH:
        return {"batch_norm": "before"}, Sentence("add batch norm")
    return level_gradient(spec)


def bend(spec: RunSpec) -> Plan:
    """A nonlinear net: ReLU in the hidden layers, two of a hundred units where there are none."""
    relu: Cure = {"activation": "relu", "activation_options": {}}
    relu |= {"initializer": "he_normal", "initializer_options": {}}
    if spec.hidden:
        return relu, Sentence("use ReLU and He weights")
    return relu | {"hidden": (100, 100)}, Sentence("add two hidden layers of ReLU")


def proper_initializer(spec: RunSpec) -> str:
    """The first named initializer that keeps the gradient level over ten plain layers, or else comes closest."""
    names = ("glorot_normal", "he_normal", "lecun_normal")
    bare = spec.replace(batch_norm="none", layer_norm="none", residual="none")
    plain = [bare.replace(initializer=name, initializer_options={}) for name in names]
    deep = [other.replace(hidden=(other.hidden or (100,))[:1] * 10) for other in plain]
    levels = [abs(flow(other)) for other in deep]
    closest = names[int(np.argmin(levels))]
    return next((name for name, level in zip(names, levels, strict=True) if level < LEVEL), closest)


def leak(spec: RunSpec) -> Plan:
    """Leaky ReLU, which passes some gradient everywhere."""
    return {"activation": "leaky_relu", "activation_options": {}}, Sentence("use leaky ReLU")


def widen(spec: RunSpec) -> Plan:
    """Layers of `ROOMY` units at least: with them no draw is bad luck; three for each direction of a shell. A deep
    net's steps get smaller."""
    units = max(ROOMY, 3 * DATASETS[spec.dataset].features if spec.dataset in WINDING else 0)
    cure: Cure = {"hidden": tuple(max(width, units) for width in spec.hidden)}
    usual = OPTIMIZERS[spec.optimizer].default_lr / 10
    if spec.lr > usual and delicate(spec):
        return cure | {"lr": usual}, Sentence(
            "use {units} units a layer, lr {lr:rate}", units=units, lr=usual
        )
    return cure, Sentence("use {units} units a layer", units=units)


def smooth(spec: RunSpec) -> Plan:
    """ELU with Glorot weights."""
    return {
        "activation": "elu", "activation_options": {}, "initializer": "glorot_normal", "initializer_options": {},
    }, Sentence("use ELU and Glorot weights")  # fmt: skip


def less_decay(spec: RunSpec) -> Plan:
    """The same options with a weight decay of 0.0001 at most, a hundredth of the present one."""
    decay = min(1e-4, float(spec.optimizer_options["weight_decay"]) / 100)
    words = Sentence("set weight decay to {decay:rate}", decay=decay)
    return {"optimizer_options": dict(spec.optimizer_options) | {"weight_decay": decay}}, words


def decay(spec: RunSpec) -> Plan:
    """Ten times the weight decay, `SOME` of it at least, where the optimizer has one."""
    now = OPTIMIZERS[spec.optimizer].complete(spec.optimizer_options).get("weight_decay")
    if now is None:
        return {}, Sentence("keep the net as it is")
    more = min(max(10 * float(now), SOME), MOST)
    words = Sentence("set weight decay to {decay:rate}", decay=more)
    return {"optimizer_options": dict(spec.optimizer_options) | {"weight_decay": more}}, words


def dropout(spec: RunSpec) -> Plan:
    """Dropout of a fifth of each layer's outputs."""
    if not spec.hidden or spec.dropout >= FIFTH:
        return {}, Sentence("keep the net as it is")
    return {"dropout": FIFTH}, Sentence("set dropout to {dropout:rate}", dropout=FIFTH)


def together(spec: RunSpec, first: Remedy, second: Remedy) -> Plan:
    """Both plans, the second made for what the first one leaves."""
    cure, words = plan(first, spec)
    more, others = plan(second, spec.replace(**cure))
    return more | cure, Sentence("{first}, {second}", first=words, second=others)


def rate(spec: RunSpec, factor: float = 0.0) -> Plan:
    """The rate of the menu at or below `factor` times the present one; without a factor or a rate the usual one."""
    lr = menu_rate(spec.lr * factor) if factor and spec.lr > 0 else usual_lr(spec)
    return {"lr": lr}, Sentence("set lr to {lr:rate}", lr=lr)


def larger_batch(spec: RunSpec, size: int) -> Plan:
    """Batches of `size` samples."""
    return {"batch_size": size}, Sentence("use batches of {size}", size=size)


def scale_inputs(spec: RunSpec) -> Plan:
    """Inputs as the lab has them by default."""
    return {"input_scale": "standard", "input_factor": 1.0}, Sentence("standardize the inputs")


def fitting_pair(spec: RunSpec) -> Plan:
    """Numbers straight from a linear output; classes as logits under cross-entropy."""
    if not DATASETS[spec.dataset].classes:
        return {"output": "linear"}, Sentence("end in a linear output")
    pair: Cure = {"loss": "cross_entropy", "output": "linear", "outputs": None}
    if spec.output_gain > 1:  # it flattened the old output, and makes the new one's loss large
        pair["output_gain"] = 1.0
    return pair, Sentence("use cross-entropy on a linear output")


def balance(spec: RunSpec) -> Plan:
    """All samples where some were left out; else as many of the first class as of the others."""
    if spec.class_share is not None:
        return {"class_share": None}, Sentence("take all samples")
    return {"class_share": 1 / DATASETS[spec.dataset].classes}, Sentence("take as many samples of each class")


def keep_rate(spec: RunSpec) -> Plan:
    """A schedule of ten times the steps, `LONG` at least; where its length does not matter a constant rate."""
    if spec.schedule == "step":
        return {"schedule": "constant"}, Sentence("keep the rate")
    steps = min(max(10 * spec.schedule_steps, LONG), 1_000_000)
    return {"schedule_steps": steps}, Sentence("give the schedule {steps} steps", steps=steps)


def take_back(spec: RunSpec, fields: Cure) -> Plan:
    """The spec as it was before the last change."""
    changed = [
        Sentence(
            "set {setting:lower} back to {value:rate}"
            if isinstance(value, int | float)
            else "set {setting:lower} back to {value:given}",
            setting=Name(name),
            value=value,
        )
        for name, value in fields.items()
    ]
    return dict(fields), changed[0] if len(changed) == 1 else Sentence("{changes}", changes=tuple(changed))


PLANS: dict[str, Callable[..., Plan]] = {
    "level gradient": level_gradient,
    "normalize": normalize,
    "bend": bend,
    "leak": leak,
    "widen": widen,
    "smooth": smooth,
    "together": together,
    "take back": take_back,
    "usual rate": rate,
    "less decay": less_decay,
    "faster statistics": lambda _: (
        {"batch_norm_momentum": 0.1},
        Sentence("set batch norm's momentum to {momentum:rate}", momentum=0.1),
    ),
    "smaller rate": rate,
    "larger rate": rate,
    "larger batch": larger_batch,
    "scale inputs": scale_inputs,
    "fitting pair": fitting_pair,
    "balance": balance,
    "decay": decay,
    "dropout": dropout,
    "keep rate": keep_rate,
    "start anew": lambda spec: (
        {},
        Sentence("start anew, with lr {lr:rate} from the first step", lr=spec.lr),
    ),
    "true labels": lambda _: ({"label_noise": 0.0}, Sentence("take labels that are right")),
    "no clipping": lambda _: ({"clip": "none"}, Sentence("switch clipping off")),
    "no dropout": lambda _: ({"dropout": 0.0}, Sentence("switch dropout off")),
}
"""Remedy's name -> what it changes in a spec."""
