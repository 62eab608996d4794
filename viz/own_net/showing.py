"""What of a watch is shown while it goes on: its frames as they are made, and now and then a verdict."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from engine.watch.report import plain
from viz.replay.recorder import Recorder

SHARE = 0.02  # of the time may go into verdicts
OFTEN = 1.0  # seconds between two of them at least
FADES = (
    0.9  # of the longest pause between two frames is left with each frame: that of one evaluation is no habit
)


class Stage(Protocol):
    """Where it is shown. Nothing here waits but `close`, for a moment, and nothing raises."""

    url: str
    """The page that shows it, "" where there is none."""

    def open(self, hello: dict[str, Any]) -> None:
        """Begin to show it."""

    def greet(self, hello: dict[str, Any]) -> None:
        """The net's layers are known, or are others."""

    def show(self, frame: bytes) -> None:
        """A frame as `viz.wire.frame` encodes it."""

    def tell(self, verdict: dict[str, Any]) -> None:
        """What is wrong with it, and what was."""

    def close(self, words: str, waits: bool = True) -> None:
        """It is over; the words say how. waits: whether there may be something to wait for."""


class Showing(Recorder):
    """A recorder that hands on what it keeps.

    labels: gives the layers' paths. judge: gives the findings of now and all that there ever were.
    """

    def __init__(
        self,
        stage: Stage,
        hello: dict[str, Any],
        labels: Callable[[], list[str]],
        judge: Callable[[], Any],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        super().__init__()
        self.stage, self.hello, self.labels, self.judge, self._now = stage, hello, labels, judge, clock
        self.lock = threading.Lock()
        self._next = self._pause = 0.0
        self._came = self._now()

    def open(self) -> None:
        """Begin to show it: how long the first frame takes counts from here."""
        self._came = self._now()
        self.stage.open({**self.hello, "epoch": 0, "labels": []})

    def take(self, frame: Any, outputs: Sequence[Any], gradients: Sequence[Any]) -> None:
        """One more frame; a verdict where one is due."""
        epoch, now = self.epoch, self._now()
        self._pause, self._came = max(now - self._came, FADES * self._pause), now
        with self.lock:
            super().take(frame, outputs, gradients)
        if self.epoch != epoch:
            self.greet()
        if self.ring.newest:
            self.stage.show(self.ring.newest)
        if self._now() >= self._next:
            self.tell()

    def end(self, step: int, loss: float) -> None:
        """As a `Recorder`, and show it."""
        with self.lock:
            super().end(step, loss)
        if self.ring.newest:
            self.stage.show(self.ring.newest)

    def greet(self) -> None:
        """Say what is shown."""
        self.stage.greet({**self.hello, "epoch": self.epoch, "labels": list(self.labels())})

    def tell(self) -> None:
        """Judge, and say it; the next verdict is so far away that all of them take a small share of the time."""
        began = self._now()
        found = self.judge()
        self.stage.tell(
            {
                "say": "verdict",
                "findings": [plain(each.to_dict()) for each in found.findings],
                "past": [plain(each.to_dict()) for each in found.past],
                "progress": found.progress and found.progress.message(),
                "pause": round(self._pause, 3),
            }
        )
        now = self._now()
        self._next = now + max(OFTEN, (now - began) / SHARE)

    def kept(self) -> list[bytes]:
        """The frames that are here whole, oldest first; from any thread."""
        with self.lock:
            frames = self.frames()
        most = max(map(len, frames), default=0)
        return [frame for frame in frames if len(frame) == most]
