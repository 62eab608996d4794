"""Tables of named choices: what exists, what each entry means, and which options it takes.

An entry is data about one idea (its formula, its source, its options); menus, help texts, URLs and tests all walk
the same table. Whatever a person can get wrong ends in a `SpecError` that says what was given, what is allowed, and
the nearest right thing.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from engine.tables.errors import SpecError, UnknownNameError
from engine.tables.option import Option
from engine.tables.wording import Sentence, meant, nearest, simplified


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What every table says about each of its choices.

    formula: LaTeX. words: one line for people. notes: conventions worth knowing. source: who, when.
    rule: what must hold between options; gets all of them and returns a complaint as a `Sentence`, or None.
    """

    name: str
    label: str
    formula: str
    words: str
    source: str
    notes: str = ""
    options: tuple[Option, ...] = ()
    rule: Callable[[dict[str, Any]], Sentence | None] | None = None

    def complete(self, options: Mapping[str, Any] | None = None, field: str = "options") -> dict[str, Any]:
        """The defaults with the given options over them, each checked; SpecError for one that does not fit.

        field: what the options are called where they were given, for the message.
        """
        given = {} if options is None else options
        if not isinstance(given, Mapping):
            raise SpecError(
                "{place}: {value!r} is not allowed; give a dict, option by option.", field=field, value=given
            )
        full = {option.name: option.default for option in self.options}
        full |= {name: self.option(name, field).check(value, field) for name, value in given.items()}
        if self.rule and (complaint := self.rule(full)):
            raise SpecError("{place}: {complaint}", field=field, value=dict(given), complaint=complaint)
        return full

    def option(self, name: object, field: str = "options") -> Option:
        """The option of that name; SpecError when the entry does not take it."""
        for option in self.options:
            if option.name == name:
                return option
        names = tuple(option.name for option in self.options)
        takes = Sentence("it takes {names}", names=names) if names else Sentence("it takes none")
        hint = nearest(name, names)
        raise SpecError(
            "{field}: {value!r} is no option of {entry}; {takes}.",
            brief="{value!r} is no option of {entry}" + ("." if hint else "; {takes}."),
            field=field,
            option=name if isinstance(name, str) else None,
            value=name,
            allowed=names,
            hint=hint,
            entry=self.name,
            takes=takes,
        )


E = TypeVar("E", bound=Entry)


class Registry(Mapping[str, E], Generic[E]):
    """A read-only table, name -> entry, in the order of its menu. `kind` is what an entry is called."""

    def __init__(self, kind: str, entries: Iterable[E]) -> None:
        entries = tuple(entries)
        self.kind = kind
        self._entries: dict[str, E] = {entry.name: entry for entry in entries}
        if len(self._entries) < len(entries):
            raise ValueError(f"two entries share a name in the table of {kind}s: {[e.name for e in entries]}")

    def __getitem__(self, name: str) -> E:
        if isinstance(name, str) and name in self._entries:
            return self._entries[name]
        hint = self._nearest(name)
        if name == "":
            raise UnknownNameError(
                "unknown {kind} {value!r}; choose from: {allowed}.",
                brief="a value is missing; choose from: {allowed}.",
                field=self.kind,
                value=name,
                allowed=tuple(self),
                kind=Sentence(self.kind),
            )
        raise UnknownNameError(
            "unknown {kind} {value!r}; choose from: {allowed}.",
            brief="there is no {value!r}." if hint else "there is no {value!r}; choose from: {allowed}.",
            field=self.kind,
            value=name,
            allowed=tuple(self),
            hint=hint,
            kind=Sentence(self.kind),
        )

    def _nearest(self, name: object) -> str:
        """As `nearest`, but other names count too, where a label tells them: "swish", "xavier uniform"."""
        words = set(simplified(name).split("_")) if isinstance(name, str) else {""}
        for entry in self.values():
            if words <= set(re.findall(r"\w+", entry.label.lower())):
                return meant(entry.name)
        return nearest(name, self)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<{self.kind}s: {', '.join(self)}>"
