"""Where the textbook's order of activations holds, where it does not, and where folds cannot tell."""

import numpy as np
import pytest

from viz.compare import order
from viz.words.language import say, speaking

NAMES = ["relu", "sigmoid", "elu", "prelu", "rrelu"]
LABELS = ["ReLU", "Logistic", "ELU", "PReLU", "RReLU"]


def against(**told: tuple[float, float, float]) -> np.ndarray:
    """Differences of the pairs "better_worse", all others unknown."""
    found = np.full((5, 5, 3), np.nan)
    for pair, difference in told.items():
        found[tuple(NAMES.index(name) for name in pair.split("_"))] = difference
    return found


def test_each_group_is_held_against_the_next_one_that_is_here():
    found = order.steps(NAMES, np.zeros((5, 5, 3)))
    pairs = [(NAMES[step.better], NAMES[step.worse]) for step in found]
    # no tanh: the logistic is the next after ReLU
    assert pairs == [
        ("elu", "rrelu"), ("elu", "prelu"), ("rrelu", "relu"), ("prelu", "relu"), ("relu", "sigmoid")
    ]  # fmt: skip


def test_what_is_not_trained_yet_is_not_told():
    assert order.steps(NAMES, against()) == []


def test_it_says_where_it_holds_where_it_does_not_and_where_it_cannot_be_told():
    found = order.steps(
        NAMES,
        against(
            elu_prelu=(0.01, -0.01, 0.03),
            elu_rrelu=(np.nan, -np.inf, np.inf),
            prelu_relu=(-0.02, -0.03, -0.01),
            rrelu_relu=(0.0, 0.0, 0.0),
            relu_sigmoid=(0.8, 0.7, 0.9),
        ),
    )
    assert [str(line) for line in order.said(found, LABELS)] == [
        "The textbook's order holds: ReLU > Logistic.",
        "The order does not hold, the second is better: PReLU > ReLU.",
        "It cannot be told: ELU > RReLU and PReLU, RReLU > ReLU.",
    ]


def test_it_says_so_in_chinese():
    found = order.steps(NAMES, against(elu_prelu=(0, -1, 1), elu_rrelu=(0, -1, 1)))
    with speaking("zh"):
        assert [say(line) for line in order.said(found, LABELS)] == ["无法判断：ELU > RReLU 和 PReLU。"]


@pytest.mark.parametrize(
    ("low", "high", "verdict"), [(0.1, 0.2, order.HOLDS), (-0.2, -0.1, order.TURNED), (0, 0, order.OPEN)]
)
def test_a_difference_is_told_that_lies_on_one_side(low, high, verdict):
    assert order.Step(0, 1, (0.0, low, high)).verdict == verdict
