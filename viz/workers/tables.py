"""Tables of somebody's own as orders bring them."""

from collections.abc import Mapping
from typing import Any

from engine.tables.datasets import DATASETS, Dataset
from engine.tables.own import of_values
from viz.wire import result


def brought(order: Mapping[str, Any]) -> Dataset | None:
    """The table of an order, known by its name for as long as this is held; None where it brings none."""
    if "table" not in order:
        return None
    return DATASETS.lend(of_values(result.unpack(order["table"], order["body"])))


def whole(header: dict[str, Any], body: bytes) -> dict[str, Any]:
    """An order as it was given."""
    return header | {"body": body} if body else header
