"""The race's process: one thread that answers one question after another, visitors in turn, newest question first.

It reads an address and a key from its standard input, connects, and takes questions as they come. It is apart from the
process that trains, so that neither waits for the other.
"""

import gc
import time
import traceback
from collections import OrderedDict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from engine import SpecError
from viz.race.state import Race
from viz.wire import channel
from viz.workers import child as child_process
from viz.workers.race.answers import answer

NICENESS = 5
QUICK = ("place",)


class Waiting:
    """Questions by visitor and kind: a newer one takes the place of an older, and visitors take turns."""

    def __init__(self) -> None:
        self.by_visitor: OrderedDict[str, dict[str, dict[str, Any]]] = OrderedDict()

    def put(self, order: dict[str, Any]) -> dict[str, Any] | None:
        """Takes a question; returns the older one that nobody needs any more."""
        mine = self.by_visitor.setdefault(order["token"], {})
        kind = str(order["question"].get("ask"))
        old = mine.pop(kind, None)
        mine[kind] = order
        return old

    def take(self) -> dict[str, Any] | None:
        """The next question: a quick one first, else the longest waiting visitor's oldest."""
        for token, mine in self.by_visitor.items():
            quick = next((kind for kind in mine if kind in QUICK), None)
            if quick:
                return self._pop(token, quick)
        for token, mine in self.by_visitor.items():
            return self._pop(token, next(iter(mine)))
        return None

    def _pop(self, token: str, kind: str) -> dict[str, Any]:
        mine = self.by_visitor[token]
        order = mine.pop(kind)
        if mine:
            self.by_visitor.move_to_end(token)
        else:
            del self.by_visitor[token]
        return order


def serve(connection: Connection) -> None:
    """Answer until the server is gone."""
    waiting = Waiting()
    order = None
    while True:
        while connection.poll(None if order is None and not waiting.by_visitor else 0.0):
            given, _ = channel.receive(connection)
            if given.get("do") == "quit":
                raise EOFError
            if old := waiting.put(given):
                channel.send(connection, {"id": old["id"], "status": 409, "error": "a newer question came"})
        order = waiting.take()
        if order is not None:
            channel.send(connection, *reply(order))


def reply(order: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The answer to one question, or why there is none: whatever goes wrong stops that question alone."""
    began = time.perf_counter()
    try:
        body = answer(order["question"])
    except SpecError as error:
        about = {"field": error.field, "option": error.option, "position": getattr(error, "position", None)}
        return {"id": order["id"], "status": 422, "error": str(error), **about}, b""
    except Exception as error:
        traceback.print_exc()
        said = f"The race could not be computed: {type(error).__name__}: {error}"
        return {"id": order["id"], "status": 500, "error": said}, b""
    return {"id": order["id"], "status": 200, "ms": 1000 * (time.perf_counter() - began)}, body


def work(connection: Connection, folder: Path) -> None:
    """Answer whatever is asked; the first of everything is slow, so do one race before."""
    answer({"ask": "paths", "race": Race(steps=3).to_dict()})
    gc.freeze()
    serve(connection)


if __name__ == "__main__":
    child_process.run(work, NICENESS)
