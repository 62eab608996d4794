"""The race view as one Streamlit component: a loader, and modules from our own route."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from engine.tables.optimizers import OPTIMIZERS
from engine.tables.option import Option
from viz.race import assets, formulas
from viz.race.racer import LR
from viz.race.state import MOST_RUNS, Race
from viz.theme import palettes

EVENTS = ("race",)
RATES = tuple(float(f"{digit}e{power}") for power in range(-5, 2) for digit in (1, 3))

LOADER = """
export default async function (component) {
  const url = new URL(component.data.script, document.baseURI)
  const { mount } = await import(url.href)
  return mount(component)
}
"""

_mount = st.components.v2.component("race", js=LOADER, isolate_styles=False)


def data(token: str, race: Race, revision: int = 0, base: str = "") -> dict[str, Any]:
    """What the view is given: who asks, which race, the tables behind its cards, both palettes, where its script is.

    revision: changes with every race that did not come from the view itself.
    """
    base = f"/{base.strip('/')}" if base.strip("/") else ""
    return {
        "token": token,
        "race": race.to_dict(),
        "revision": revision,
        "optimizers": [_entry(name) for name in OPTIMIZERS],
        "rates": list(RATES),
        "formulas": {name: list(lines) for name, lines in formulas.LINES.items()},
        "most_runs": MOST_RUNS,
        "colors": palettes(),
        "base": base,
        "script": f"{base}/race/assets/{assets.VERSION}/race/race.js",
    }


def race_view(token: str, race: Race, revision: int, /, *, key: str, **changed: Callable[[], None]) -> Any:
    """Mounts the view; `changed` are callbacks by the name of what changed.

    The result has `race`, as the view changed it: {"race": see `Race.to_dict`, "revision": the one it started from}.
    """
    if unknown := changed.keys() - set(EVENTS):
        raise TypeError(
            f"the race view has no event {', '.join(sorted(unknown))}; it has: {', '.join(EVENTS)}"
        )
    callbacks = {f"on_{name}_change": changed.get(name, lambda: None) for name in EVENTS}
    return _mount(key=key, data=data(token, race, revision, st.get_option("server.baseUrlPath")), **callbacks)


def _entry(name: str) -> dict[str, Any]:
    entry = OPTIMIZERS[name]
    return {
        "name": name,
        "label": entry.label,
        "words": entry.words,
        "notes": entry.notes,
        "source": entry.source,
        "lr": entry.default_lr,
        "lr_words": f"{LR.words} Allowed: {LR.span}.",
        "options": [_option(option) for option in entry.options],
    }


def _option(option: Option) -> Mapping[str, Any]:
    default = list(option.default) if isinstance(option.default, tuple) else option.default
    return {
        "name": option.name,
        "kind": option.kind,
        "default": default,
        "choices": list(option.choices),
        "words": f"{option.words} Allowed: {option.span}.",
    }
