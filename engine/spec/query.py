"""Reading a run out of the texts of a URL, field by field."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from engine.spec.fields import EntryOptions
from engine.tables.option import Option, SpecError
from engine.tables.registry import Entry
from engine.tables.wording import nearest, shown

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
        complain(SpecError(f"{len(unknown) - MAX_UNKNOWN} more keys are no fields of a run."))
    given: dict[str, Any] = {}
    for name in filter(query.__contains__, fields):
        try:
            given[name] = _value(fields, query, given, name, complain, usual)
        except SpecError as error:
            complain(error)
    return given


def unknown_field(fields: Fields, name: object) -> SpecError:
    """The error for a name that no field has."""
    hint, unknown = nearest(name, fields), f"{shown(name)} is no field of a run"
    return SpecError(
        f"{unknown}; there are {', '.join(fields)}.{hint}",
        field=name if isinstance(name, str) else None,
        brief=f"{unknown}.{hint}",
    )


def notice(fields: Fields, error: SpecError, usual: Mapping[str, Any]) -> str:
    """The error in brief, and what holds instead: `usual` has a value for each field."""
    option = fields.get(error.field or "")
    if option is None:
        return f"{error.brief} Ignored."
    if isinstance(option, EntryOptions):
        place = f"{option.name}, {error.option}" if error.option else option.name
        return f"{place}: {error.brief} {'Ignored' if error.option else 'All stay at their defaults'}."
    return f"{option.name}: {error.brief} It stays at {option.write(usual[option.name])}."


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
        raise SpecError(f"{name}: {shown(text)} is not text.", field=name)
    if len(text) > MAX_TEXT:
        raise SpecError(f"{name}: {len(text)} characters are too many; give at most {MAX_TEXT}.", field=name)
    if isinstance(option, Option):
        return option.read(text)
    if option.of in query and option.of not in given:
        raise SpecError(f"{name}: these are of another {option.of}.", field=name)
    return _options(option, entry_of(fields, option, given.get(option.of, usual[option.of])), text, complain)


def _options(option: EntryOptions, entry: Entry, text: str, complain: Complain) -> dict[str, Any]:
    parts = [part for part in text.split(",") if part]
    if len(parts) > MAX_PARTS:
        raise SpecError(f"{option.name}: {len(parts)} options are too many.", field=option.name)
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
