"""The comparison as the workbench runs it: plain arguments in, arrays out, and runs again from the arrays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from engine.recurrent.unrolling import Unrolled
from engine.recurrent.unrollings import compare

FIELDS = [field.name for field in fields(Unrolled)]


def unrolled(
    nets: Sequence[Mapping[str, Any]], kinds: Sequence[Mapping[str, Any]], radii: Sequence[float]
) -> Iterator[dict[str, Any]]:
    """`engine.recurrent.unrollings.compare`; the fields of its runs are stacked, [nets, ...]."""
    for seen in compare(nets, kinds, radii):
        yield {
            "done": seen.done,
            "predicted": seen.predicted,
            "swept": seen.swept,
            "swept_by_theory": seen.swept_by_theory,
            **{name: np.stack([getattr(run, name) for run in seen.runs]) for name in FIELDS},
        }
