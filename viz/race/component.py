"""The race view as one Streamlit component: a loader, and modules from our own route."""

from collections.abc import Callable, Mapping
from typing import Any

from engine.tables.optimizers import OPTIMIZERS
from engine.tables.option import Choice, Number, Option, Pair, Switch, Whole
from engine.tables.rates import menu
from viz.race.racer import LR
from viz.race.state import MOST_RUNS, Race
from viz.server.component import View

VIEW = View("race", "canvas/race/visit.js", ("race", "looks"))
RATES = menu(-5, 1)


WIDGETS = {Number: "number", Whole: "number", Switch: "toggle", Choice: "select", Pair: "pair"}
"""Kind of option -> its field on a card."""


def data(token: str, race: Race, revision: int = 0, base: str = "") -> dict[str, Any]:
    """What the view is given: who asks, which race, the tables behind its cards, and what `View.data` adds.

    revision: changes with every race that did not come from the view itself.
    """
    return VIEW.data(_given(token, race, revision), base)


def race_view(token: str, race: Race, revision: int, /, *, key: str, **changed: Callable[[], None]) -> Any:
    """Mounts the view; `changed` are callbacks by the name of what changed.

    The result has `race`, as the view changed it: {"race": see `Race.to_dict`, "revision": the one it started from},
    and `looks`, what the address should say of how it is looked at, by key.
    """
    return VIEW.mount(key, _given(token, race, revision), changed)


def _given(token: str, race: Race, revision: int) -> dict[str, Any]:
    return {"token": token, "revision": revision, **tables(race)}


def tables(race: Race) -> dict[str, Any]:
    """A race as plain JSON, and the tables behind its cards."""
    return {
        "race": race.to_dict(),
        "optimizers": [_entry(name) for name in OPTIMIZERS],
        "rates": list(RATES),
        "formulas": {name: list(entry.lines) for name, entry in OPTIMIZERS.items()},
        "most_runs": MOST_RUNS,
    }


def _entry(name: str) -> dict[str, Any]:
    entry = OPTIMIZERS[name]
    return {
        "name": name,
        "label": entry.label,
        "words": entry.words,
        "notes": entry.notes,
        "source": entry.source,
        "lr": entry.default_lr,
        "lr_about": _about(LR),
        "options": [_option(option) for option in entry.options],
    }


def _option(option: Option) -> Mapping[str, Any]:
    default = list(option.default) if isinstance(option.default, tuple) else option.default
    return {
        "name": option.name,
        "label": option.name.replace("_", " "),
        "widget": WIDGETS[type(option)],
        "default": default,
        "choices": list(option.choices) if isinstance(option, Choice) else [],
        **_about(option),
    }


def _about(option: Option) -> dict[str, Any]:
    """What an option is, and what may be given for it: the view says both."""
    return {"words": option.words, "span": option.span.to_dict()}
