"""Who writes a watched net to a file, by its suffix: the front end enters what only it can draw."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

EXPORTERS: dict[str, Callable[[Any, Path], None]] = {}
"""Suffix -> what writes an `engine.Watch` to a path; `import viz` registers ".html"."""


class Recorder(Protocol):
    """Takes the frames of a watch as they are made, for an exporter that shows more than their numbers."""

    def take(self, frame: Any, outputs: Sequence[Any], gradients: Sequence[Any]) -> None:
        """A frame, and samples of each layer's outputs and dLoss/dz, [samples, units], None where there are none."""

    def end(self, step: int, loss: float) -> None:
        """The last step that was taken, which was not measured, and its loss."""


RECORDERS: dict[str, Callable[[], Recorder]] = {}
"""Suffix -> makes a recorder for a watch that begins."""
