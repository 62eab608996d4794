"""What it costs to guess: the loss of the best answer that is the same for every sample."""

from math import log
from typing import Any

from engine.tables.datasets import DATASETS


def loss_of_guessing(spec: Any) -> float:
    """The least loss of a RunSpec that an answer has which knows no sample, by the classes' shares.

    Of numbers it is their variance, 1.
    """
    data = DATASETS[spec.dataset]
    if not data.classes:
        return 1.0
    shares = class_shares(spec)
    if spec.loss == "cross_entropy":
        return sum(map(_surprise, shares))
    if spec.outputs == 1 and spec.loss == "mse":
        return _variance(shares)
    cost = _apart if spec.loss == "mse" else _doubt
    outputs = shares[1:] if spec.outputs == 1 else shares
    return sum(map(cost, outputs)) / len(outputs)


def class_shares(spec: Any) -> list[float]:
    """Of the training labels, label noise among them."""
    data = DATASETS[spec.dataset]
    shares = list(data.shares or [1 / data.classes] * data.classes)
    if spec.class_share is not None:
        rest = (1 - spec.class_share) / (1 - shares[0])
        shares = [spec.class_share, *(share * rest for share in shares[1:])]
    noise = spec.label_noise
    return [(1 - noise) * share + noise * (1 - share) / (data.classes - 1) for share in shares]


def _variance(shares: list[float]) -> float:
    """Of labels taken for numbers, 0, 1, ..."""
    mean = sum(label * share for label, share in enumerate(shares))
    return sum((label - mean) ** 2 * share for label, share in enumerate(shares))


def _surprise(p: float) -> float:
    return -p * log(p) if p > 0 else 0.0


def _doubt(p: float) -> float:
    return _surprise(p) + _surprise(1 - p)


def _apart(p: float) -> float:
    return p * (1 - p)
