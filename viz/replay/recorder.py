"""The frames of a watched net as they are made, with the histograms of each layer."""

from collections.abc import Sequence
from typing import Any

from engine.measure.histograms import Histograms, histograms
from viz.wire import frame as wire
from viz.wire.ring import Ring

FRAMES = 1000
BYTES = 6_000_000


class Recorder:
    """Keeps them as the canvas takes them, in bounded room; a net that comes to have more layers begins anew."""

    def __init__(self) -> None:
        self.ring, self.layers = Ring(FRAMES, BYTES), 0

    def take(self, frame: Any, outputs: Sequence[Any], gradients: Sequence[Any]) -> None:
        """One more frame; see `engine.tables.exporters.Recorder`."""
        if len(frame.table) != self.layers:
            self.ring.clear()
            self.layers = len(frame.table)
        counted = Histograms(histograms(outputs), histograms(gradients))
        self.ring.append(frame.step, wire.encode(frame, counted, lr=frame.lr))

    def frames(self) -> list[bytes]:
        """What is kept, oldest first."""
        return self.ring.after(-1)
