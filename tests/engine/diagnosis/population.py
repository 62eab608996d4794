"""Nets by chance, sick and healthy ones, and the truth about each: whether it learns."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log10

import numpy as np

from engine import DATASETS, OPTIMIZERS, RunSpec, SpecError, Trainer
from engine.diagnosis.guessing import class_shares

LOOKS = (40, 100, 300, 1000)
"""Steps after which the diagnosis is asked."""
STEPS, HOLDS, EVERY = 3000, 100, 20

DATA = {"digits": 4, "moons": 2, "circles": 1, "spirals": 1, "xor": 1, "blobs": 1, "gaussian": 1}
ACTIVATIONS = {"relu": 6, "tanh": 4, "sigmoid": 3, "elu": 2, "leaky_relu": 2, "selu": 1, "gelu": 1, "silu": 1}
STARTS = {"he_normal": 5, "glorot_normal": 5, "torch_default": 2, "lecun_normal": 2, "orthogonal": 1}
STEPPERS = {
    "sgd": 6,
    "adam": 6,
    "momentum": 2,
    "rmsprop": 2,
    "adamw": 2,
    "nesterov": 1,
    "adagrad": 1,
    "nadam": 1,
}
DEPTHS = (0, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 8, 10, 12, 16, 24, 40)
WIDTHS = (2, 4, 8, 16, 16, 32, 32, 32, 64, 64, 100)
BATCHES = (2, 4, 8, 16, 32, 32, 32, 64, 64, 64, 128, 256, None)


NEWER = 10_000
"""The seed from which on specs have more fields than those whose truth is on record."""
NEWEST = 1_000_000
"""The seed from which on they may also be of numbers, of one output, and of every kind of norm, path and schedule."""
NUMBERS = ("sine", "line", "friedman", "diabetes")
PAIRS = (
    *(("mse", "linear"),) * 2,
    *(("bce", "sigmoid"),) * 2,
    ("mse", "sigmoid"),
    ("mse", "softmax"),
    ("cross_entropy", "softmax"),
    ("cross_entropy", "sigmoid"),
    ("cross_entropy", "relu"),
)
"""Losses and outputs that are seen beside cross-entropy on a linear output."""


def drawn(seed: int) -> RunSpec:
    """The spec of that seed: depth, width, activation, start, normalization, optimizer, rate, batch, decay, clipping,
    dropout, data; from `NEWER` on also loss and output, the inputs' size, biases, the last layer's gain, schedule,
    warmup, wrong labels and unequal classes; from `NEWEST` on numbers in the place of classes, a single output, ReZero,
    rms norm, normalized data and outputs, factors of single features, and a schedule that warms up. About half of them
    are sound; in the others one to several things are out of bounds."""
    for attempt in range(100):
        chance = np.random.default_rng((seed, attempt))
        try:
            spec = _drawn(chance)
            if seed >= NEWER:
                spec = spec.replace(**_newer(chance, spec))
            return spec.replace(**_newest(chance, spec)) if seed >= NEWEST else spec
        except SpecError:
            pass  # two of its settings contradict each other
    raise AssertionError(f"no spec for seed {seed}")


def _newer(chance: np.random.Generator, spec: RunSpec) -> dict[str, object]:
    """What the specs on record have at its usual, each of it changed in some."""

    def happens(probability: float) -> bool:
        return bool(chance.random() < probability)

    def power(low: float, high: float) -> float:
        return float(f"{10 ** chance.uniform(low, high):.2g}")

    given: dict[str, object] = {}
    if happens(0.2):
        given["dataset"] = str(chance.choice(["wine", "breast_cancer", "unequal_moons", "rare"]))
    if happens(0.12):
        loss, output = PAIRS[chance.integers(len(PAIRS))]
        given |= {"loss": loss, "output": output}
    if happens(0.1):
        given |= {"input_scale": "raw"} if happens(0.5) else {"input_factor": power(-2, 3)}
    if happens(0.1):
        given |= {"bias": str(chance.choice(["zeros", "normal", "constant"])), "bias_value": power(-1, 1)}
    if happens(0.05):
        given["output_gain"] = power(-1, 2)
    if happens(0.1):
        given |= {"schedule": "cosine", "schedule_steps": int(power(1.5, 3.5))}
    elif happens(0.05):
        given |= {"schedule": "step", "schedule_options": {"step_size": int(power(0.7, 3))}}
    if happens(0.05):
        given["warmup"] = int(power(1, 3))
    if happens(0.05):
        given["label_noise"] = round(float(chance.uniform(0.05, 0.3)), 2)
    if happens(0.05):
        given["class_share"] = round(float(chance.uniform(0.5, 0.95)), 2)
    if spec.residual != "none" and happens(0.5):
        given["residual_every"] = 2
    if spec.layer_norm != "none" and happens(0.5):
        given["norm_place"] = "pre"
    return given


def _newest(chance: np.random.Generator, spec: RunSpec) -> dict[str, object]:
    """What neither those on record nor the newer ones have."""

    def happens(probability: float) -> bool:
        return bool(chance.random() < probability)

    given: dict[str, object] = {}
    if happens(0.2):
        output = str(chance.choice(["linear", "linear", "linear", "sigmoid", "tanh", "relu"]))
        given |= {"dataset": str(chance.choice(NUMBERS)), "loss": "mse", "output": output}
        given |= {"label_noise": 0.0, "class_share": None, "outputs": None}
    elif spec.loss != "cross_entropy" and spec.output != "softmax" and happens(0.5):
        given["outputs"] = 1
    elif happens(0.03):
        given |= {"loss": "mse", "output": str(chance.choice(["linear", "relu", "tanh"])), "outputs": 1}
    features = DATASETS[str(given.get("dataset", spec.dataset))].features
    if happens(0.05):
        given["input_factor"] = (1.0,) * (features - 1) + (float(chance.choice([100.0, 1000.0])),)
    if spec.residual != "none" and happens(0.3):
        given["residual"] = "rezero"
    if spec.layer_norm != "none" and happens(0.5):
        given["layer_norm_kind"] = "rms"
    if happens(0.06):
        given["batch_norm_input" if happens(0.5) else "batch_norm_output"] = True
    if spec.schedule == "constant" and not spec.warmup and happens(0.05):
        given |= {"schedule": "warmup", "schedule_steps": int(10 ** chance.uniform(1.5, 3.5))}
    return given


def _drawn(chance: np.random.Generator) -> RunSpec:
    def one(table: dict[str, int]) -> str:
        weights = np.array(list(table.values()), float)
        return str(chance.choice(list(table), p=weights / weights.sum()))

    def happens(probability: float) -> bool:
        return bool(chance.random() < probability)

    def power(low: float, high: float) -> float:
        return float(f"{10 ** chance.uniform(low, high):.2g}")

    given: dict[str, object] = {
        "dataset": one(DATA),
        "activation": one(ACTIVATIONS),
        "initializer": one(STARTS),
    }
    given["hidden"] = (int(chance.choice(WIDTHS)),) * int(chance.choice(DEPTHS))
    given["batch_size"] = chance.choice(np.array(BATCHES, object))
    given["seed"] = int(chance.integers(1000))
    optimizer = one(STEPPERS)
    given["optimizer"] = optimizer
    usual, decay = log10(OPTIMIZERS[optimizer].default_lr), {}
    given["lr"] = power(usual - 4, usual + 3) if happens(0.25) else power(usual - 0.7, usual + 0.5)
    if happens(0.12):
        decay["weight_decay"] = power(-5, 0.5)
    given["optimizer_options"] = decay
    if happens(0.1):
        given |= {"initializer": "normal", "initializer_options": {"std": power(-2, 0.5)}}
    elif happens(0.1):
        given |= {"initializer": "glorot_normal", "initializer_options": {"gain": power(-0.7, 0.7)}}
    elif happens(0.03):
        given["initializer"] = "zeros" if happens(0.3) else "constant"
    norm = chance.random()
    if norm < 0.25:
        given["batch_norm"] = "before" if norm < 0.17 else "after"
        given["batch_norm_momentum"] = power(-4, 0) if happens(0.2) else 0.1
    elif norm < 0.35:
        given["layer_norm"] = "before" if norm < 0.3 else "after"
    if happens(0.12):
        given |= {"clip": "norm", "clip_threshold": power(-5, 1)}
    if happens(0.1):
        given["dropout"] = round(float(chance.uniform(0.1, 0.9)), 2)
    if happens(0.1):
        given["residual"] = "plain" if happens(0.5) else "scaled"
    return RunSpec(**given)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Truth:
    """What a run came to. learned: the step from which on it was half of the way from guessing to 1 or better for 100
    steps, within 3,000, by `answered`; None where it never was. diverged: the step, or None. right: the same at each of
    `LOOKS` that it lived to."""

    learned: int | None
    diverged: int | None
    right: tuple[float, ...] = ()


def answered(trainer: Trainer) -> float:
    """The share of the test set that is right; of numbers the share of their variance that is explained."""
    loss, accuracy = trainer.evaluate()
    return accuracy if DATASETS[trainer.spec.dataset].classes else max(1 - loss, 0.0)


def enough(spec: RunSpec) -> float:
    """What of it is half of the way from guessing to 1."""
    if not DATASETS[spec.dataset].classes:
        return 0.5
    return (1 + max(class_shares(spec.replace(label_noise=0.0)))) / 2


def truth(trainer: Trainer, measured: int = LOOKS[-1], until: int = LOOKS[-2]) -> Truth:
    """Train it until it is told: at least `until` steps, the first `measured` of them for the diagnosis to read."""
    sought, since, right = enough(trainer.spec), None, []
    learned = None
    for step in _steps(trainer, measured):
        if step % EVERY == 0:
            now = answered(trainer)
            since = (since or step) if now >= sought else None
            if step in LOOKS:
                right.append(now)
            if learned is None and since and step - since >= HOLDS:
                learned = since
        if learned is not None and step >= until:
            break
        if step == measured and since is None and _stands(trainer):
            break
    return Truth(learned, trainer.diverged.step if trainer.diverged else None, tuple(right))


def read(trainer: Trainer, known: Truth) -> None:
    """Train one whose truth is known as far as the looks of the diagnosis read it."""
    until = LOOKS[-1] if known.learned is None else min(max(known.learned + HOLDS, LOOKS[-2]), LOOKS[-1])
    for step in _steps(trainer, until):
        if step == until:
            return


def _stands(trainer: Trainer) -> bool:
    """Whether nothing can become of it any more: no gradient at all, or steps that would together not move a layer by
    a hundredth of its weights until the end, at a rate that will not grow."""
    lately = slice(-500, None)
    if not trainer.history["gradient_norm"][lately].any():
        return True
    moved = trainer.history["update_ratio"][lately].mean(axis=0)
    return bool((moved * STEPS < 0.01).all()) and trainer.spec.warmup < len(trainer.history)


def _steps(trainer: Trainer, measured: int) -> Iterator[int]:
    for step in range(1, STEPS + HOLDS + 1):
        trainer.step(measure=step <= measured)
        if trainer.diverged:
            return
        yield step
