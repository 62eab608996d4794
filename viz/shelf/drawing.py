"""How what is kept is drawn: losses in one picture, and each race, whose surface is its own, in one of its own."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

import plotly.graph_objects as go

from engine.tables.optimizers import OPTIMIZERS
from viz import chrome
from viz.figures import kept
from viz.shelf.store import Item
from viz.words.language import say

RUNNER = re.compile(r"([A-Z] )?(.+?)(,? )(\S+)")  # "B Adam 0.01" of a curve, "Adam, 0.01" of a setting
ENTRIES = {entry.label: entry for entry in OPTIMIZERS.values()}


def pictures(items: Sequence[Item]) -> Iterator[tuple[str, go.Figure]]:
    """Each picture of these, with a key of its own; none of what has no curves."""
    drawn = dict(zip(names(items), items, strict=True))
    losses = {name: item.curves for name, item in drawn.items() if item.curves and item.kind != "race"}
    if losses:
        yield "shelf", kept.courses(losses, base=chrome.base())
    for name, item in drawn.items():
        if item.curves and item.kind == "race":
            curves = {
                each if each == "step" else runner(each): values for each, values in item.curves.items()
            }
            yield f"shelf_race_{item.id}", kept.race(name, curves, base=chrome.base())


def names(items: Sequence[Item]) -> list[str]:
    """What each is called beside the others: those of one name also by when they were kept."""
    count = Counter(item.name for item in items)
    said = [
        item.name
        if count[item.name] == 1
        else say(
            "{name}, kept {when}", name=item.name, when=f"{datetime.fromtimestamp(item.made_at):%H:%M:%S}"
        )
        for item in items
    ]
    again = Counter(said)
    return [
        name if again[name] == 1 else f"{name} ({item.id})" for name, item in zip(said, items, strict=True)
    ]


def runner(text: str) -> str:
    """An optimizer of a race and its rate as a reader knows them; they are kept in English."""
    found = RUNNER.fullmatch(text)
    if not found or found[2] not in ENTRIES:
        return say(text)
    letter, label, between, rate = found.groups()
    return f"{letter or ''}{say(ENTRIES[label].label)}{between}{rate}"
