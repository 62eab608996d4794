"""What is seen: pages, controls, figures, and the live view."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.tables.exporters import EXPORTERS, RECORDERS

if TYPE_CHECKING:
    from viz.own_net.callbacks import lightning_callback, trainer_callback
    from viz.own_net.watching import watch

__all__ = ["lightning_callback", "trainer_callback", "watch"]

_HOMES = {
    "lightning_callback": "viz.own_net.callbacks",
    "trainer_callback": "viz.own_net.callbacks",
    "watch": "viz.own_net.watching",
}


def _as_page(watch: Any, path: Path) -> None:
    """A watched net as one HTML file; the replay is loaded when it is asked for."""
    import_module("viz.replay.watched").save(watch, path)


EXPORTERS[".html"] = _as_page
RECORDERS[".html"] = lambda: import_module("viz.replay.recorder").Recorder()


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
