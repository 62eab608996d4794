"""The frames of a watched net as they are made, with the histograms of each layer."""

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

from engine.measure.histograms import Histograms, histograms
from viz.wire import frame as wire
from viz.wire.ring import Ring

FRAMES = 1000
BYTES = 6_000_000


class Recorder:
    """Keeps them as the canvas takes them, in bounded room; a net that comes to have more layers begins anew."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.ring, self.layers, self.epoch = Ring(FRAMES, BYTES), 0, 0
        self.clock, self._last = clock, (0, math.nan)

    def take(self, frame: Any, outputs: Sequence[Any], gradients: Sequence[Any]) -> None:
        """One more frame; see `engine.tables.exporters.Recorder`."""
        if len(frame.table) != self.layers:
            self.ring.clear()
            self.layers, self.epoch = len(frame.table), self.epoch + 1
        now, (step, before) = self.clock(), self._last
        self._last = frame.step, now
        rate = (frame.step - step) / (now - before) if now > before else math.nan
        counted = Histograms(histograms(outputs), histograms(gradients))
        timed: dict[str, Any] = {"epoch": self.epoch, "steps_per_second": rate, "made_at": now}
        self.ring.append(frame.step, wire.encode(frame, counted, lr=frame.lr, **timed))

    def end(self, step: int, loss: float) -> None:
        """The last step, unmeasured: it has its own loss, and the layers as they were seen last."""
        if self.ring.newest:
            self.ring.append(step, wire.of_step(self.ring.newest, step, loss))

    def frames(self) -> list[bytes]:
        """What is kept, oldest first."""
        return self.ring.after(-1)
