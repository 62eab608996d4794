"""The workbench's process as the server sees it: pages ask, and look at how far it has come."""

import atexit
import itertools
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from viz.server.process import EngineProcess
from viz.wire import result as packing

COMMAND = (sys.executable, "-m", "viz.workers.bench.worker")
MOST = 200  # experiments under way, one a visitor


class Work:
    """One experiment that was asked for: its newest result (None before the first), and how it ended."""

    def __init__(self, number: int, token: str) -> None:
        self.number, self.token = number, token
        self.result: dict[str, Any] | None = None
        self.error: str | None = None
        self.over = False
        self._news = threading.Event()

    def wait(self, seconds: float) -> bool:
        """Wait for news at most so long; True when there is some that no wait has told of."""
        news = self._news.wait(seconds)
        self._news.clear()
        return news

    def tell(self, header: dict[str, Any], body: bytes) -> None:
        """Take what the process says of it."""
        if "result" in header:
            self.result = packing.unpack(header["result"], body)
        else:
            self.error, self.over = header.get("error"), True
        self._news.set()


class Host:
    """Experiments of all visitors. Every method may be called from any thread.

    `start_engine(heard, lost)` makes the workbench's process, or what stands for it in a test.
    """

    def __init__(
        self, start_engine: Callable[..., Any] = lambda *ears: EngineProcess(*ears, command=COMMAND)
    ) -> None:
        self._works: OrderedDict[str, Work] = OrderedDict()
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._engine = start_engine(self.heard, self.lost)

    def start(self) -> None:
        """Start the process, which takes seconds, before anybody asks."""
        self._engine.start()

    def ask(self, token: str, name: str, arguments: dict[str, Any]) -> Work:
        """Begin an experiment; the visitor's older one ends, and beyond MOST visitors that of the longest waiting."""
        self._engine.start()
        with self._lock:
            work = Work(next(self._numbers), token)
            if old := self._works.pop(token, None):
                old.tell({"error": "A newer experiment took its place."}, b"")
            self._works[token] = work
            crowded_out = next(iter(self._works.values())) if len(self._works) > MOST else None
        self._engine.send(
            {"do": "begin", "token": token, "id": work.number, "name": name, "arguments": arguments}
        )
        if crowded_out:
            self.drop(crowded_out)
            crowded_out.tell({"error": "Too many experiments run at once; try again in a minute."}, b"")
        return work

    def drop(self, work: Work) -> None:
        """Nobody looks at it any more."""
        with self._lock:
            if self._works.get(work.token) is not work:
                return
            del self._works[work.token]
        self._engine.send({"do": "drop", "token": work.token, "id": work.number})

    def heard(self, header: dict[str, Any], body: bytes) -> None:
        """News of an experiment."""
        with self._lock:
            work = next((work for work in self._works.values() if work.number == header["id"]), None)
            if work and "result" not in header:
                del self._works[work.token]
        if work:
            work.tell(header, body)

    def lost(self, words: str) -> None:
        """The process died: nobody is to wait for it."""
        with self._lock:
            works, self._works = list(self._works.values()), OrderedDict()
        for work in works:
            work.tell({"error": f"{words} It starts again; please try once more."}, b"")

    def close(self) -> None:
        """End the process."""
        self._engine.close()


def shared() -> Host:
    """The one host of this server; kept in `sys`, which survives when modules are loaded again."""
    host = getattr(sys, "_gradient_flow_workbench_host", None)
    if host is None:
        host = sys._gradient_flow_workbench_host = Host()  # type: ignore[attr-defined]
        atexit.register(host.close)
    return host
