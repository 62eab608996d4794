"""A comparison as a table to take home: one row for each setting, seed and look."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from engine.experiments.standing import Grid
from viz.compare.axes import Axis
from viz.compare.plan import Cells
from viz.run import link

METRICS = ("train_loss", "test_loss", "accuracy")


def table(seen: Grid, cells: Cells) -> pd.DataFrame:
    """What was trained: the values that vary, seed, step, losses, accuracy, `diverged_at` (-1 for never), the link.

    Rows of runs that have not begun, and of looks after a divergence, are left out.
    """
    known = np.isfinite(seen.test_loss)
    spec, seed, look = np.nonzero(known)
    values = {
        axis.name: column(axis, [cells.cells[k].texts[at] for k in spec])
        for at, axis in enumerate(cells.axes)
    }
    seeds = np.array([cell.spec.seed for cell in cells.cells])
    queries = ["&".join(f"{k}={v}" for k, v in link.write(cell.spec).items()) for cell in cells.cells]
    return pd.DataFrame(
        values
        | {"seed": seeds[spec] + seed, "step": seen.looks[look]}
        | {name: getattr(seen, name)[known] for name in METRICS}
        | {"diverged_at": seen.diverged_at[spec, seed], "spec": [queries[k] for k in spec]}
    )


def column(axis: Axis, texts: Sequence[str]) -> list[Any]:
    """The values of a setting: as numbers where each of them is one, else as a link writes them."""
    values = list(texts) if axis.texts() else [axis.value(text) for text in texts]
    return values if all(isinstance(value, int | float) for value in values) else list(texts)


def csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


def parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()
