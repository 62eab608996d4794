"""Glorot's table as the workbench audits it."""

from collections.abc import Iterator
from typing import Any

from engine.experiments.audit import TABLE, Audit, audit


def audited() -> Iterator[dict[str, Any]]:
    """`engine.experiments.audit.audit`: the rows so far, as the page shows them."""
    rows: list[dict[str, str]] = []
    for row in audit(dtype="float32"):
        rows.append(described(row))
        yield {"rows": list(rows), "done": len(rows) / len(TABLE)}


def described(row: Audit) -> dict[str, str]:
    """A row of the audit in words."""
    return {
        "activation": row.row.activation,
        "verdict": row.verdict,
        "weights": f"Glorot {row.row.distribution}, gain {row.row.gain:.3g}",
        "gradient, theory": f"{row.predicted['gradient']:+.2f} decades",
        "gradient, measured": f"{row.measured['gradient']:+.2f} decades",
        "activation variance": f"{row.measured['activation_var']:+.2f} decades",
        "saturated outputs": f"{row.measured['saturated']:.0%}",
    }
