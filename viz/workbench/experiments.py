"""Every experiment that a page may ask for, by name.

Each takes keyword arguments that JSON can hold and yields the whole picture so far: a mapping of names to NumPy arrays
and JSON values, with `done`, the share (0 to 1) of the work behind it. A bad argument is a SpecError.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Experiment = Callable[..., Iterator[Mapping[str, Any]]]

EXPERIMENTS: dict[str, Experiment] = {}
