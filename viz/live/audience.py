"""Nets that train elsewhere, by token, and the pages that watch them: what every host of such nets has in common."""

import threading
import time
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from viz.live.mailbox import Mailbox
from viz.live.run import Shown
from viz.server import bounds
from viz.server.bounds import FullError
from viz.wire import frame as wire

Net = TypeVar("Net", bound=Shown)


class Poll(NamedTuple):
    """An answer to who watches by HTTP; `epoch` and `said` are to be given with the next question."""

    frames: list[bytes]
    messages: list[dict[str, Any]]
    epoch: int
    said: int


class Audience(Generic[Net]):
    """Every method may be called from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.runs: dict[str, Net] = {}
        self._lock = threading.RLock()

    def frame(self, token: str, step: int) -> dict[str, Any] | None:
        """The frame of this step or the last before it that is here, see `wire.decode`; None without."""
        with self._lock:
            run = self.runs.get(token)
            data = run.frame(step) if run else None
        return wire.decode(data, run.columns) if run and data else None

    def is_watched(self, token: str) -> bool:
        """Whether a page has this run on screen, or soon will have."""
        with self._lock:
            run = self.runs.get(token)
            return bool(run and run.viewers)

    def attach(self, token: str, viewer: Mailbox) -> bool:
        """Let a viewer watch; False when there is no such run, FullError when too many watch it already."""
        with self._lock:
            run = self.runs.get(token)
            if run is None:
                return False
            if len(run.viewers) >= bounds.MOST_VIEWERS:
                raise FullError(
                    "{value} pages watch this run already; close one of them.", value=len(run.viewers)
                )
            self._is_watched(run)
            run.welcome(viewer)
            return True

    def detach(self, token: str, viewer: Mailbox) -> None:
        """A viewer left; from now on the lease runs."""
        with self._lock:
            if run := self.runs.get(token):
                run.viewers.discard(viewer)
                run.seen = self.clock()

    def poll(self, token: str, after: int, epoch: int | None = None, said: int | None = None) -> Poll | None:
        """For who watches by HTTP: the frames after a step, and what was said after a number of messages.

        None when there is no such run. Who has no frames yet, or those of another epoch, gets all there are.
        """
        with self._lock:
            run = self.runs.get(token)
            if run is None:
                return None
            self._is_watched(run)
            is_new = after < 0 or after > run.ring.newest_step or epoch not in (None, run.epoch)
            frames = run.ring.after(-1 if is_new else after) + run.recalled(said or run.said)
            return Poll(frames, run.messages(said or 0), run.epoch, run.said)

    def path_left(self, token: str) -> list[bytes] | None:
        """Frames of the path that the run left last; None when there is no such run."""
        with self._lock:
            run = self.runs.get(token)
            return run.left if run else None

    def allows(self, token: str, amount: float = 1.0) -> bool:
        """Whether this run's share of HTTP requests is not used up; takes so much of it."""
        with self._lock:
            run = self.runs.get(token)
            return run is None or run.bucket.take(amount)

    def do(self, token: str, verb: dict[str, Any]) -> dict[str, Any] | None:
        """What a viewer asks for; an answer for this viewer alone, or None."""
        raise NotImplementedError

    def _is_watched(self, run: Net) -> None:
        run.seen = self.clock()
