"""Comparisons worth seeing. What a preset says, its runs show: a test trains them and checks its number."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from engine.spec import RunSpec
from viz.compare.order import TEXTBOOK
from viz.compare.plan import Plan, cells
from viz.compare.theory import depth
from viz.run.lessons import OPENING

Found = Mapping[tuple[str, ...], np.ndarray]
"""The values that vary, as a link writes them -> accuracy of each seed, or of each fold what it chose; of guessing
where it diverged."""


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A run, what is compared of it, and what that shows: `claim(found)` lies between the two numbers."""

    title: str
    words: str
    spec: RunSpec
    plan: Plan
    claim: Callable[[Found], float]
    between: tuple[float, float]


def lead(one: tuple[str, ...], other: tuple[str, ...]) -> Callable[[Found], float]:
    """By how much the accuracy of one is above the other's, seed by seed: the least."""
    return lambda found: float((found[one] - found[other]).min())


def best(found: Found, *values: str) -> float:
    """The highest mean accuracy among settings with one of these values."""
    return max(float(seeds.mean()) for texts, seeds in found.items() if set(texts) & set(values))


def behind(found: Found) -> float:
    """By how much the logistic stays behind the worst other activation, each at its best rate."""
    others = {texts[0] for texts in found} - {"sigmoid"}
    return min(best(found, name) for name in others) - best(found, "sigmoid")


def agreement(found: Found) -> float:
    """In which share of the nets theory is right about whether they train, above a third of the digits."""
    right = [
        (len(spec.hidden) <= depth(spec)) == (found[texts].mean() > 1 / 3)
        for texts, spec in ((cell.texts, cell.spec) for cell in cells(DEEP, DEPTHS).cells)
    ]
    return float(np.mean(right))


SMALL = RunSpec(activation="relu", initializer="he_normal", hidden=(50, 50), batch_size=64)
DEEP = RunSpec(activation="tanh", initializer="variance_scaling", hidden=(50,) * 10, batch_size=64, lr=0.03)
DEPTHS = Plan(
    vary="initializer.scale",
    values=("0.25", "0.5", "0.75", "1.0", "1.5"),
    also="layers",
    also_values=("5", "10", "20", "40"),
    seeds=2,
    steps=150,
)

PRESETS: dict[str, Preset] = {
    "opening": Preset(
        title="A cure, or luck?",
        words="Ten sigmoid layers that do not learn, with batch norm and without, four seeds each: expect 97% of "
        "the digits beside 10%, whatever the seed. Before or after the activation, the seeds cannot tell.",
        spec=OPENING,
        plan=Plan(),
        claim=lead(("before",), ("none",)),
        between=(0.8, 0.95),
    ),
    "start": Preset(
        title="Xavier or He?",
        words="ReLU nets of 10 and 30 layers. Xavier's weights halve the variance at every ReLU: at 10 layers they "
        "are slow, at 30 they stay at guessing while He's learn (He et al., 2015, figures 2 and 3).",
        spec=SMALL.replace(hidden=(50,) * 10, lr=0.03),
        plan=Plan(
            vary="initializer", values=("glorot_normal", "he_normal"), also="layers", also_values=("10", "30"),
            steps=300,
        ),
        claim=lead(("he_normal", "30"), ("glorot_normal", "30")),
        between=(0.1, 0.7),
    ),
    "rate": Preset(
        title="Which rate?",
        words="Four optimizers at five rates. Each has a rate that learns the digits; Adam's and RMSProp's best one "
        "is a tenth of SGD's or less. At their own rates little is left to tell them apart.",
        spec=SMALL,
        plan=Plan(
            vary="optimizer", values=("sgd", "momentum", "rmsprop", "adam"),
            also="lr", also_values=("0.0001", "0.001", "0.01", "0.1", "1.0"), seeds=3,
        ),
        claim=lead(("adam", "0.001"), ("sgd", "0.001")),
        between=(0.6, 0.95),
    ),
    "forgiven rate": Preset(
        title="Does batch norm forgive the rate?",
        words="Five ReLU layers with batch norm and without, over rates. Ten and thirty times the usual rate end "
        "the plain net; with batch norm they are its best (Ioffe and Szegedy, 2015).",
        spec=SMALL.replace(hidden=(50,) * 5),
        plan=Plan(
            vary="batch_norm", values=("none", "before"), also="lr", also_values=("0.01", "0.1", "1.0", "3.0")
        ),
        claim=lead(("before", "1.0"), ("none", "1.0")),
        between=(0.5, 0.95),
    ),
    "forgiven start": Preset(
        title="Does batch norm forgive the start?",
        words="Five ReLU layers whose weights start at a hundredth to one. Plain, only one of these starts learns; "
        "with batch norm all but the largest do.",
        spec=SMALL.replace(hidden=(50,) * 5, initializer="normal", lr=0.03),
        plan=Plan(
            vary="batch_norm", values=("none", "before"),
            also="initializer.std", also_values=("0.01", "0.05", "0.2", "1.0"),
        ),
        claim=lead(("before", "0.01"), ("none", "0.01")),
        between=(0.5, 0.95),
    ),
    "activation": Preset(
        title="Which activation?",
        words="The textbook's order is ELU, leaky ReLUs, ReLU, tanh, logistic. Five layers, judged on five folds in "
        "turn, the rate of each chosen on the other folds alone. The logistic is far behind; of every other step "
        "it is said whether it holds, does not, or cannot be told.",
        spec=SMALL.replace(hidden=(50,) * 5),
        plan=Plan(
            vary="activation", values=tuple(name for group in TEXTBOOK for name in group),
            also="lr", also_values=("0.01", "0.03", "0.1", "0.2"), seeds=1, folds="5",  # at 0.3 some folds diverge
        ),
        claim=behind,
        between=(0.6, 0.95),
    ),
    "depth": Preset(
        title="Where can it train?",
        words="tanh nets of 5 to 40 layers over the variance of their weights. Dashed: six depth scales of theory, "
        "above which the input is forgotten before the output sees it (Schoenholz et al., 2017).",
        spec=DEEP,
        plan=DEPTHS,
        claim=agreement,
        between=(0.8, 1.0),
    ),
    "norm": Preset(
        title="Which norm for which activation?",
        words="Ten layers of sigmoid, tanh or ReLU under layer norm, batch norm and none. The sigmoid learns under "
        "batch norm alone: layer norm makes all samples equally large, and leaves them alike. Tanh needs neither.",
        spec=SMALL.replace(hidden=(50,) * 10),
        plan=Plan(
            vary="activation", values=("sigmoid", "tanh", "relu"), also="norm", also_values=("none", "layer", "batch"),
            seeds=2,
        ),
        claim=lead(("sigmoid", "batch"), ("sigmoid", "layer")),
        between=(0.7, 0.95),
    ),
    "path": Preset(
        title="A hundred layers?",
        words="ReLU nets of 10, 30 and 100 layers, plain and beside a residual path whose blocks are scaled. Without "
        "the path 30 layers hardly learn and 100 not at all; with it depth costs nothing (He et al., 2016).",
        spec=SMALL.replace(hidden=(50,) * 10, lr=0.03),
        plan=Plan(
            vary="residual", values=("none", "scaled"), also="layers", also_values=("10", "30", "100"), seeds=2,
        ),
        claim=lead(("scaled", "100"), ("none", "100")),
        between=(0.6, 0.95),
    ),
}  # fmt: skip
"""key -> Preset, in the order of the menu."""
