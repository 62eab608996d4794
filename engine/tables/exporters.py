"""Who writes a watched net to a file, by its suffix: the front end enters what only it can draw."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

EXPORTERS: dict[str, Callable[[Any, Path], None]] = {}
"""Suffix -> what writes an `engine.Watch` to a path; `import viz` registers ".html"."""
