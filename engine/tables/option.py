"""One setting of an entry or of a run: the values it may take, and what is said of any other.

Five kinds: a number, a whole number, a switch, one of a few words, a pair of numbers.
"""

import math
import numbers
import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from engine.tables.errors import SpecError, UnknownNameError
from engine.tables.wording import Name, Sentence, meant, nearest, readable

__all__ = ["Choice", "Number", "Option", "Pair", "SpecError", "Switch", "UnknownNameError", "Whole"]


@dataclass(frozen=True)
class Option:
    """A setting by its name, what it is unless somebody says otherwise, and words about it.

    needs: the name of another option of its entry without which it means nothing; "" for none.
    """

    name: str
    default: Any
    words: str = field(default="", kw_only=True)
    needs: str = field(default="", kw_only=True)

    @property
    def allowed(self) -> Sentence:
        """What may be given, in words: "a number with 0 <= alpha < 1"."""
        raise NotImplementedError

    @property
    def span(self) -> Sentence:
        """What may be given, for a place that names the option itself: "a number from 0 to below 1"."""
        return self.allowed

    def check(self, value: object, field: str | None = None) -> Any:
        """The value in its own type (float, int, bool, str or a tuple of two floats); SpecError where it is none.

        field: the field of the run that holds this option, for the message; None where they are the same.
        """
        try:
            return self._taken(value)
        except (TypeError, ValueError, OverflowError):
            raise self.refusal(value, field, self._hint(value)) from None

    def refusal(self, value: object, field: str | None = None, hint: str = "") -> SpecError:
        """The error that says what was given and what is allowed."""
        return SpecError(
            "{place}: {value!r} is not allowed; give {allowed}.",
            brief="{value:given} is not allowed; give {span}.",
            field=field or self.name,
            option=self.name if field else None,
            value=value,
            allowed=self.allowed,
            span=self.span,
            hint=hint,
        )

    def write(self, value: Any) -> str:
        """The value as short text, for a URL; `read` gives back exactly the same value."""
        return str(value)

    def read(self, text: str, field: str | None = None) -> Any:
        """The value that `write` wrote, checked."""
        try:
            value = self._parsed(text)
        except (ValueError, KeyError):
            value = text
        return self.check(value, field)

    def _taken(self, value: object) -> Any:
        """The value in its own type; TypeError or ValueError where it is not allowed."""
        raise NotImplementedError

    def _parsed(self, text: str) -> object:
        """What the text says, not checked; ValueError or KeyError where it says nothing."""
        return text

    def _hint(self, value: object) -> str:
        """The nearest right thing: the same value in the right type."""
        if not isinstance(value, str) or len(value) > 60:
            return ""
        try:
            unquoted = self._taken(self._parsed(value))
        except (TypeError, ValueError, KeyError):
            return ""
        return Sentence("Did you mean {meant!r}, without quotes?", meant=unquoted)


@dataclass(frozen=True)
class Number(Option):
    """A number from low to high; `open_low` and `open_high` exclude these. log: reads best on a log scale."""

    low: float = -math.inf
    high: float = math.inf
    log: bool = field(default=False, kw_only=True)
    open_low: bool = field(default=False, kw_only=True)
    open_high: bool = field(default=False, kw_only=True)
    noun: ClassVar = Sentence("a number")

    @property
    def allowed(self) -> Sentence:
        if math.inf == self.high == -self.low:
            return self.noun
        return Sentence("{noun} with {range}", noun=self.noun, range=self.range)

    @property
    def span(self) -> Sentence:
        return Sentence("{noun} {ends}", noun=self.noun, ends=self.ends) if self.ends else self.noun

    @property
    def range(self) -> Sentence:
        """As mathematics writes it: "0 <= alpha < 1"."""
        left = "" if self.low == -math.inf else "{low:short} < " if self.open_low else "{low:short} <= "
        right = "" if self.high == math.inf else " < {high:short}" if self.open_high else " <= {high:short}"
        template = left + "{name:lower}" + right  # mathematics needs no translation
        name = self.name if isinstance(self.name, Sentence) else Name(self.name)
        return Sentence(template, name=name, low=self.low, high=self.high)

    @property
    def ends(self) -> Sentence:
        """In words: "from 0 to below 1"; "" where there are none."""
        low = None if self.low == -math.inf else not self.open_low
        high = None if self.high == math.inf else not self.open_high
        return Sentence(_ENDS[low, high], low=readable(self.low), high=readable(self.high))

    def _taken(self, value: object) -> float:
        if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
            raise TypeError
        number = float(value) + 0.0  # -0.0 becomes 0.0: one value, one text
        if not math.isfinite(number):
            raise ValueError
        return self._within(number)

    def _within(self, number: Any) -> Any:
        above = number > self.low if self.open_low else number >= self.low
        below = number < self.high if self.open_high else number <= self.high
        if not (above and below):
            raise ValueError
        return number

    def _parsed(self, text: str) -> object:
        number = float(text)
        is_too_large = math.isinf(number) and any(map(str.isdigit, text))
        return text if is_too_large else number  # 1e400 is not what was meant by inf


