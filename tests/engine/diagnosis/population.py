"""Nets by chance, sick and healthy ones, and the truth about each: whether it learns."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log10

import numpy as np

from engine import OPTIMIZERS, RunSpec, SpecError, Trainer

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


def drawn(seed: int) -> RunSpec:
    """The spec of that seed: depth, width, activation, start, normalization, optimizer, rate, batch, decay, clipping,
    dropout, data. About half of them are sound; in the others one to several things are out of bounds."""
    for attempt in range(100):
        try:
            return _drawn(np.random.default_rng((seed, attempt)))
        except SpecError:
            pass  # two of its settings contradict each other
    raise AssertionError(f"no spec for seed {seed}")


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
    """What a run came to. learned: the step from which on its test accuracy was half of the way from guessing to 1 or
    better for 100 steps, within 3,000; None where it never did. diverged: the step, or None. right: its test accuracy
    at each of `LOOKS` that it lived to."""

    learned: int | None
    diverged: int | None
    right: tuple[float, ...] = ()


def halfway(trainer: Trainer) -> float:
    """Half of the way from guessing to 1."""
    return (1 + 1 / trainer.data.classes) / 2


def truth(trainer: Trainer, measured: int = LOOKS[-1], until: int = LOOKS[-1]) -> Truth:
    """Train it until it is told: at least `until` steps, the first `measured` of them for the diagnosis to read."""
    enough, since, right = halfway(trainer), None, []
    learned = None
    for step in _steps(trainer, measured):
        if step % EVERY == 0:
            accuracy = trainer.evaluate()[1]
            since = (since or step) if accuracy >= enough else None
            if step in LOOKS:
                right.append(accuracy)
            if learned is None and since and step - since >= HOLDS:
                learned = since
        if learned is not None and step >= until:
            break
    return Truth(learned, trainer.diverged.step if trainer.diverged else None, tuple(right))


def _steps(trainer: Trainer, measured: int) -> Iterator[int]:
    for step in range(1, STEPS + HOLDS + 1):
        trainer.step(measure=step <= measured)
        if trainer.diverged:
            return
        yield step
