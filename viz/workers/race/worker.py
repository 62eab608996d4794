"""The race's process: one thread that answers one question after another, that of the visitor who cost least first.

It reads an address and a key from its standard input, connects, and takes questions as they come. It is apart from the
process that trains, so that neither waits for the other.
"""

import time
import traceback
from collections import OrderedDict
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from engine import SpecError
from engine.tables.wording import Sentence
from viz.race.racer import CARDS
from viz.race.state import Race
from viz.wire import channel
from viz.workers import child as child_process
from viz.workers.race.answers import ANSWERS, answer

NICENESS = 5
USUAL = 0.05  # seconds that a question takes until some of its kind were measured
HALF_LIFE = 20.0
MOST_REMEMBERED, FORGOTTEN = 1000, 0.01

Order = dict[str, Any]
Whose = tuple[str, ...]


class Waiting:
    """Questions by page and kind: a newer one takes the place of an older. Turns go by what a visitor has cost.

    Next is the visitor for whom the least was spent, on all their pages, the question itself included as far as its
    kind is known. What was spent counts half after HALF_LIFE seconds; a newcomer owes nothing.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.by_page: OrderedDict[str, dict[str, Order]] = OrderedDict()
        self.clock = clock
        self._spent: dict[Whose, tuple[float, float]] = {}
        self._usual = dict.fromkeys(ANSWERS, USUAL) | {"place": 0.0}

    def put(self, order: Order) -> Order | None:
        """Takes a question; returns the older one that nobody needs any more."""
        mine = self.by_page.setdefault(order["token"], {})
        old = mine.pop(_kind(order), None)
        mine[_kind(order)] = order
        return old

    def drop(self, order: Order) -> None:
        """Nobody waits for the question of this number any more."""
        mine = self.by_page.get(order["token"], {})
        for kind, waiting in list(mine.items()):
            if waiting["id"] == order["id"]:
                del mine[kind]
        if not mine:
            self.by_page.pop(order["token"], None)

    def take(self) -> Order | None:
        """The next question; of equals that of the page that waits longest."""
        if not self.by_page:
            return None
        waiting = [order for mine in self.by_page.values() for order in mine.values()]
        order = min(waiting, key=lambda each: self.spent(_whose(each)) + self._usual.get(_kind(each), USUAL))
        token = order["token"]
        mine = self.by_page[token]
        del mine[_kind(order)]
        if mine:
            self.by_page.move_to_end(token)
        else:
            del self.by_page[token]
        return order

    def spent(self, visitor: Whose) -> float:
        """Seconds that a visitor's questions took, the older the less they count."""
        seconds, at = self._spent.get(visitor, (0.0, 0.0))
        return seconds * 0.5 ** ((self.clock() - at) / HALF_LIFE)

    def charge(self, order: Order, seconds: float) -> None:
        """A question that was taken took so long."""
        visitor, kind = _whose(order), _kind(order)
        self._spent[visitor] = (self.spent(visitor) + seconds, self.clock())
        if len(self._spent) > MOST_REMEMBERED:
            self._spent = {each: it for each, it in self._spent.items() if self.spent(each) > FORGOTTEN}
        if kind in self._usual:
            self._usual[kind] += (seconds - self._usual[kind]) / 4


def _kind(order: Order) -> str:
    return str(order["question"].get("ask"))


def _whose(order: Order) -> Whose:
    """The visitor; of nobody known each page is one."""
    return tuple(order["visitor"]) if any(order.get("visitor", ())) else (order["token"],)


def serve(connection: Connection) -> None:
    """Answer until the server is gone."""
    waiting = Waiting()
    order = None
    while True:
        while connection.poll(None if order is None and not waiting.by_page else 0.0):
            given, _ = channel.receive(connection)
            if given.get("do") == "quit":
                raise EOFError
            if given.get("do") == "drop":
                waiting.drop(given)
            elif old := waiting.put(given):
                late = Sentence("a newer question came")
                channel.send(connection, {"id": old["id"], "status": 409, "error": late})
        order = waiting.take()
        if order is not None:
            began = time.perf_counter()
            said = reply(order)
            waiting.charge(order, time.perf_counter() - began)
            channel.send(connection, *said)


def reply(order: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The answer to one question, or why there is none: whatever goes wrong stops that question alone."""
    began = time.perf_counter()
    try:
        body = answer(order["question"])
    except SpecError as error:
        about = {"field": error.field, "option": error.option, "position": getattr(error, "position", None)}
        anew = {"sentences": {"error": error.sentence.to_dict(CARDS)}}
        return {"id": order["id"], "status": 422, "error": str(error), **about, **anew}, b""
    except Exception as error:
        traceback.print_exc()
        words = "The race could not be computed: {kind}: {error}"
        said = Sentence(words, kind=type(error).__name__, error=str(error))
        anew = {"sentences": {"error": said.to_dict()}}
        return {"id": order["id"], "status": 500, "error": said, **anew}, b""
    return {"id": order["id"], "status": 200, "ms": 1000 * (time.perf_counter() - began)}, body


def work(connection: Connection, folder: Path) -> None:
    """Answer whatever is asked; the first of everything is slow, so do one race before."""
    answer({"ask": "paths", "race": Race(steps=3).to_dict()})
    child_process.settle()
    channel.send(connection, {"say": "ready"})
    serve(connection)


def main() -> None:
    """Begin as the server told."""
    child_process.run(work, NICENESS)
