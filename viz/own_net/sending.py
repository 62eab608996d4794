"""The way from a script to the app: a thread sends what there is, and whatever becomes of the app, training goes on."""

import contextlib
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection
from typing import Any

from engine.tables.telling import told
from viz.own_net import starting
from viz.server import meeting
from viz.wire import channel

WAITING = 16  # frames; of more the oldest are dropped
PAUSE = 1 / 30  # seconds between two sends, whatever the script's pace
KNOCK_AGAIN = (0.2, 0.5, 1.0, 2.0)  # seconds until the app is looked for once more
ANSWER_WITHIN = 10.0
LAST_WORDS_WITHIN = 2.0  # seconds that a script waits at its end until the app has all
START_WITHIN = 45.0

LOST = (OSError, EOFError, AuthenticationError, ValueError)


class Sender:
    """Shows one net in the app of this machine; see `showing.Stage`. Only its own thread ever waits.

    token: of the net. kept: the frames of before, for an app that comes late or comes again. starts: whether an app is
    started where none runs. say: takes the lines for the person.
    """

    def __init__(
        self,
        token: str,
        kept: Callable[[], list[bytes]],
        starts: bool = True,
        say: Callable[[str], None] = lambda words: print(words, file=sys.stderr, flush=True),
    ) -> None:
        self.token, self._kept, self._starts, self._say = token, kept, starts, say
        self.url = ""
        self._hello: dict[str, Any] = {}
        self._verdict: dict[str, Any] | None = None
        self._news = {"hello": False, "verdict": False}
        self._frames: deque[bytes] = deque(maxlen=WAITING)
        self._end: str | None = None
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._connected = threading.Event()
        self._finished = threading.Event()
        self._may_wait = 0.0

    def open(self, hello: dict[str, Any]) -> None:
        """Begin to look for the app."""
        self.greet(hello)
        self._may_wait = time.monotonic() + START_WITHIN if self._starts else 0.0
        threading.Thread(target=self._keep_sending, name="watch", daemon=True).start()

    def greet(self, hello: dict[str, Any]) -> None:
        """The net's layers are known, or are others: frames of before are none of its any more."""
        with self._lock:
            self._hello, self._news["hello"] = told(hello), True
            self._frames.clear()
        self._woken.set()

    def show(self, frame: bytes) -> None:
        """One more frame."""
        with self._lock:
            self._frames.append(frame)
        self._woken.set()

    def tell(self, verdict: dict[str, Any]) -> None:
        """The newest verdict."""
        with self._lock:
            self._verdict, self._news["verdict"] = verdict, True
        self._woken.set()

    def close(self, words: str, waits: bool = True) -> None:
        """The script is done: say so, and wait a moment until it is said; longer where the app is only starting."""
        self._end = words
        self._woken.set()
        if waits:
            self._finished.wait(LAST_WORDS_WITHIN if self._connected.is_set() else self._patience())

    def _patience(self) -> float:
        return max(0.0, self._may_wait - time.monotonic()) if not self.url else 0.0

    # ------------------------------------------------------------------------------------------- its thread

    def _keep_sending(self) -> None:
        try:
            while not self._finished.is_set():
                if (connection := self._reach()) is None:
                    return
                with contextlib.suppress(*LOST), connection:
                    self._talk(connection)
                self._connected.clear()
        finally:
            self._finished.set()

    def _reach(self) -> Connection | None:
        """A connection to the app; None where the script ended and none is to be waited for."""
        tries = 0
        while True:
            for place in meeting.places():
                try:
                    return place.knock()
                except (ConnectionRefusedError, FileNotFoundError):
                    meeting.forget(place)
                except LOST:
                    continue
            if self._starts:
                self._starts = False
                self._say(starting.start())
            elif self._end is not None and not self._patience():
                return None
            self._woken.clear()
            self._woken.wait(KNOCK_AGAIN[min(tries, len(KNOCK_AGAIN) - 1)])
            tries += 1

    def _talk(self, connection: Connection) -> None:
        """Everything that is kept, then what comes; OSError when the app is gone."""
        with self._lock:
            hello, verdict = self._hello, self._verdict
            self._news = dict.fromkeys(self._news, False)
            self._frames.clear()
        channel.send(connection, {**hello, "token": self.token})
        if not connection.poll(ANSWER_WITHIN):
            raise TimeoutError
        self._welcomed(channel.receive(connection)[0])
        for frame in self._kept():
            channel.send(connection, {"say": "frame"}, frame)
        if verdict:
            channel.send(connection, verdict)
        while True:
            self._woken.wait()
            self._woken.clear()
            is_over = self._end is not None
            for header, body in self._due():
                channel.send(connection, header, body)
            if is_over:
                channel.send(connection, told({"say": "end", "words": self._end}))
                self._finished.set()
                return
            time.sleep(PAUSE)

    def _due(self) -> list[tuple[dict[str, Any], bytes]]:
        with self._lock:
            due: list[tuple[dict[str, Any], bytes]] = []
            if self._news["hello"]:
                due.append((self._hello, b""))
            due += [({"say": "frame"}, frame) for frame in self._frames]
            if self._news["verdict"] and self._verdict:
                due.append((self._verdict, b""))
            self._news = dict.fromkeys(self._news, False)
            self._frames.clear()
        return due

    def _welcomed(self, welcome: dict[str, Any]) -> None:
        url = f"{welcome['url']}own_net?net={self.token}"
        self._connected.set()
        self._starts = False  # one that is closed from now on was meant to be
        if url != self.url:
            self.url = url
            apps = sum(map(meeting.runs, meeting.places()))
            self._say(starting.how_to_see(url) + starting.which_app(welcome, apps))
