"""Tables of visitors' own on their way to a process, and how much of the machine all of them may take."""

from collections.abc import Mapping
from typing import Any

from engine.tables.datasets import DATASETS, Dataset
from engine.tables.own import to_values
from engine.tables.reading import Limits
from viz.server.bounds import FullError
from viz.wire import result

LIMITS = Limits(bytes=16_000_000, cells=2_000_000)
"""Of one visitor's table."""
ALL_BYTES = 1_000_000_000


def packed(table: Dataset | None) -> dict[str, Any]:
    """What an order that is about a table says of it, and its body; nothing without one."""
    if table is None:
        return {}
    header, body = result.pack(to_values(table))
    return {"table": header, "body": body}


def named(arguments: Mapping[str, Any]) -> Dataset | None:
    """The table of somebody's own that the runs among an experiment's arguments are trained on."""
    specs = [arguments.get("spec"), *arguments.get("specs", ())]
    return next((own for spec in specs if spec and (own := DATASETS.own(spec["dataset"]))), None)


def lend(table: Dataset) -> Dataset:
    """Know a table for as long as somebody holds what this returns. FullError where all visitors' take too much."""
    if sum(map(size, (*DATASETS.lent(), table))) > ALL_BYTES:
        raise FullError(
            "The tables of this server's visitors take {all:.0f} GB, which is as much as it has for them; try again "
            "later, or with fewer rows.",
            all=ALL_BYTES / 1e9,
        )
    return DATASETS.lend(table)


def size(table: Dataset) -> int:
    """Bytes of its inputs and targets."""
    return sum(array.nbytes for array in table.draw(0))
