"""What the Signal page measures, as the workbench runs it: plain arguments in, arrays and JSON values out."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.experiments.audit import TABLE, Audit, audit
from engine.experiments.propagation import Propagation, propagate_seeds


def signal(*, seeds: int, **arguments: Any) -> Iterator[dict[str, Any]]:
    """`engine.experiments.propagation.propagate_seeds`: the nets measured so far, every quantity [seeds, layers]."""
    rows: list[Propagation] = []
    for row in propagate_seeds(seeds=seeds, **arguments):
        rows.append(row)
        yield {name: np.stack([one[name] for one in rows]) for name in row.names()} | {
            "done": len(rows) / seeds
        }


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
