"""When a frame is due: each so many steps, or as often as it costs little."""

from collections import deque
from statistics import median

SHARE = 0.05  # of the time may go into frames
SMOOTH = 0.1  # of a new duration in the mean of plain steps
KNOWN = 3  # frames of which the middle one's cost counts: a hiccup of one is none of the next
LONGEST = 30.0  # seconds between two frames until so many are known


class Pace:
    """Says of each coming step whether it is to be measured. Times are seconds.

    every: a frame each so many steps, whatever it costs; None for at most `rate` frames a second and at most `share`
    of the time. What a frame costs is how much longer its step takes than a plain one, so that at least one plain
    step lies between two frames. `last`: of how many steps the last one is measured too, where somebody knows.
    """

    def __init__(self, every: int | None, rate: float, share: float = SHARE) -> None:
        self.every, self.rate, self.share = every, rate, share
        self.last: int | None = None
        self.plain: float | None = None
        self.costs: deque[float] = deque(maxlen=KNOWN)
        self._began: float | None = None
        self._earliest = 0.0
        self._framed = False

    def due(self, steps: int, now: float) -> bool:
        """Whether the step after this many is to be measured; call it when the one before it ends."""
        if self.every is not None:
            return steps % self.every == 0 or steps + 1 == self.last
        if self._began is not None:
            self._took(now - self._began, now)
        self._began = now
        free = self.plain is not None and not self._framed and now >= self._earliest
        self._framed = steps == 0 or steps + 1 == self.last or free
        return self._framed

    @property
    def cost(self) -> float:
        """Seconds that a frame's step is longer than a plain one."""
        return max(median(self.costs), 0.0) if self.costs else 0.0

    def _took(self, seconds: float, now: float) -> None:
        if not self._framed:
            self.plain = seconds if self.plain is None else self.plain + SMOOTH * (seconds - self.plain)
            return
        if self.plain is not None:
            self.costs.append(seconds - self.plain)
        waits = max(1 / self.rate - seconds, self.cost * (1 / self.share - 1))
        self._earliest = now + (waits if len(self.costs) == KNOWN else min(waits, LONGEST))
