"""The order in which the chapter has the activations, held against what folds say of each of its steps."""

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from engine.tables.wording import Sentence
from viz.compare.plan import Cells

TEXTBOOK = (
    ("elu",),
    ("leaky_relu", "leaky_relu(negative_slope:0.2)", "rrelu", "prelu"),
    ("relu",),
    ("tanh",),
    ("sigmoid",),
)
"""Best first, as links write them; those of one group are not told apart."""
HOLDS, TURNED, OPEN = VERDICTS = ("holds", "does not hold", "cannot tell")
POINTS = 100  # of an accuracy of 1


class Step(NamedTuple):
    """One claim, that the first family is better than the second; difference: (middle, low, high) at 95 %."""

    better: int
    worse: int
    difference: tuple[float, float, float]

    @property
    def verdict(self) -> str:
        """What lies on one side of 0 is told."""
        _, low, high = self.difference
        return HOLDS if low > 0 else TURNED if high < 0 else OPEN


def steps(names: Sequence[str], against: np.ndarray) -> list[Step]:
    """The claims between each group and the next one that is here, of families that are done.

    names: [families], as a link writes the activation. against: as `Nested` has it.
    """
    groups = [[names.index(name) for name in group if name in names] for group in TEXTBOOK]
    here = [group for group in groups if group]
    pairs = [(a, b) for above, below in pairwise(here) for a in above for b in below]
    return [Step(a, b, _ends(against[a, b])) for a, b in pairs if not np.isnan(against[a, b, 1])]


def _ends(difference: np.ndarray) -> tuple[float, float, float]:
    middle, low, high = difference.tolist()
    return middle, low, high


def is_claimed(cells: Cells) -> bool:
    """Whether activations are what is compared, of which the order speaks."""
    return cells.axes[0].name == "activation"


def said(found: Sequence[Step], labels: Sequence[str]) -> list[Sentence]:
    """Where the order holds, where it does not, and where it cannot be told; what there is of the three."""
    words = {
        HOLDS: "The textbook's order holds: {steps}.",
        TURNED: "The order does not hold, the second is better: {steps}.",
        OPEN: "It cannot be told: {steps}.",
    }
    lines = {verdict: gathered(found, labels, verdict) for verdict in words}
    return [Sentence(words[verdict], steps=line) for verdict, line in lines.items() if line]


def gathered(found: Sequence[Step], labels: Sequence[str], verdict: str) -> list[Sentence]:
    """The steps of one verdict, those from the same one together: "ELU > PReLU and ReLU"."""
    by: dict[int, list[str]] = {}
    for step in found:
        if step.verdict == verdict:
            by.setdefault(step.better, []).append(labels[step.worse])
    return [
        Sentence("{better} > {worse}", better=labels[better], worse=reduce(_and, worse))
        for better, worse in by.items()
    ]


def _and(row: str, next: str) -> Sentence:
    return Sentence("{row} and {next}", row=row, next=next)
