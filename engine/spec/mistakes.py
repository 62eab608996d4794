"""Pairs of loss and output that run and that people choose by mistake: each has its words, as soon as it is set."""

from collections.abc import Callable
from typing import Any

from engine.tables.datasets import DATASETS
from engine.tables.wording import Sentence


def mistake(spec: Any) -> Sentence | None:
    """What is known to be wrong with the loss and the output of a run; None where they fit together.

    It says nothing of the run: some nets learn all the same. Goodfellow, Bengio and Courville 2016, ch. 6.2.2.
    """
    classes = DATASETS[spec.dataset].classes
    for is_made, words in MISTAKES:
        if is_made(spec, classes):
            return Sentence(words, output=spec.output, classes=classes, largest=classes - 1)
    return None


BOUNDED = ("sigmoid", "tanh", "softmax")
MISTAKES: tuple[tuple[Callable[[Any, int], bool], str], ...] = (
    (
        lambda spec, classes: not classes and spec.output != "linear",
        "A known mistake: numbers of mean 0 and variance 1 are wanted, and {output} cannot give all of them.",
    ),
    (
        lambda spec, classes: spec.outputs == 1 and classes > 2,
        "A known mistake: one output takes {classes} classes for the numbers 0 to {largest}, as if those between two "
        "were half of each.",
    ),
    (
        lambda spec, classes: spec.loss == "cross_entropy" and spec.output == "softmax",
        "A known mistake: softmax twice. Cross-entropy makes its own softmax of what it gets.",
    ),
    (
        lambda spec, classes: spec.loss == "cross_entropy" and spec.output in BOUNDED,
        "A known mistake: cross-entropy takes numbers of any size, and {output} bounds them.",
    ),
    (
        lambda spec, classes: spec.loss == "cross_entropy" and spec.output == "relu",
        "A known mistake: where ReLU makes an output 0, no gradient comes back to it.",
    ),
    (
        lambda spec, classes: bool(classes) and spec.loss == "mse" and spec.output in BOUNDED,
        "A known mistake: under squared error a sure {output} that is wrong gets next to no gradient, a slow start.",
    ),
    (
        lambda spec, classes: bool(classes) and spec.loss == "mse",
        "A known mistake: squared error takes classes for numbers; cross-entropy is made for them.",
    ),
)
"""(whether a spec and its number of classes are of that kind, what is said); the first that fits is said."""
