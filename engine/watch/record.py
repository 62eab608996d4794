"""What was watched so far: the history of the layers, and beside it what norms, blocks and attentions showed."""

from collections.abc import Mapping, Sequence

import numpy as np

from engine.measure.history import History
from engine.measure.statistics import COLUMNS

MOST_BYTES = 48_000_000
MOST_FRAMES = 4000
FEWEST_FRAMES = 100
MOST_PARTS = 500  # frames of which the parts are kept

Parts = Mapping[str, Mapping[str, Mapping[str, float]]]
"""kind ("attention", "gates", "norm", "stream") -> path -> column -> value."""


class Record(History):
    """A `History` whose layers may become more, with `parts` beside it: (step, `Parts`), oldest first; and `losses`,
    [n, 2], step and loss, of the steps too that were not measured."""

    def __init__(self, layers: int = 0, capacity: int | None = None):
        super().__init__(layers, capacity)
        self.parts: list[tuple[int, Parts]] = []
        self.losses = np.empty((0, 2))

    def grown(self, places: Sequence[int], layers: int) -> "Record":
        """The same with `layers` layers: those of before have these places, and the others were not seen so far."""
        room = int(MOST_BYTES / max(layers * len(COLUMNS) * 8, 1))
        more = Record(layers, int(np.clip(room, FEWEST_FRAMES, MOST_FRAMES)))
        state = self.state()
        tables = np.full((len(self), layers, len(COLUMNS)), np.nan)
        tables[:, list(places)] = state["tables"]
        for scalars, table in zip(state["scalars"], tables, strict=True):
            more.append({}, table)
            more._scalars[more._length - 1] = scalars
        more.changes, more.parts = self.changes, self.parts
        return more

    def append_parts(self, step: int, seen: Parts) -> None:
        """What a frame saw beside the layers."""
        if seen:
            self.parts.append((step, seen))
        if len(self.parts) > MOST_PARTS:
            self.parts = [*self.parts[: MOST_PARTS // 2 : 2], *self.parts[MOST_PARTS // 2 :]]

    def first(self, rows: int) -> "Record":
        """As `History.first`, the parts and the losses too; all rows have the losses of after the last one too."""
        earlier = super().first(rows)
        assert isinstance(earlier, Record)
        last = earlier["step"][-1] if len(earlier) else 0
        earlier.parts = [(step, seen) for step, seen in self.parts if step <= last]
        if rows < len(self):
            earlier.losses = self.losses[self.losses[:, 0] <= last]
        return earlier
