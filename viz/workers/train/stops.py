"""Where a run is to stop by itself, once."""

from dataclasses import dataclass
from typing import NamedTuple

from engine.tables.wording import Sentence, readable


class Standing(NamedTuple):
    """How a run stands: steps taken and epochs that are over, loss of the newest batch, accuracy of the test set; None
    where unknown."""

    steps: int
    epochs: int
    loss: float | None
    accuracy: float | None
    is_sick: bool


SUDDEN = ("loss", "accuracy")
"""Where a run stops that cannot be told before it is there."""


@dataclass(frozen=True)
class Stop:
    """at: "step", "epoch" (its end), "loss" (of a batch, at most), "accuracy" (of the test set, at least) or "finding"
    (any)."""

    at: str
    value: float = 0.0

    def reason(self, now: Standing) -> str:
        """Why a run that stands so has to stop, in words; "" while it need not."""
        given = readable(self.value)
        match self.at:
            case "step" if now.steps >= self.value:
                return Sentence("Stopped at step {steps}, as you asked.", steps=now.steps)
            case "epoch" if now.epochs >= self.value:
                return Sentence("Stopped at the end of epoch {epochs}, as you asked.", epochs=now.epochs)
            case "loss" if now.loss is not None and now.loss <= self.value:
                return Sentence("Stopped: this batch's loss is {given} or less.", given=given)
            case "accuracy" if now.accuracy is not None and now.accuracy >= self.value:
                return Sentence("Stopped: the test set's accuracy is {given} or more.", given=given)
            case "finding" if now.is_sick:
                return Sentence("Stopped at the first finding.")
        return ""
