"""What one viewer has not been sent yet: the newest three frames, a run's first, the newest message of each kind."""

import asyncio
import contextlib
import json
import threading
from collections import deque
from typing import Any

FRAMES = 3
NOTICES = 8
FIRST = ("hello", "branched")  # come before the frames


class Mailbox:
    """Filled from any thread, emptied by one coroutine. A slow viewer loses old frames, never messages that count."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.closing: tuple[int, str] | None = None
        self._ready = asyncio.Event()
        self._lock = threading.Lock()
        self._frames: deque[bytes] = deque(maxlen=FRAMES)
        self._first: bytes | None = None
        self._is_new = False
        self._latest: dict[str, dict[str, Any]] = {}
        self._notices: deque[dict[str, Any]] = deque(maxlen=NOTICES)
        self._recalled: dict[str, bytes] = {}
        self._woken = False

    def frame(self, data: bytes) -> None:
        """A frame; the first after a hello is never lost: it shows the net before its first step."""
        with self._lock:
            if self._is_new:
                self._first, self._is_new = data, False
            else:
                self._frames.append(data)
        self._wake()

    def recalled(self, data: bytes, kind: str) -> None:
        """What somebody asked for, which newer frames do not push out; of each kind only the last one is wanted."""
        with self._lock:
            self._recalled[kind] = data
        self._wake()

    def message(self, message: dict[str, Any]) -> None:
        """A message; of a hello, a state or a verdict only the newest counts.

        A hello ends what came before, and so does a branch, whose frames are of an epoch of their own.
        """
        with self._lock:
            if message["say"] == "notice":
                self._notices.append(message)
            else:
                if message["say"] == "hello":
                    self._frames.clear()
                    self._recalled.clear()
                    self._latest.clear()
                    self._first, self._is_new = None, True
                elif message["say"] == "branched":
                    self._frames.clear()
                    self._recalled.clear()
                    self._first, self._is_new = None, False
                self._latest.pop(message["say"], None)
                self._latest[message["say"]] = message
        self._wake()

    def close(self, code: int, reason: str) -> None:
        """Send what is here, then close the way with this code."""
        self.closing = (code, reason)
        self._wake()

    async def next(self) -> list[str | bytes]:
        """What to send now; waits until there is something, [] when it is closing.

        A hello and a branch come before the frames they announce, a state after the frames that led to it.
        """
        while True:
            await self._ready.wait()
            self._ready.clear()
            with self._lock:
                self._woken = False
                first_words = [self._latest.pop(kind) for kind in FIRST if kind in self._latest]
                messages = [*self._latest.values(), *self._notices]
                first = [] if self._first is None else [self._first]
                frames, self._first = [*first, *self._frames, *self._recalled.values()], None
                self._latest.clear()
                self._notices.clear()
                self._frames.clear()
                self._recalled.clear()
            if first_words or messages or frames or self.closing:
                return [*map(json.dumps, first_words), *frames, *map(json.dumps, messages)]

    def _wake(self) -> None:
        with self._lock:
            if self._woken:
                return
            self._woken = True
        with contextlib.suppress(RuntimeError):  # the server is closing, and its loop with it
            self.loop.call_soon_threadsafe(self._ready.set)
