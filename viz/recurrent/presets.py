"""Recurrent nets worth seeing. What a preset says, its nets show: a test unrolls each and checks its number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.recurrent.unrolling import Unrolled
from viz.recurrent.case import Case

Claim = Callable[[Sequence[Unrolled]], float]


@dataclass(frozen=True, kw_only=True)
class Preset:
    """Some nets and what they show: `claim(runs)` lies between the two numbers."""

    title: str
    words: str
    case: Case
    claim: Claim
    between: tuple[float, float]


def factor(k: int) -> Claim:
    """By how much one step back multiplies net k's gradient."""
    return lambda runs: float(10 ** runs[k].decades_a_step)


def lost(k: int) -> Claim:
    """log10 of net k's gradient at the start over that at the loss."""
    return lambda runs: float(runs[k].relative[0])


def overflow(k: int) -> Claim:
    """The first step at which net k's states are no numbers."""
    return lambda runs: float(runs[k].overflow_at)


def newest_over_oldest(k: int) -> Claim:
    """log10 of what the newest step adds to net k's dL/dW over what the second one adds."""
    return lambda runs: float(runs[k].weight_gradient[-1] - runs[k].weight_gradient[1])


def slowest(runs: Sequence[Unrolled]) -> float:
    """Decades lost 50 steps back by the net that loses least."""
    return float(np.max([run.relative[-51] for run in runs]))


PRESETS: dict[str, Preset] = {
    "opening": Preset(
        title="Vanish, keep, explode",
        words="The same net with no activation and an orthogonal matrix, at radius 0.9, 1 and 1.1. A tenth more or "
        "less each step, and after 100 steps 1/37,649 of the gradient is left, or 13,781 times as much.",
        case=Case(),
        claim=lost(2),
        between=(np.log10(13780), np.log10(13782)),
    ),
    "tanh": Preset(
        title="tanh: all vanish",
        words="The same matrices and inputs, now with tanh. Its slopes are below 1, so even at radius 1.1 a step "
        "back keeps only 0.83 of the gradient.",
        case=Case(activation=("tanh",)),
        claim=factor(2),
        between=(0.82, 0.835),
    ),
    "edge": Preset(
        title="The edge with tanh",
        words="With these inputs tanh keeps the gradient at a radius of 1.55, not 1: below it vanishes, above it "
        "explodes.",
        case=Case(activation=("tanh",), radius=(1.4, 1.55, 1.7)),
        claim=factor(1),
        between=(0.99, 1.02),
    ),
    "overflow": Preset(
        title="Overflow at radius 10",
        words="The linear net's states leave float64 at step 309: loss and gradient would be inf and NaN. tanh keeps "
        "its states below 1, but its gradient still grows by more than 100 decades.",
        case=Case(activation=("tanh", "identity"), radius=(10.0,), steps=500),
        claim=overflow(1),
        between=(309, 309),
    ),
    "default": Preset(
        title="As torch starts them",
        words="Gates alone do not save the gradient: as torch initializes them, all three cells lose more than 8 "
        "decades in 50 steps.",
        case=Case(cell=("rnn", "lstm", "gru"), activation=("tanh",), matrix="default"),
        claim=slowest,
        between=(-12, -8),
    ),
    "forget": Preset(
        title="LSTM's forget bias",
        words="torch's own start, with the forget gate's bias at −2, 0, 1 and 3. At 0 the gradient loses 20 "
        "decades, at 1 "
        "it loses 7, at 3 it arrives whole: the gate stands open at 95%.",
        case=Case(cell=("lstm",), matrix="default", forget_bias=(-2.0, 0.0, 1.0, 3.0)),
        claim=lost(3),
        between=(-0.5, 0.5),
    ),
    "clipping": Preset(
        title="What clipping does",
        words="tanh at radius 1 vanishes, at radius 2 explodes. Clipping shortens the exploded gradient to 1000, but "
        "its newest step still has only 10⁻⁵ of what the oldest has; the vanished one it leaves as it is.",
        case=Case(activation=("tanh",), radius=(1.0, 2.0)),
        claim=newest_over_oldest(1),
        between=(-5.5, -4.5),
    ),
}
"""key -> Preset, in the order of the menu."""
