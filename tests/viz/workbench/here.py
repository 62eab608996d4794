"""The workbench's experiments in this process, as a page gets them."""

from collections.abc import Iterator, Mapping
from typing import Any

from viz.wire import result as packing
from viz.workers.bench.experiments import EXPERIMENTS

ARRIVING = "viz.workbench.page.arriving"
"""What a test that needs no process puts these in the place of."""


def all_of_it(name: str, arguments: Mapping[str, Any], say: Any = None) -> Iterator[dict[str, Any]]:
    """Every result, having gone the way that it goes between processes."""
    for seen in EXPERIMENTS[name](**arguments):
        yield packing.unpack(*packing.pack(seen))


def the_last(name: str, arguments: Mapping[str, Any], say: Any = None) -> Iterator[dict[str, Any]]:
    """Only the finished result."""
    *_, last = all_of_it(name, arguments)
    yield last
