"""One setting of an entry or of a run: the values it may take, and what is said of any other."""

import math
import numbers
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.tables.wording import nearest, readable, shown


class SpecError(ValueError):
    """A value that describes no run. The message is meant for people; `field` and `option` name the place.

    `brief` is the message for a place that shows what it is about: it neither names the field nor lists what the
    nearest right thing makes needless. Without one of its own it is the message after the field's name.
    """

    def __init__(
        self, message: str, *, field: str | None = None, option: str | None = None, brief: str | None = None
    ) -> None:
        super().__init__(message)
        self.field = field
        self.option = option
        self.brief = brief or message.removeprefix(f"{field}: ")

    def __str__(self) -> str:
        return self.args[0]


class UnknownNameError(SpecError, KeyError):
    """A name that a table does not hold."""


@dataclass(frozen=True)
class Option:
    """One setting of an entry or of a run, and the values it may take.

    kind: "float", "int", "bool", "choice" (one of `choices`) or "pair" (two floats; `low` and `high` may be pairs).
    low, high: the accepted range; `open_low` and `open_high` exclude its ends. log: reads best on a log scale.
    """

    name: str
    default: Any
    low: Any = -math.inf
    high: Any = math.inf
    kind: str = "float"
    choices: tuple[str, ...] = ()
    words: str = ""
    log: bool = False
    open_low: bool = False
    open_high: bool = False

    @property
    def allowed(self) -> str:
        """What may be given, in words: "a number with 0 <= alpha < 1"."""
        match self.kind:
            case "bool":
                return "True or False"
            case "choice":
                return f"one of {', '.join(self.choices)}"
            case "pair":
                return f"two numbers with {self._range('the first', 0)} and {self._range('the second', 1)}"
        number = self._number()
        return number if math.inf == self.high == -self.low else f"{number} with {self._range(self.name)}"

    @property
    def span(self) -> str:
        """What may be given, for a place that names the option itself: "a number from 0 to below 1"."""
        match self.kind:
            case "bool":
                return "on or off"
            case "pair":
                return f"two numbers, the first {self._ends_in_words(0)}, the second {self._ends_in_words(1)}"
            case "choice":
                return self.allowed
        return f"{self._number()} {self._ends_in_words()}".rstrip()

    def _number(self) -> str:
        return "a whole number" if self.kind == "int" else "a number"

    def check(self, value: object, field: str | None = None) -> Any:
        """The value in its own type (float, int, bool, str or a tuple of two floats); SpecError where it is none.

        field: the field of the run that holds this option, for the message; None where they are the same.
        """
        try:
            return getattr(self, f"_as_{self.kind}")(value)
        except (TypeError, ValueError, OverflowError):
            raise self.refusal(value, field, self._hint(value)) from None

    def refusal(self, value: object, field: str | None = None, hint: str = "") -> SpecError:
        """The error that says what was given and what is allowed."""
        place = f"{field}, {self.name}" if field else self.name
        given = shown(value)
        whole = given.removesuffix(".0") if isinstance(value, float) else given
        return SpecError(
            f"{place}: {given} is not allowed; give {self.allowed}.{hint}",
            field=field or self.name,
            option=self.name if field else None,
            brief=f"{whole} is not allowed; give {self.span}.{hint}",
        )

    def write(self, value: Any) -> str:
        """The value as short text, for a URL; `read` gives back exactly the same value."""
        match self.kind:
            case "bool":
                return "true" if value else "false"
            case "pair":
                return "~".join(map(repr, value))
        return str(value)

    def read(self, text: str, field: str | None = None) -> Any:
        """The value that `write` wrote, checked."""
        return self.check(self._parsed(text), field)

    def _parsed(self, text: str) -> object:
        try:
            match self.kind:
                case "float":
                    number = float(text)
                    is_too_large = math.isinf(number) and any(map(str.isdigit, text))
                    return text if is_too_large else number  # 1e400 is not what was meant by inf
                case "int":
                    return int(text)
                case "pair":
                    return tuple(map(float, text.split("~")))
                case "bool":
                    return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
        except (ValueError, KeyError):
            pass
        return text

    def _as_float(self, value: object, index: int = 0) -> float:
        if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
            raise TypeError
        number = float(value) + 0.0  # -0.0 becomes 0.0: one value, one text
        if not math.isfinite(number) or not self._within(number, index):
            raise ValueError
        return number

    def _as_int(self, value: object) -> int:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        number = operator.index(value)  # type: ignore[arg-type]
        if not self._within(number):
            raise ValueError
        return number

    def _as_bool(self, value: object) -> bool:
        if not isinstance(value, bool | np.bool_):
            raise TypeError
        return bool(value)

    def _as_choice(self, value: object) -> str:
        if not isinstance(value, str) or value not in self.choices:
            raise ValueError
        return str(value)

    def _as_pair(self, value: object) -> tuple[float, float]:
        if not isinstance(value, Sequence | np.ndarray) or isinstance(value, str) or len(value) != 2:
            raise TypeError
        return self._as_float(value[0], 0), self._as_float(value[1], 1)

    def _ends(self, index: int = 0) -> tuple[float, float]:
        low = self.low[index] if isinstance(self.low, tuple) else self.low
        return low, self.high[index] if isinstance(self.high, tuple) else self.high

    def _within(self, number: float, index: int = 0) -> bool:
        low, high = self._ends(index)
        above = number > low if self.open_low else number >= low
        return above and (number < high if self.open_high else number <= high)

    def _range(self, name: str, index: int = 0) -> str:
        low, high = self._ends(index)
        left = "" if low == -math.inf else f"{_short(low)} {'<' if self.open_low else '<='} "
        right = "" if high == math.inf else f" {'<' if self.open_high else '<='} {_short(high)}"
        return f"{left}{name}{right}"

    def _ends_in_words(self, index: int = 0) -> str:
        low, high = self._ends(index)
        least = "" if low == -math.inf else f"{'above' if self.open_low else 'from'} {readable(low)}"
        if high == math.inf:
            return least.replace("from", "of at least")
        most = f"{'below ' if self.open_high else ''}{readable(high)}"
        return f"{least} to {most}" if least else most if self.open_high else f"of at most {most}"

    def _hint(self, value: object) -> str:
        """The nearest right thing: a name like it, or the same value in the right type."""
        if self.kind == "choice":
            return nearest("none" if value is None else value, self.choices)
        try:
            if isinstance(value, str) and len(value) <= 60:
                return f" Did you mean {getattr(self, f'_as_{self.kind}')(self._parsed(value))!r}, without quotes?"
            if self.kind == "int" and isinstance(value, float) and value.is_integer():
                return f" Did you mean {self._as_int(int(value))}?"
            if self.kind == "bool" and isinstance(value, int) and value in (0, 1):
                return f" Did you mean {bool(value)}?"
        except (TypeError, ValueError):
            pass
        return ""


def _short(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}"
