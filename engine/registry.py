"""Tables of named choices: what exists, what each entry means, and which options it takes.

An entry is data about one idea (its formula, its source, its options); menus, help texts, URLs and tests all walk the
same table. Whatever a person can get wrong ends in a `SpecError` that says what was given, what is allowed, and the
nearest right thing.
"""

import difflib
import math
import numbers
import operator
import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

_brief = reprlib.Repr()
_brief.maxstring = _brief.maxother = _brief.maxlong = 60
_brief.maxlist = _brief.maxtuple = _brief.maxdict = 8


def shown(value: object) -> str:
    """`repr`, cut to a length that fits in a message."""
    try:
        return _brief.repr(value)
    except ValueError:  # Python refuses to print integers of more than 4300 digits
        return f"a number of {value.bit_length()} bits" if isinstance(value, int) else type(value).__name__


def nearest(name: object, names: Iterable[str]) -> str:
    """ " Did you mean 'adam'?" for the name most like the given one, or "" when none is."""
    if not isinstance(name, str):
        return ""
    names = list(names)
    matches = difflib.get_close_matches(
        name[:60].strip().lower().replace("-", "_").replace(" ", "_"), names, n=1
    )
    return f" Did you mean {matches[0]!r}?" if matches else ""


class SpecError(ValueError):
    """A value that describes no run. `field` and `option` name the place; the message is meant for people."""

    def __init__(self, message: str, *, field: str | None = None, option: str | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.option = option

    def __str__(self) -> str:
        return self.args[0]


class UnknownNameError(SpecError, KeyError):
    """A name that a table does not hold."""


@dataclass(frozen=True)
class Option:
    """One setting of an entry or of a run, and the values it may take.

    kind: "float", "int", "bool", "choice" (one of `choices`) or "pair" (two floats; `low` and `high` may be pairs).
    low, high: the accepted range; `open_low` and `open_high` exclude its ends. log: best shown on a log scale.
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
                return "one of " + ", ".join(self.choices)
            case "pair":
                first, second = (
                    self._range(f"{which} number", i) for i, which in enumerate(("first", "second"))
                )
                return f"two numbers with {first} and {second}"
            case "int":
                return f"a whole number{self._with_range()}"
        return f"a number{self._with_range()}"

    def check(self, value: object, field: str | None = None) -> Any:
        """The value in its own type (float, int, bool, str, or a tuple of two floats); SpecError otherwise.

        field: the name of the run's field this option belongs to, for the message.
        """
        try:
            return getattr(self, f"_as_{self.kind}")(value)
        except (TypeError, ValueError, OverflowError):
            place = self.name if field in (None, self.name) else f"{field}, {self.name}"
            hint = nearest(value, self.choices) or self._type_hint(value)
            message = f"{place}: {shown(value)} is not allowed; give {self.allowed}.{hint}"
            raise SpecError(message, field=field or self.name, option=self.name) from None

    def write(self, value: Any) -> str:
        """The value as short text, for a URL; `read` gives back exactly the same value."""
        if self.kind == "bool":
            return "true" if value else "false"
        return "~".join(map(repr, value)) if self.kind == "pair" else str(value)

    def read(self, text: str, field: str | None = None) -> Any:
        """The value that `write` wrote, checked."""
        return self.check(self._parse(text), field)

    def _parse(self, text: str) -> object:
        try:
            match self.kind:
                case "float":
                    return float(text)
                case "int":
                    return int(text)
                case "pair":
                    return tuple(float(part) for part in text.split("~"))
                case "bool":
                    return {"true": True, "false": False, "1": True, "0": False}[text.lower()]
        except (ValueError, KeyError):
            pass
        return text

    def _as_float(self, value: object, index: int = 0) -> float:
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
            raise TypeError
        number = float(value) + 0.0  # -0.0 becomes 0.0: one value, one text
        if not math.isfinite(number) or not self._within(number, index):
            raise ValueError
        return number

    def _as_int(self, value: object) -> int:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        number = operator.index(value)
        if not self._within(number):
            raise ValueError
        return number

    def _as_bool(self, value: object) -> bool:
        if not isinstance(value, (bool, np.bool_)):
            raise TypeError
        return bool(value)

    def _as_choice(self, value: object) -> str:
        if not isinstance(value, str) or value not in self.choices:
            raise ValueError
        return str(value)

    def _as_pair(self, value: object) -> tuple[float, float]:
        if not isinstance(value, (Sequence, np.ndarray)) or isinstance(value, str) or len(value) != 2:
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
        left = "" if low == -math.inf else f"{low:g} {'<' if self.open_low else '<='} "
        right = "" if high == math.inf else f" {'<' if self.open_high else '<='} {high:g}"
        return f"{left}{name}{right}"

    def _with_range(self) -> str:
        return "" if (text := self._range(self.name)) == self.name else f" with {text}"

    def _type_hint(self, value: object) -> str:
        if self.kind in ("float", "int") and isinstance(value, str) and len(value) < 60:
            try:
                return f" Did you mean {self.read(value)!r}, without quotes?"
            except SpecError:
                return ""
        if (
            self.kind == "int"
            and isinstance(value, float)
            and value.is_integer()
            and self._within(int(value))
        ):
            return f" Did you mean {int(value)}?"
        return ""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What every table says about each of its choices.

    formula: LaTeX. words: one line for people. notes: conventions worth knowing. source: who, when.
    rule: what must hold between options; gets them complete and returns a complaint, or None.
    """

    name: str
    label: str
    formula: str
    words: str
    source: str
    notes: str = ""
    options: tuple[Option, ...] = ()
    rule: Callable[[dict[str, Any]], str | None] | None = None

    def complete(self, options: Mapping[str, Any] | None = None, field: str = "options") -> dict[str, Any]:
        """The defaults with the given options over them, each checked; SpecError for one that does not fit."""
        full = {option.name: option.default for option in self.options} | self.checked(options or {}, field)
        if self.rule and (complaint := self.rule(full)):
            raise SpecError(f"{field}: {complaint}", field=field)
        return full

    def checked(self, options: Mapping[str, Any], field: str = "options") -> dict[str, Any]:
        """Only the given options, each in its own type; SpecError for one that does not fit."""
        if not isinstance(options, Mapping):
            raise SpecError(
                f"{field}: {shown(options)} is not a mapping; give a dict such as {self._example()}.",
                field=field,
            )
        return {name: self.option(name, field).check(value, field) for name, value in options.items()}

    def option(self, name: object, field: str = "options") -> Option:
        """The option of that name; SpecError when the entry does not take it."""
        for option in self.options:
            if option.name == name:
                return option
        names = [option.name for option in self.options]
        takes = f"it takes {', '.join(names)}" if names else "it takes none"
        message = f"{field}: {shown(name)} is no option of {self.name}; {takes}.{nearest(name, names)}"
        raise SpecError(message, field=field, option=name if isinstance(name, str) else None)

    def _example(self) -> str:
        return repr({option.name: option.default for option in self.options[:1]})


E = TypeVar("E", bound=Entry)


class Registry(Mapping[str, E], Generic[E]):
    """A read-only table, name -> entry, in the order of its menu. `kind` is what an entry is called."""

    def __init__(self, kind: str, entries: Iterable[E]) -> None:
        self.kind = kind
        self._entries: dict[str, E] = {}
        for entry in entries:
            if entry.name in self._entries:
                raise ValueError(f"two entries are named {entry.name!r} in the table of {kind}s")
            self._entries[entry.name] = entry

    def __getitem__(self, name: str) -> E:
        if isinstance(name, str) and name in self._entries:
            return self._entries[name]
        choices = ", ".join(self._entries)
        raise UnknownNameError(
            f"unknown {self.kind} {shown(name)}; choose from: {choices}.{nearest(name, self._entries)}",
            field=self.kind,
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<{self.kind}s: {', '.join(self._entries)}>"
