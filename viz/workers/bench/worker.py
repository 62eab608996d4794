"""The workbench's process: experiments of all visitors in turn, a stretch of each, one experiment a visitor.

It reads an address and a key from its standard input, connects, and takes orders as they come. It is apart from the
process that trains what people watch, so that neither waits for the other.
"""

import time
import traceback
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from engine import SpecError
from engine.tables.datasets import Dataset
from engine.tables.telling import told
from engine.tables.wording import Sentence
from viz.wire import channel
from viz.wire import result as packing
from viz.words.labels import LABELS, with_options
from viz.workers import child as child_process
from viz.workers.bench.experiments import EXPERIMENTS, Experiment
from viz.workers.tables import brought, whole

NICENESS = 8
STRETCH = 0.15  # seconds that one visitor's experiment runs on while others wait
LONGEST = 180.0  # seconds of a core that one experiment may take, however busy the machine is with others


Send = Callable[[dict[str, Any], bytes], None]


@dataclass
class Work:
    """One experiment under way."""

    id: int
    pieces: Iterator[Mapping[str, Any]]
    table: Dataset | None = None
    idle: bool = False
    spent: float = 0.0


class Bench:
    """What is under way, by visitor: a new experiment takes the place of the visitor's old one.

    `send(header, body)` takes each result that is worth showing, and errors.
    """

    def __init__(self, send: Send, experiments: Mapping[str, Experiment] = EXPERIMENTS) -> None:
        self.send, self.experiments = send, experiments
        self.works: OrderedDict[str, Work] = OrderedDict()

    def obey(self, order: dict[str, Any]) -> None:
        """Begin an experiment, or drop the one with this number."""
        token, number = order["token"], order["id"]
        if order["do"] == "drop":
            if token in self.works and self.works[token].id == number:
                self._end(token)
            return
        self._end(token)
        try:
            table = brought(order)
            pieces = self.experiments[order["name"]](**order["arguments"])
        except Exception as error:
            self.send({"id": number, **failed(said(error))}, b"")
            return
        self.works[token] = Work(number, iter(pieces), table, order.get("idle", False))

    def advance(self) -> None:
        """Let the visitor who waited longest have a stretch of work, and send what it showed last.

        What is idle, which nobody waits for, is worked at while nobody waits for anything.
        """
        token, work = min(self.works.items(), key=lambda each: each[1].idle)
        self.works.move_to_end(token)
        began, work_began, newest = time.perf_counter(), time.process_time(), None
        end: dict[str, Any] | None = None
        try:
            newest = next(work.pieces)
            # what came first is shown at once
            while work.spent and time.perf_counter() - began < STRETCH:
                newest = next(work.pieces)
        except StopIteration:
            end = {"finished": True}
        except Exception as error:
            newest, end = None, failed(said(error))
        work.spent += time.process_time() - work_began
        if end is None and work.spent > LONGEST:
            stopped = "Stopped after {seconds:.0f} s of work. A smaller net or fewer steps would finish."
            end = failed(Sentence(stopped, seconds=LONGEST))
        if newest is not None:
            header, body = packing.pack(newest)
            self.send({"id": work.id, "result": header}, body)
        if end is not None:
            self._end(token)
            self.send({"id": work.id, **end}, b"")

    def _end(self, token: str) -> None:
        if work := self.works.pop(token, None):
            getattr(work.pieces, "close", lambda: None)()


def said(error: Exception) -> Sentence:
    """What the page says of an error: the words of one that a person can cause, the kind of any other."""
    if isinstance(error, SpecError):
        return error.sentence
    traceback.print_exception(error)
    words = "This could not be computed: {kind}: {error}"
    return Sentence(words, kind=type(error).__name__, error=str(error))


def failed(words: Sentence) -> dict[str, Any]:
    """How an experiment ended, with fields called as the controls are."""
    return told({"error": words}, with_options(LABELS))


def serve(connection: Connection) -> None:
    """Work until the server is gone."""
    bench = Bench(lambda header, body: channel.send(connection, header, body))
    while True:
        while connection.poll(None if not bench.works else 0.0):
            order = whole(*channel.receive(connection))
            if order["do"] == "quit":
                raise EOFError
            bench.obey(order)
        if bench.works:
            bench.advance()


def work(connection: Connection, folder: Path) -> None:
    """Experiments, from now on."""
    child_process.settle()
    channel.send(connection, {"say": "ready"})
    serve(connection)


def main() -> None:
    """Begin as the server told."""
    child_process.run(work, NICENESS)
