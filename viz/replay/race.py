"""A race's replay: the map, the relief, all curves, every optimizer's inside, at every step."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from viz.replay.page import page, strings
from viz.wire import payload
from viz.words.language import say

ENTRY = "canvas/race/replay.js"

Question = tuple[str, int | None]


def questions(running: int) -> list[Question]:
    """What a view asks about a race of so many running optimizers that nobody changes: (ask, of)."""
    one_by_one = [(ask, of) for ask in ("inside", "rates") for of in range(running)]
    return [("surface", None), ("paths", None), *one_by_one]


def replay(
    tables: Mapping[str, Any],
    answers: Sequence[tuple[Question, bytes]],
    title: str = "",
    caption: str = "",
) -> str:
    """The HTML file of a race. tables: see `viz.race.component.tables`; answers: the payload of each question."""
    told, at = [], 0
    for (ask, of), body in answers:
        says = sorted(set(strings(payload.header(body))))  # of which the file takes the translations along
        told.append({"ask": ask, "of": of, "at": at, "length": len(body), "says": says})
        at += len(body)
    data = zlib.compress(b"".join(body for _, body in answers), 9)
    return page(ENTRY, title or say("A recorded race"), caption, {**tables, "answers": told}, data)
