"""Every experiment that a page may ask for, by name.

Each takes keyword arguments that JSON can hold and yields the whole picture so far: a mapping of names to NumPy arrays
and JSON values, with `done`, the share (0 to 1) of the work behind it. A bad argument is a SpecError.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.units import unit_health

Experiment = Callable[..., Iterator[Mapping[str, Any]]]


def pictures(of: Callable[..., Iterator[Any]]) -> Experiment:
    """An experiment of a generator that yields dataclasses: their fields by name."""
    return lambda **arguments: map(vars, of(**arguments))


EXPERIMENTS: dict[str, Experiment] = {
    "unit_health": pictures(unit_health),
}
