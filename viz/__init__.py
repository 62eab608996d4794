"""What is seen: pages, controls, figures, and the live view."""

from importlib import import_module
from pathlib import Path
from typing import Any

from engine.tables.exporters import EXPORTERS, RECORDERS


def _as_page(watch: Any, path: Path) -> None:
    """A watched net as one HTML file; the replay is loaded when it is asked for."""
    import_module("viz.replay.watched").save(watch, path)


EXPORTERS[".html"] = _as_page
RECORDERS[".html"] = lambda: import_module("viz.replay.recorder").Recorder()
