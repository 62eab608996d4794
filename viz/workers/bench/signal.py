"""Glorot's table as the workbench audits it."""

from collections.abc import Iterator
from typing import Any

from engine.experiments.audit import TABLE, Audit, audit


def audited() -> Iterator[dict[str, Any]]:
    """`engine.experiments.audit.audit`: the rows so far."""
    rows: list[Audit] = []
    for row in audit(dtype="float32"):
        rows.append(row)
        yield {"rows": list(rows), "done": len(rows) / len(TABLE)}
