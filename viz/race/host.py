"""The race's process as the server sees it: visitors ask, answers come back by number."""

import atexit
import contextlib
import itertools
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from typing import Any, NamedTuple

from viz.server.bucket import Bucket
from viz.server.process import EngineProcess
from viz.server.tokens import TOKEN, new_token

__all__ = ["TOKEN", "Answer", "Host", "new_token", "shared"]

COMMAND = (sys.executable, "-m", "viz.workers.race.worker")
MOST_VISITORS = 500
MOST_WAITING = 6
QUESTIONS_A_SECOND = 40


class Answer(NamedTuple):
    """status: as of HTTP. header: what the process says about it. body: a payload, empty when there is none."""

    status: int
    header: dict[str, Any]
    body: bytes


class Visitor:
    """One open page: how often it may ask, and how many of its questions wait."""

    def __init__(self) -> None:
        self.bucket = Bucket(burst=QUESTIONS_A_SECOND, per_second=QUESTIONS_A_SECOND)
        self.waiting = 0


class Host:
    """Questions of all visitors. Every method may be called from any thread.

    `start_engine(heard, lost)` makes the race's process, or what stands for it in a test.
    """

    def __init__(
        self, start_engine: Callable[..., Any] = lambda *ears: EngineProcess(*ears, command=COMMAND)
    ) -> None:
        self.visitors: OrderedDict[str, Visitor] = OrderedDict()
        self._asked: dict[int, tuple[str, Future[Answer]]] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._engine = start_engine(self.heard, self.lost)

    def start(self) -> None:
        """Start the process, which takes seconds, before anybody asks."""
        self._engine.start()

    def admit(self, token: str) -> None:
        """Let a page ask; the one admitted longest ago makes room. ValueError when the token is none of ours."""
        if not TOKEN.fullmatch(token):
            raise ValueError("a visitor's token has 32 letters, digits, - or _")
        self._engine.start()
        with self._lock:
            self.visitors.setdefault(token, Visitor())
            self.visitors.move_to_end(token)
            while len(self.visitors) > MOST_VISITORS:
                self.visitors.popitem(last=False)

    def ask(self, token: str, question: dict[str, Any]) -> Future[Answer]:
        """The answer, in time. Status 404 for a page that was never admitted, 429 for one that asks too often."""
        future: Future[Answer] = Future()
        with self._lock:
            visitor = self.visitors.get(token)
            if visitor is None:
                future.set_result(refusal(404, "this page is not known any more; reload it"))
                return future
            if visitor.waiting >= MOST_WAITING or not visitor.bucket.take():
                future.set_result(refusal(429, "too many questions at once"))
                return future
            visitor.waiting += 1
            number = next(self._numbers)
            self._asked[number] = (token, future)
        self._engine.start()
        self._engine.send({"do": "answer", "id": number, "token": token, "question": question})
        return future

    def heard(self, header: dict[str, Any], body: bytes) -> None:
        """An answer came."""
        self._settle(header["id"], Answer(header["status"], header, body))

    def lost(self, words: str) -> None:
        """The process died: nobody is to wait for its answers."""
        for number in list(self._asked):
            self._settle(number, refusal(503, f"{words} It starts again; please try once more."))

    def close(self) -> None:
        """End the process."""
        self._engine.close()

    def _settle(self, number: int, answer: Answer) -> None:
        with self._lock:
            token, future = self._asked.pop(number, (None, None))
            if token in self.visitors:
                self.visitors[token].waiting -= 1
        if future is not None:
            with contextlib.suppress(InvalidStateError):  # whoever asked did not wait so long
                future.set_result(answer)


def refusal(status: int, words: str) -> Answer:
    """An answer that is none, with the reason."""
    return Answer(status, {"error": words}, b"")


def shared() -> Host:
    """The one host of this server; kept in `sys`, which survives when modules are loaded again."""
    host = getattr(sys, "_gradient_flow_race_host", None)
    if host is None:
        host = sys._gradient_flow_race_host = Host()  # type: ignore[attr-defined]
        atexit.register(host.close)
    return host
