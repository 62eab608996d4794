"""Where visitors put questions to a process: who asked what, by number; who waits; and what is lost when it dies."""

import itertools
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Protocol

from engine.tables.wording import Sentence
from viz.server.bucket import Bucket
from viz.server.process import EngineProcess
from viz.server.starting import Starting
from viz.server.tokens import TOKEN
from viz.server.visitors import NOBODY, Visitor

MOST_PAGES = 500
ONCE_MORE = Sentence("Please try once more.")

StartEngine = Callable[[Callable[[dict[str, Any], bytes], None], Callable[[str], None]], Any]


class RefusedError(RuntimeError):
    """A question that is not put; status: as of HTTP."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class Asker(Protocol):
    """Who waits for answers to one question."""

    def is_last(self, header: dict[str, Any]) -> bool:
        """Whether no other answer follows this one."""

    def heard(self, header: dict[str, Any], body: bytes) -> None:
        """Take an answer."""

    def lost(self, words: str) -> None:
        """There will be no answer."""


class Asked(NamedTuple):
    token: str
    asker: Asker


class Page(NamedTuple):
    visitor: Visitor
    bucket: Bucket


def process(*command: str) -> StartEngine:
    """What starts a process of this command for a desk."""
    return partial(EngineProcess, command=command)


class Desk:
    """Questions of all visitors to one process. Every method may be called from any thread.

    start_engine: makes the process of `heard` and `lost`, or what stands for it in a test. most_waiting: questions
    of one visitor that may wait at once; rate: how many a visitor may put in a second, and in a burst. name: what the
    process is called where a page waits for it; `starting` is how far it is.
    """

    def __init__(
        self,
        start_engine: StartEngine,
        most_waiting: int,
        rate: float,
        clock: Callable[[], float] = time.monotonic,
        name: str = "process",
    ) -> None:
        self.most_waiting, self.rate, self.clock = most_waiting, rate, clock
        self.closed = threading.Event()
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self._asked: dict[int, Asked] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.starting = Starting(name, clock=clock)
        self.engine = start_engine(self.heard, self.lost)

    def start(self) -> None:
        """Start the process, which takes seconds, before anybody asks."""
        self.engine.start()
        self.starting.begin()

    def admit(self, token: str, visitor: Visitor = NOBODY) -> None:
        """Let a visitor's page ask; that admitted longest ago makes room. ValueError when the token is none of ours."""
        if not TOKEN.fullmatch(token):
            raise ValueError("a visitor's token has 32 letters, digits, - or _")
        with self._lock:
            known = self._pages.get(token)
            bucket = known.bucket if known else Bucket(self.rate, self.rate, self.clock)
            self._pages[token] = Page(visitor, bucket)
            self._pages.move_to_end(token)
            while len(self._pages) > MOST_PAGES:
                self._pages.popitem(last=False)

    def put(self, token: str, question: dict[str, Any], asker: Asker) -> None:
        """Send a question with the page's token, whose it is, and a number as its `id`, which the answers bear.

        RefusedError: 404 for a page that was never admitted, 429 for one that asks too often, 503 while the process
        does not start.
        """
        if trouble := self.engine.trouble:
            raise RefusedError(503, _hinted(trouble))
        with self._lock:
            page = self._pages.get(token)
            if page is None:
                raise RefusedError(404, Sentence("this page is not known any more; reload it"))
            waiting = sum(asked.token == token for asked in self._asked.values())
            if waiting >= self.most_waiting or not page.bucket.take():
                raise RefusedError(429, Sentence("too many questions at once"))
            number = next(self._numbers)
            self._asked[number] = Asked(token, asker)
        try:
            self.start()
            self.engine.send(question | {"id": number, "token": token, "visitor": [*page.visitor]})
        except BaseException:
            with self._lock:
                self._asked.pop(number, None)
            raise

    def withdraw(self, asker: Asker, order: dict[str, Any]) -> None:
        """Nobody waits for this question any more: the process is told so by an order, unless it has answered."""
        with self._lock:
            number = next((number for number, asked in self._asked.items() if asked.asker is asker), None)
            if number is None:
                return
            token = self._asked.pop(number).token
        self.engine.send(order | {"id": number, "token": token})

    def waiting(self, token: str | None = None) -> list[Asker]:
        """Who waits, the longest first: one visitor's questions, or all."""
        with self._lock:
            return [asked.asker for asked in self._asked.values() if token in (None, asked.token)]

    def heard(self, header: dict[str, Any], body: bytes) -> None:
        """An answer came; one that nobody waits for is dropped. The first word of all is that the process is up."""
        if header.get("say") == "ready":
            self.starting.is_up()
            return
        with self._lock:
            asked = self._asked.get(header["id"])
            if asked and asked.asker.is_last(header):
                del self._asked[header["id"]]
        if asked:
            asked.asker.heard(header, body)

    def lost(self, words: str) -> None:
        """The process died: nobody is to wait for its answers."""
        self.starting.again()
        self._tell_all(_hinted(words))

    def close(self) -> None:
        """End the process; who still waits is told."""
        self.closed.set()
        self.engine.close()
        self._tell_all(Sentence("The server is closing."))

    def _tell_all(self, words: str) -> None:
        with self._lock:
            waiting, self._asked = self._asked, {}
        for asked in waiting.values():
            asked.asker.lost(words)


def _hinted(words: str) -> Sentence:
    return Sentence("{sentence} {hint}", sentence=words, hint=ONCE_MORE)
