"""Nets whose signal is worth seeing. What a lesson says, theory shows: a test checks its number."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.spec import RunSpec
from engine.theory.mean_field import Prediction
from viz.run.lessons import OPENING

Claim = Callable[[Prediction], float]


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One net and what its signal shows: `claim(predict(...))` lies between the two numbers."""

    title: str
    words: str
    spec: RunSpec
    claim: Claim
    between: tuple[float, float]


def gradient(theory: Prediction) -> float:
    """log10 of the first layer's mean squared gradient over the last one's."""
    return float(theory.gradient_ms_log10[0] - theory.gradient_ms_log10[-1])


def differences(theory: Prediction) -> float:
    """log10 of what tells samples apart in the last layer over the same in the first."""
    return float(np.log10(theory.signal_var[-1] / theory.signal_var[0]))


def size(theory: Prediction) -> float:
    """log10 of the variance of the last layer's outputs over that of the first's."""
    return float(np.log10(theory.activation_var[-1] / theory.activation_var[0]))


DEEP = RunSpec(hidden=(100,) * 30)
TANH = DEEP.replace(activation="tanh", initializer="variance_scaling")

LESSONS: dict[str, Lesson] = {
    "sigmoid": Lesson(
        title="Sigmoid: the gradient vanishes",
        words="Look at the squared gradient: each layer back leaves an eighteenth of it, and 10⁻¹¹ arrives. The signal "
        "is lost forward too, at the same pace.",
        spec=OPENING,
        claim=gradient,
        between=(-11.5, -11.3),
    ),
    "xavier": Lesson(
        title="ReLU with Xavier's weights",
        words="A ReLU passes half of the squared gradient and half of the signal's: thirty layers leave 2·10⁻⁹ of it. "
        "He's weights are twice Xavier's variance to make up for it.",
        spec=DEEP.replace(activation="relu", initializer="glorot_normal"),
        claim=gradient,
        between=(-8.8, -8.7),
    ),
    "he": Lesson(
        title="ReLU with He's weights",
        words="The same net with twice the variance: all lines are level, only what tells two inputs apart shrinks a "
        "little, to 3%.",
        spec=DEEP.replace(activation="relu", initializer="he_normal"),
        claim=differences,
        between=(-1.6, -1.5),
    ),
    "order": Lesson(
        title="tanh, weights too small: order",
        words="Look at Var z, signal: of what tells two inputs apart 10⁻⁹ is left, whatever they were. Open Order and "
        "chaos below: the net stands left of the line.",
        spec=TANH.replace(initializer_options={"scale": 0.5}),
        claim=differences,
        between=(-9.3, -9.1),
    ),
    "chaos": Lesson(
        title="tanh, weights too large: chaos",
        words="The other side of the line: inputs stay apart, and the squared gradient grows 5000-fold on its way "
        "back.",
        spec=TANH.replace(initializer_options={"scale": 4.0}),
        claim=gradient,
        between=(3.6, 3.8),
    ),
    "batch_norm": Lesson(
        title="Batch norm explodes, 50 layers deep",
        words="Forward all is level, as batch norm promises. Back, the squared gradient grows by half in each layer, "
        "3·10⁸-fold in all, whatever the weights' scale.",
        spec=RunSpec(activation="relu", initializer="he_normal", batch_norm="before", hidden=(100,) * 50),
        claim=gradient,
        between=(8.4, 8.5),
    ),
    "selu": Lesson(
        title="SELU normalizes itself, 50 layers deep",
        words="Variance 1 in every layer without any norm: SELU's two constants are chosen so.",
        spec=RunSpec(activation="selu", initializer="lecun_normal", hidden=(100,) * 50),
        claim=size,
        between=(-0.01, 0.01),
    ),
    "residual": Lesson(
        title="A path past each layer",
        words="ReLU and He's weights beside a plain path: each layer adds as much as it got, so variance doubles "
        "from layer to layer, and so does the squared gradient on its way back.",
        spec=DEEP.replace(activation="relu", initializer="he_normal", residual="plain"),
        claim=size,
        between=(8.3, 8.5),
    ),
}
"""key -> Lesson, in the order of the menu."""
