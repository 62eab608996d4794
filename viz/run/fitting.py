"""What else a choice asks for, so that data, loss and output go together, and layers their widths."""

from collections.abc import Sequence
from typing import Any

from engine.spec import RunSpec
from engine.tables.datasets import DATASETS

NUMBERS = {
    "loss": "mse", "output": "linear", "outputs": None, "label_noise": 0.0, "class_share": None, "input_factor": 1.0,
}  # fmt: skip
"""What a data set without classes asks for."""


def fitting_data(spec: RunSpec, name: str) -> dict[str, Any]:
    """What else a data set asks for, so that its loss fits its targets."""
    before, after = DATASETS[spec.dataset].classes, DATASETS[name].classes
    if not after:
        return NUMBERS
    fits = {} if isinstance(spec.input_factor, float) else {"input_factor": 1.0}
    if not before:
        return fits | {"loss": "cross_entropy"}
    return fits | ({"outputs": None} if after > 2 else {})


def fitting_loss(spec: RunSpec, name: str) -> dict[str, Any]:
    """What else a loss asks for: probabilities, or more outputs than one."""
    many = DATASETS[spec.dataset].classes > 2
    one = {"outputs": None} if name == "cross_entropy" or (name == "bce" and many) else {}
    if name == "bce" and spec.output not in ("sigmoid", "softmax"):
        return one | {"output": "sigmoid"}
    return one


def resized(hidden: Sequence[int], layers: int) -> tuple[int, ...]:
    """The first layers of the net; new ones are as wide as the last, or 100 where there was none."""
    last = hidden[-1] if hidden else 100
    return tuple(hidden[:layers]) + (last,) * (layers - len(hidden))