_ENDS = {
    (None, None): "",
    (None, True): "of at most {high}",
    (None, False): "below {high}",
    (True, None): "of at least {low}",
    (True, True): "from {low} to {high}",
    (True, False): "from {low} to below {high}",
    (False, None): "above {low}",
    (False, True): "above {low} to {high}",
    (False, False): "above {low} to below {high}",
}
"""(lower end, upper end) -> words; True: it is allowed itself, False: it is not, None: there is none."""


@dataclass(frozen=True)
class Whole(Number):
    """A whole number from low to high."""

    noun: ClassVar = Sentence("a whole number")

    def _taken(self, value: object) -> int:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        return self._within(operator.index(value))  # type: ignore[arg-type]

    def _parsed(self, text: str) -> int:
        return int(text)

    def _hint(self, value: object) -> str:
        if not isinstance(value, float) or not value.is_integer():
            return super()._hint(value)
        try:
            return meant(self._taken(int(value)))
        except ValueError:
            return ""


@dataclass(frozen=True)
class Switch(Option):
    """On or off."""

    @property
    def allowed(self) -> Sentence:
        return Sentence("True or False")

    @property
    def span(self) -> Sentence:
        return Sentence("on or off")

    def write(self, value: bool) -> str:
        return "true" if value else "false"

    def _taken(self, value: object) -> bool:
        if not isinstance(value, bool | np.bool_):
            raise TypeError
        return bool(value)

    def _parsed(self, text: str) -> bool:
        return {"true": True, "1": True, "false": False, "0": False}[text.lower()]

    def _hint(self, value: object) -> str:
        if isinstance(value, int) and value in (0, 1):
            return meant(bool(value))
        return super()._hint(value)


@dataclass(frozen=True)
class Choice(Option):
    """One of a few words."""

    choices: tuple[str, ...] = ()

    @property
    def allowed(self) -> Sentence:
        return Sentence("one of {choices}", choices=self.choices)

    def _taken(self, value: object) -> str:
        if not isinstance(value, str) or value not in self.choices:
            raise ValueError
        return str(value)

    def _hint(self, value: object) -> str:
        return nearest("none" if value is None else value, self.choices)


@dataclass(frozen=True)
class Pair(Option):
    """Two numbers, "0.9~0.999" as text. low, high: of both, or a pair of ends, one for each."""

    low: float | tuple[float, float] = -math.inf
    high: float | tuple[float, float] = math.inf
    open_low: bool = field(default=False, kw_only=True)
    open_high: bool = field(default=False, kw_only=True)

    @property
    def parts(self) -> tuple[Number, Number]:
        """What each of the two may be."""
        lows, highs = (end if isinstance(end, tuple) else (end, end) for end in (self.low, self.high))
        names = (Sentence("the first"), Sentence("the second"))
        first, second = (
            Number(name, None, low, high, open_low=self.open_low, open_high=self.open_high)
            for name, low, high in zip(names, lows, highs, strict=True)
        )
        return first, second

    @property
    def allowed(self) -> Sentence:
        first, second = self.parts
        return Sentence("two numbers with {first} and {second}", first=first.range, second=second.range)

    @property
    def span(self) -> Sentence:
        first, second = self.parts
        return Sentence(
            "two numbers, the first {first}, the second {second}", first=first.ends, second=second.ends
        )

    def write(self, value: tuple[float, float]) -> str:
        return "~".join(map(repr, value))

    def _taken(self, value: object) -> tuple[float, float]:
        if not isinstance(value, Sequence | np.ndarray) or isinstance(value, str) or len(value) != 2:
            raise TypeError
        first, second = (part._taken(one) for part, one in zip(self.parts, value, strict=True))
        return first, second

    def _parsed(self, text: str) -> tuple[float, ...]:
        return tuple(map(float, text.split("~")))
