"""The loss of each step, measured or not: what its backward passes began at, or what somebody says it is."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.measure.statistics import COLUMN

SCALED = {"gradient_var": 2, "gradient_rms": 1, "weight_gradient_var": 2}
"""Columns of a loss that a scaler multiplied -> the power of its factor in them."""
MOST = 2000  # losses that are kept; of more, every second of the older ones
NEWEST = 500  # that are kept one by one


class Losses:
    """The loss of the step that goes on, `last`, that of the step before it, and `kept`, those of all steps.

    What is kept of a step stays where it is: no device is waited for until a number is asked for.
    """

    def __init__(self) -> None:
        self.came = False  # whether there ever was one
        self._ended: tuple[Any, Any] = None, 1.0
        self._all: list[tuple[int, Tensor | float]] = []
        self.begin()

    def begin(self) -> None:
        """Another step."""
        self.told: Tensor | float | None = None
        self._summed: Tensor | None = None
        self._scale: Tensor | float = 1.0
        self._is_whole = False

    def add(self, loss: Tensor) -> None:
        """A backward pass began at it. What came before a step of one of several optimizers counts no more."""
        self.came = True
        one = loss.detach() if loss.numel() == 1 else None
        before = None if self._is_whole else self._summed
        self._summed = one if before is None or one is None else before + one

    def scaled_by(self, scaler: Any) -> None:
        """A scaler multiplied the loss; its factor, which it changes in place."""
        factor = getattr(scaler, "_scale", None)
        self._scale = factor.clone() if isinstance(factor, Tensor) else float(scaler.get_scale())

    def whole(self) -> None:
        """An optimizer is about to step."""
        self._is_whole = True

    def end(self, step: int) -> None:
        """The step of this number is over."""
        self._ended = loss, scale = self._pair
        if loss is None:
            return
        self._all.append((step, (loss / scale).reshape(()) if _is_far(loss) else _number(loss, scale)))
        if len(self._all) > MOST:
            self._all = [*self._all[:-NEWEST:2], *self._all[-NEWEST:]]

    def close(self, steps: int) -> None:
        """No step comes any more after so many."""
        if self._came_late and steps:
            self.end(steps)

    def kept(self, steps: int) -> np.ndarray:
        """[losses, 2]: step and loss of all that are known and kept. steps: how many were taken; what was told after
        the last one, before another pass, is of that one."""
        far = [k for k, (_, loss) in enumerate(self._all) if isinstance(loss, Tensor)]
        if far:  # from their device at once
            device = torch.as_tensor(self._all[far[0]][1]).device
            there = [torch.as_tensor(self._all[k][1]).float().to(device) for k in far]
            numbers = torch.stack(there).tolist()
            for k, number in zip(far, numbers, strict=True):
                self._all[k] = self._all[k][0], number
        found = dict(self._all) | ({steps: _number(self.told, 1.0)} if self._came_late and steps else {})
        return np.array(list(found.items()), float).reshape(-1, 2)

    @property
    def _came_late(self) -> bool:
        return self.told is not None and self._summed is None

    @property
    def scale(self) -> float:
        """A scaler's factor, 1 without."""
        return float(self._scale)

    @property
    def now(self) -> float:
        """Of this step, NaN where nobody knows."""
        return _number(*self._pair)

    @property
    def last(self) -> float:
        """Of the step that ended last."""
        return _number(self.told, 1.0) if self._came_late else _number(*self._ended)

    @property
    def _pair(self) -> tuple[Any, Any]:
        return (self.told, 1.0) if self.told is not None else (self._summed, self._scale)


def _is_far(loss: Tensor | float) -> bool:
    """Whether to ask for its number is to wait for a device."""
    return isinstance(loss, Tensor) and loss.device.type != "cpu"


def unscaled(table: np.ndarray, scale: float) -> np.ndarray:
    """A table [layers, columns] without a scaler's factor."""
    for name, power in SCALED.items():
        table[:, COLUMN[name]] /= scale**power
    return table


def _number(loss: Tensor | float | None, scale: Tensor | float) -> float:
    return math.nan if loss is None else float(loss) / float(scale)
