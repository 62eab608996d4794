"""The workbench's process as the server sees it: pages ask, and look at how far it has come."""

import threading
from itertools import takewhile
from typing import Any

from engine.tables.telling import heard
from engine.tables.wording import Sentence
from viz.server import tables
from viz.server.desk import Asker, Desk, RefusedError, StartEngine, process
from viz.server.kept import kept
from viz.server.process import BEGIN
from viz.wire import result as packing

PROCESS = process(*BEGIN, "viz.workers.bench.worker")
MOST = 200  # experiments under way, one a visitor
MOST_AT_ONCE = 3  # of one visitor, whose page may ask again before it has left the question before
BEGINNINGS_A_SECOND = 40


class Work:
    """One experiment that was asked for: its newest result (None before the first), and how it ended."""

    def __init__(self) -> None:
        self.result: dict[str, Any] | None = None
        self.error: str | None = None
        self.over = False
        self._news = threading.Event()

    def wait(self, seconds: float) -> bool:
        """Wait for news at most so long; True when there is some that no wait has told of."""
        news = self._news.wait(seconds)
        self._news.clear()
        return news

    def is_last(self, header: dict[str, Any]) -> bool:
        return "result" not in header

    def heard(self, header: dict[str, Any], body: bytes) -> None:
        """Take what the process says of it."""
        if self.is_last(header):
            self._end(heard(header, "error"))
        else:
            self.result = packing.unpack(header["result"], body)
            self._news.set()

    def lost(self, words: str) -> None:
        self._end(words)

    def _end(self, error: str | None) -> None:
        self.error, self.over = error, True
        self._news.set()


class Host(Desk):
    """Experiments of all visitors, one each."""

    def __init__(self, start_engine: StartEngine = PROCESS) -> None:
        super().__init__(start_engine, MOST_AT_ONCE, BEGINNINGS_A_SECOND, name="workbench")

    def ask(self, token: str, name: str, arguments: dict[str, Any], idle: bool = False) -> Work:
        """Begin an experiment; the visitor's older one ends, and beyond MOST visitors that of the longest waiting.

        idle: nobody waits for it, and it waits for all others.
        """
        work = Work()
        self.admit(token)
        try:
            question = {
                "do": "begin",
                "name": name,
                "arguments": arguments,
                **tables.packed(tables.named(arguments)),
            }
            self.put(token, question | ({"idle": True} if idle else {}), work)
        except RefusedError as error:
            work.lost(error.args[0])
            return work
        for older in takewhile(lambda one: one is not work, self.waiting(token)):
            self._crowd_out(older, Sentence("A newer experiment took its place."))
        if len(waiting := self.waiting()) > MOST:
            self._crowd_out(waiting[0], Sentence("Too many experiments run at once; try again in a minute."))
        return work

    def drop(self, work: Work) -> None:
        """Nobody looks at it any more."""
        self.withdraw(work, {"do": "drop"})

    def _crowd_out(self, work: Asker, words: str) -> None:
        self.withdraw(work, {"do": "drop"})
        work.lost(words)


def shared() -> Host:
    """The one host of this server."""
    return kept("workbench", Host)
