"""What a run has measured so far, step by step: columns by name."""

from copy import copy
from typing import Any

import numpy as np

from engine.measure.statistics import COLUMNS

SCALARS = ("step", "loss", "accuracy", "gradient_norm", "gradient_norm_clipped", "lr")
LOOKS = ("test_accuracy", "test_accuracy_batch")
"""What is looked at now and then, NaN elsewhere: the share of the test set that is right, dropout off, with batch
norm's running statistics; and with batch norm by the statistics of the test set itself."""
NUMBERS = (*SCALARS, *LOOKS)

Change = tuple[int, dict[str, Any], dict[str, Any]]


class History:
    """Columns by name: history["loss"] is [steps], history["gradient_rms"] is [steps, layers], all float64.

    Rows are the measured steps, in order; history["step"] says which. With a `capacity` (rows, at least 2) the
    memory is bounded: a full history keeps its first row and at most half of its rows, spread evenly over the
    steps so far, so that it always spans the whole run. Raises ValueError for a smaller capacity.

    changes: (step, before, after) of each change of the running net's settings, by name; `step` is the first that
    was made with it.
    """

    def __init__(self, layers: int, capacity: int | None = None):
        if capacity is not None and capacity < 2:
            raise ValueError(f"capacity must be None or at least 2 rows; got {capacity!r}")
        self.capacity = capacity
        self.changes: list[Change] = []
        self._scalars = np.empty((64, len(NUMBERS)))
        self._tables = np.empty((64, layers, len(COLUMNS)))
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, name: str) -> np.ndarray:
        if name in NUMBERS:
            return self._scalars[: self._length, NUMBERS.index(name)]
        if name in COLUMNS:
            return self._tables[: self._length, :, list(COLUMNS).index(name)]
        raise KeyError(f"unknown column {name!r}; choose from: {', '.join(self.keys())}")

    def __contains__(self, name: str) -> bool:
        return name in NUMBERS or name in COLUMNS

    def __getattr__(self, name: str) -> np.ndarray:
        if name in NUMBERS or name in COLUMNS:
            return self[name]
        raise AttributeError(name)

    def keys(self) -> tuple[str, ...]:
        """The names of all columns."""
        return (*NUMBERS, *COLUMNS)

    def append(self, scalars: dict[str, float], table: np.ndarray) -> None:
        """Add one measured step: its scalars by name (`LOOKS` may be left out) and its table [layers, columns]."""
        if self._length == self.capacity:
            self._thin()
        if self._length == len(self._scalars):
            self._scalars = np.concatenate([self._scalars, np.empty_like(self._scalars)])
            self._tables = np.concatenate([self._tables, np.empty_like(self._tables)])
        self._scalars[self._length] = [scalars.get(name, np.nan) for name in NUMBERS]
        self._tables[self._length] = table
        self._length += 1

    def first(self, rows: int) -> "History":
        """The history as it was when it held its first `rows`; it shares their memory and is for reading only."""
        earlier = copy(self)
        earlier._length = min(rows, self._length)
        last = earlier["step"][-1] if earlier._length else 0
        earlier.changes = [change for change in self.changes if change[0] <= last]
        return earlier

    def until(self, step: int) -> "History":
        """A copy of the history as far as that step."""
        rows = int(np.searchsorted(self["step"], step, side="right"))
        earlier = History.restored(self.first(rows).state())
        earlier.changes = [change for change in self.changes if change[0] <= step]
        return earlier

    def _thin(self) -> None:
        steps = self["step"]
        wanted = np.linspace(steps[0], steps[-1], self._length // 2)
        kept = np.unique(np.searchsorted(steps, wanted))
        self._length = len(kept)
        self._scalars[: self._length] = self._scalars[kept]
        self._tables[: self._length] = self._tables[kept]

    def state(self) -> dict:
        """Everything needed to go on elsewhere."""
        return {
            "capacity": self.capacity,
            "scalars": self._scalars[: self._length].copy(),
            "tables": self._tables[: self._length].copy(),
            "changes": list(self.changes),
        }

    @classmethod
    def restored(cls, state: dict) -> "History":
        """The history whose `state` this is."""
        history = cls(state["tables"].shape[1], state["capacity"])
        history.changes = [tuple(change) for change in state["changes"]]
        if len(state["scalars"]):
            history._scalars, history._tables = state["scalars"].copy(), state["tables"].copy()
        history._length = len(state["scalars"])
        return history
