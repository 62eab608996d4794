"""Reading a run out of the texts of a URL, field by field."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from engine.spec.fields import EntryOptions
from engine.tables.errors import SpecError, UnknownFieldError
from engine.tables.option import Option
from engine.tables.registry import Entry
from engine.tables.wording import Name, Sentence, nearest

MAX_TEXT = 8000
"""Characters of one value; a thousand widths need 6000."""
MAX_PARTS = 20
"""Options of one entry."""
MAX_UNKNOWN = 5
"""Unknown keys that are named one by one."""

Fields = Mapping[str, Option | EntryOptions]
Complain = Callable[[SpecError], object]


def read(
    fields: Fields, query: Mapping[str, str], complain: Complain, usual: Mapping[str, Any]
) -> dict[str, Any]:
    """The values that the texts give, field by field; `complain` gets an error for each that says nothing.

    usual: the value of each field, for options given without the entry that they belong to.
    """
    unknown = [name for name in query if name not in fields]
    for name in unknown[:MAX_UNKNOWN]:
        complain(unknown_field(fields, name))
    if len(unknown) > MAX_UNKNOWN:
        complain(SpecError("{count} more keys are no fields of a run.", count=len(unknown) - MAX_UNKNOWN))
    given: dict[str, Any] = {}
    for name in filter(query.__contains__, fields):
        try:
            given[name] = _value(fields, query, given, name, complain, usual)
        except SpecError as error:
            complain(error)
    return given


def unknown_field(fields: Fields, name: object) -> SpecError:
    """The error for a name that no field has; an option of an entry is told where it belongs."""
    if owners := _owners(fields, name):
        option, entries = next(iter(owners.items()))
        return UnknownFieldError(
            "{value!r} is no field of a run but an option of {entries}; give {holder}={{{value!r}: ...}}.",
            brief="{value!r} is no field of a run.",
            field=str(name),
            value=name,
            holder=Name(option),
            entries=entries,
        )
    return UnknownFieldError(
        "{value!r} is no field of a run; there are {allowed}.",
        brief="{value!r} is no field of a run.",
        field=name if isinstance(name, str) else None,
        value=name,
        allowed=tuple(fields),
        hint=nearest(name, fields),
    )


def _owners(fields: Fields, name: object) -> dict[str, tuple[str, ...]]:
    """The fields of options that may hold one of that name, each with the entries that take it."""
    found = {
        option.name: tuple(
            entry.name
            for entry in fields[option.of].table.values()  # type: ignore[union-attr]
            if any(each.name == name for each in entry.options)
        )
        for option in fields.values()
        if isinstance(option, EntryOptions)
    }
    return {field: entries for field, entries in found.items() if entries}


def notice(fields: Fields, error: SpecError, usual: Mapping[str, Any]) -> Sentence:
    """The error in brief, and what holds instead: `usual` has a value for each field."""
    option, said = fields.get(error.field or ""), error.brief
    if option is None:
        return Sentence("{said} Ignored.", said=said)
    if not isinstance(option, EntryOptions):
        held = option.write(usual[option.name])
        return Sentence("{field}: {said} It stays at {held}.", field=error.name, said=said, held=held)
    if error.option:
        return Sentence("{place}: {said} Ignored.", place=error.place, said=said)
    return Sentence("{field}: {said} All stay at their defaults.", field=error.name, said=said)


def entry_of(fields: Fields, option: EntryOptions, choice: str) -> Entry:
    """The entry whose options the field holds, when `choice` is chosen from its table."""
    return fields[option.of].table[choice]  # type: ignore[union-attr]


def _value(
    fields: Fields,
    query: Mapping[str, str],
    given: Mapping[str, Any],
    name: str,
    complain: Complain,
    usual: Mapping[str, Any],
) -> Any:
    option, text = fields[name], query[name]
    if not isinstance(text, str):
        raise SpecError("{place}: {value!r} is not text.", field=name, value=text)
    if len(text) > MAX_TEXT:
        raise SpecError(
            "{place}: {length} characters are too many; give at most {most}.",
            field=name,
            value=text,
            length=len(text),
            most=MAX_TEXT,
        )
    if isinstance(option, Option):
        return option.read(text)
    if option.of in query and option.of not in given:
        raise SpecError("{place}: these are of another {of}.", field=name, value=text, of=Sentence(option.of))
    return _options(option, entry_of(fields, option, given.get(option.of, usual[option.of])), text, complain)


def _options(option: EntryOptions, entry: Entry, text: str, complain: Complain) -> dict[str, Any]:
    parts = [part for part in text.split(",") if part]
    if len(parts) > MAX_PARTS:
        raise SpecError(
            "{place}: {count} options are too many.", field=option.name, value=text, count=len(parts)
        )
    options: dict[str, Any] = {}
    for part in parts:
        try:
            options |= [option.read(entry, part)]
        except SpecError as error:
            complain(error)
    return options


def refuse_unknown(fields: Fields, names: Iterable[object]) -> None:
    """SpecError for the first name that no field has."""
    for name in names:
        if name not in fields:
            raise unknown_field(fields, name)
