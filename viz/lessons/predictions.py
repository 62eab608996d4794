"""What a lesson asks to be predicted, one of a few outcomes, a number or a curve; how it is read and held against the
run."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.tables.option import Choice, Number, Option
from viz.lessons.sketch import NAME, Sketch
from viz.words import numbers
from viz.words.language import say


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One of `choices`, key -> words. of: which one a result is; comes: the one that it is, as a test checks."""

    choices: Mapping[str, str]
    of: Callable[[Any], str]
    comes: str

    @property
    def option(self) -> Option:
        """What may be answered."""
        return Choice(NAME, self.comes, tuple(self.choices))

    def read(self, text: str) -> str:
        """The answer that a text means; SpecError where it means none."""
        return self.option.read(text)

    def write(self, answer: str) -> str:
        """The text that `read` reads."""
        return answer

    def said(self, answer: str) -> str:
        """An answer for people."""
        return say(self.choices[answer])

    def is_right(self, answer: str, came: str) -> bool:
        return answer == came

    def miss(self, answer: str, came: str) -> str:
        """How far off a wrong answer is."""
        return say("Not what you expected.")

    def holds(self, came: str) -> bool:
        """Whether the result is what the lesson says of it."""
        return came == self.comes


@dataclass(frozen=True, kw_only=True)
class Amount:
    """A number that is asked for by the words `asks`, from low to high, in `unit` ("%", or "" for a bare number).

    of: the number that a result shows, between the two of `between`, as a test checks. near: how far off is still
    right, in the unit or, where times is True, by what factor.
    """

    asks: str
    low: float
    high: float
    of: Callable[[Any], float]
    between: tuple[float, float]
    near: float
    times: bool = False
    unit: str = ""

    @property
    def option(self) -> Number:
        """What may be answered."""
        return Number(NAME, self.low, self.low, self.high, log=self.times)

    def read(self, text: str) -> float:
        """The answer that a text means, with its unit or without; SpecError where it means none."""
        return numbers.read(self.option, text.strip().removesuffix(self.unit or "\0"))

    def write(self, answer: float) -> str:
        """The text that `read` reads: 2, and 1e-5."""
        return numbers.shown(self.option.write(answer))

    def said(self, answer: float) -> str:
        """An answer for people."""
        said = say("{value:number}", value=float(answer))
        return say("{value}{unit}", value=said, unit=self.unit) if self.unit else said

    def is_right(self, answer: float, came: float) -> bool:
        return self._off(answer, came) <= self.near

    def miss(self, answer: float, came: float) -> str:
        """How far off a wrong answer is."""
        off, is_high = self._off(answer, came), answer > came
        if not math.isfinite(off):
            return say("No number came out to hold it against.")
        if self.times:
            words = (
                "Too high by a factor of {off:number}." if is_high else "Too low by a factor of {off:number}."
            )
        elif self.unit == "%":
            words = "Too high by {off:number} points." if is_high else "Too low by {off:number} points."
        else:
            words = "Too high by {off:number}." if is_high else "Too low by {off:number}."
        return say(words, off=off)

    def holds(self, came: float) -> bool:
        """Whether the result is what the lesson says of it."""
        return self.between[0] <= came <= self.between[1]

    def _off(self, answer: float, came: float) -> float:
        if not self.times:
            return abs(answer - came)
        return max(answer / came, came / answer) if answer > 0 and came > 0 else math.inf


Prediction = Outcome | Amount | Sketch


def percent(share: float) -> float:
    """A share as an `Amount` in % counts it."""
    return 100 * share
