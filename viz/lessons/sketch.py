"""What a lesson asks to be drawn: a curve on the axes on which the run's own then stands beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.tables.errors import SpecError
from engine.tables.option import Number
from engine.tables.wording import Sentence, readable
from viz.words import numbers
from viz.words.language import say

NAME = "answer"  # in the address
LONGEST = 12  # characters of one number
Drawn = tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """A ratio at each of the places `at`, drawn from low to high on a log axis; it is 1 at the last place or, with
    one_at_first=True, at the first.

    asks, across: what the axes show. curves: the ratios that a result shows, by name; the first is what is asked for.
    between: where its free end lies, as a test checks. near: how far off is still right, as a factor: the geometric
    mean over all places but that of the 1.
    """

    asks: str
    across: str
    at: Sequence[int]
    low: float
    high: float
    curves: Callable[[Any], Mapping[str, np.ndarray]]
    between: tuple[float, float]
    near: float
    one_at_first: bool = False

    @property
    def one(self) -> int:
        """The index of the place where the ratio is 1."""
        return 0 if self.one_at_first else len(self.at) - 1

    @property
    def end(self) -> int:
        """The index of the place farthest from it."""
        return len(self.at) - 1 - self.one

    def of(self, seen: Any) -> Drawn:
        """The curve that a result shows."""
        return tuple(map(float, next(iter(self.curves(seen).values()))))

    def read(self, text: str) -> Drawn:
        """The curve that a text means: a number for each place, or the one at the end of a straight line.

        SpecError where it means none.
        """
        if len(text) > LONGEST * len(self.at):
            raise self._refusal(Sentence("{n:,} characters", n=len(text)))
        typed = [
            numbers.read(Number(NAME, self.low, self.low, self.high, log=True), part)
            for part in text.split(",")
        ]
        if len(typed) not in (1, len(self.at)):
            raise self._refusal(Sentence("{n:,} numbers", n=len(typed)))
        if len(typed) == 1:
            line = np.geomspace(1, typed[0], len(self.at))
            typed = list(line if self.one_at_first else line[::-1])
        typed[self.one] = 1.0
        return tuple(float(f"{value:.2g}") for value in typed)

    def of_pad(self, told: Any) -> Drawn:
        """The curve that a browser tells of, whatever it tells; SpecError where that is none."""
        if not isinstance(told, list) or len(told) != len(self.at):
            given = (
                Sentence("{n:,} numbers", n=len(told)) if isinstance(told, list) else Sentence("no numbers")
            )
            raise self._refusal(given)
        return self.read(",".join(f"{each:.2g}" if type(each) in (int, float) else "nan" for each in told))

    def write(self, answer: Drawn) -> str:
        """The text that `read` reads."""
        return ",".join(readable(value, 2) for value in answer)

    def said(self, answer: Sequence[float]) -> str:
        """A curve for people: its two ends, in the order of the places."""
        return say(
            "{first:number} at {across} {begin} and {last:number} at {across} {end}",
            first=float(answer[0]),
            last=float(answer[-1]),
            across=say(self.across),
            begin=self.at[0],
            end=self.at[-1],
        )

    def is_right(self, answer: Drawn, came: Drawn) -> bool:
        return bool(self._typical(answer, came) <= self.near)

    def miss(self, answer: Drawn, came: Drawn) -> str:
        """How far off a wrong curve is."""
        off = self._off(answer, came)
        worst = int(np.argmax(off))
        if not np.isfinite(off[worst]):
            return say("No curve came out to hold it against.")
        return say(
            "Off by a factor of {off:number} as a rule, and most at {across} {worst}: you drew {drawn:number}, "
            "it is {came:number}.",
            off=self._typical(answer, came),
            across=say(self.across),
            worst=self.at[worst],
            drawn=answer[worst],
            came=came[worst],
        )

    def holds(self, came: Drawn) -> bool:
        """Whether the result is what the lesson says of it."""
        return self.between[0] <= came[self.end] <= self.between[1]

    def pad(
        self, answer: Drawn | None, seen: Any, roles: Sequence[str], dashes: Sequence[str]
    ) -> dict[str, Any]:
        """What the browser is given: the axes, what was drawn, and the run's curves where they are known."""
        curves = self.curves(seen) if seen is not None else {}
        return {
            "asks": say(self.asks),
            "across": say(self.across),
            "at": list(self.at),
            "low": float(np.log10(self.low)),
            "high": float(np.log10(self.high)),
            "one": self.one,
            "drawn": None if answer is None else list(answer),
            "curves": [
                {
                    "name": say(name),
                    "role": role,
                    "dash": dash,
                    "values": [float(value) if np.isfinite(value) else None for value in curve],
                }
                for (name, curve), role, dash in zip(curves.items(), roles, dashes, strict=False)
            ],
        }

    def _off(self, answer: Drawn, came: Drawn) -> np.ndarray:
        """By how many decades each place is off."""
        with np.errstate(divide="ignore", invalid="ignore"):
            off = np.abs(np.log10(answer) - np.log10(came))
        return np.where(np.isfinite(off), off, np.inf)

    def _typical(self, answer: Drawn, came: Drawn) -> float:
        return float(10 ** np.delete(self._off(answer, came), self.one).mean())

    def _refusal(self, given: Sentence) -> SpecError:
        return SpecError(
            "{place}: {given} are no curve here; give {count} numbers from {low} to {high}, one for each {across}, or "
            "the one at {across} {end}.",
            field=NAME,
            given=given,
            count=len(self.at),
            low=readable(self.low),
            high=readable(self.high),
            across=Sentence(self.across),
            end=self.at[self.end],
        )
