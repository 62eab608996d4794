"""A race as a link: the address bar holds what differs from the defaults, and nothing that is not a race."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from engine.descent.surfaces import SURFACES
from engine.tables.errors import SpecError
from engine.tables.option import Option
from engine.tables.schedules import SCHEDULES
from engine.tables.wording import Name, Sentence
from viz.race.racer import racers
from viz.race.state import OPTIONS, SCHEDULE_OPTIONS, SURFACE_OPTIONS, TYPED, Race
from viz.words.text import unused


def write(race: Race) -> dict[str, str]:
    """The race as a link's keys: those that differ from their defaults."""
    plain = Race()
    query: dict[str, str] = {}
    if race.surface != plain.surface:
        query["surface"] = race.surface
    if race.expression:
        query["f"] = race.expression
    if race.surface_options:
        query["surface_options"] = SURFACE_OPTIONS.write(SURFACES[race.surface], race.surface_options)
    if race.window:
        query["window"] = "~".join(repr(end) for pair in race.window for end in pair)
    for name, option in OPTIONS.items():
        if getattr(race, name) != getattr(plain, name):
            query[name] = option.write(getattr(race, name))
    if race.schedule != plain.schedule:
        options = {key: value for key, value in race.schedule.items() if key != "name"}
        entry = SCHEDULES[race.schedule["name"]]
        query["schedule"] = ",".join(filter(None, [entry.name, SCHEDULE_OPTIONS.write(entry, options)]))
    if race.runs != plain.runs:
        query["runs"] = ";".join(racer.write() for racer in race.runs)
    return query


def read(query: Mapping[str, str]) -> tuple[Race, list[Sentence]]:
    """The race of a link, and a notice for each key that meant nothing and fell back to its default."""
    race, notices = Race(), []
    for key in query:
        if key not in READERS:
            notices.append(unused(key, READERS))
    for key, reader in READERS.items():
        if key not in query:
            continue
        try:
            race = replace(race, **reader(query[key], race, query))
        except SpecError as error:
            notices.append(
                Sentence("{said} The link's {key:lower} was left out.", said=error.sentence, key=Name(key))
            )
    return race, notices


def numeral(text: str) -> float | str:
    """A number; what is none stays text, so that the race can say what is allowed."""
    try:
        return float(text)
    except ValueError:
        return text.strip()


def _read_surface(text: str, race: Race, query: Mapping[str, str]) -> dict[str, Any]:
    if text == TYPED:
        return {"surface": TYPED, "expression": query.get("f", "")}
    return {"surface": text}


def _read_window(text: str, race: Race, query: Mapping[str, str]) -> dict[str, Any]:
    try:
        x0, x1, y0, y1 = map(float, text.split("~"))
    except ValueError:
        raise SpecError(
            "{place}: {value!r} is not allowed; give x low~x high~y low~y high.", field="window", value=text
        ) from None
    return {"window": ((x0, x1), (y0, y1))}


def _read_surface_options(text: str, race: Race, query: Mapping[str, str]) -> dict[str, Any]:
    if race.surface == TYPED:
        return {}
    return {"surface_options": SURFACE_OPTIONS.read_all(SURFACES[race.surface], text.split(","))}


def _read_schedule(text: str, race: Race, query: Mapping[str, str]) -> dict[str, Any]:
    name, *rest = text.split(",")
    return {"schedule": {"name": name, **SCHEDULE_OPTIONS.read_all(SCHEDULES[name], rest)}}


def _read_option(option: Option, text: str, race: Race, query: Mapping[str, str]) -> dict[str, Any]:
    return {option.name: option.read(text)}


READERS: dict[str, Callable[[str, Race, Mapping[str, str]], dict[str, Any]]] = {
    "surface": _read_surface,
    "f": lambda text, race, query: {},
    "surface_options": _read_surface_options,
    "window": _read_window,
    **{name: partial(_read_option, option) for name, option in OPTIONS.items()},
    "start": lambda text, race, query: {"start": tuple(map(numeral, text.split("~")))},
    "schedule": _read_schedule,
    "runs": lambda text, race, query: {"runs": racers(text)},
}
"""key of a link -> what fields its text means."""
