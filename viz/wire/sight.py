"""What a net sees at one step, as bytes: a payload with a header of its own. `sight.js` is its twin.

The header has `sight` ("plane" or "strip"), `epoch` and `step`. Arrays of a plane: `answers`, `probability`
[cells, cells], `points` [samples, 2] as places from 0 to 1 across it, `labels`, `answered` [samples], and where asked
for `units` [units, cells, cells], scaled so that 0 is -`most` and 1 is `most`, with their `layer` and `of`, how many it
has; the corners stand in the header as `low` and `high`. Arrays of a strip: `pictures` [samples, height, width],
`labels`, `answers`, `probability`. A plane of 40 x 40 cells and 300 samples takes 9 KB.
"""

import math
from typing import Any

import numpy as np

from viz.wire import payload


def encode(sight: Any, *, epoch: int, step: int, layer: int | None = None, of: int | None = None) -> bytes:
    """A `Plane` or a `Strip` of the engine; layer: the one whose units it has, of: how many there are in all."""
    header: dict[str, Any] = {"epoch": epoch, "step": step}
    arrays = {
        "answers": (sight.answers, "index"),
        "probability": (sight.probability, "unit16"),
        "labels": (sight.labels, "index"),
    }
    if hasattr(sight, "pictures"):
        return payload.encode(header | {"sight": "strip"}, arrays | {"pictures": (sight.pictures, "unit16")})
    low, high = np.array(sight.low), np.array(sight.high)
    arrays |= {
        "points": ((sight.points - low) / (high - low), "unit16"),
        "answered": (sight.answered, "index"),
    }
    if sight.units is not None:
        sizes = np.abs(sight.units[np.isfinite(sight.units)])
        most = float(sizes.max(initial=0.0)) or 1.0
        with np.errstate(invalid="ignore"):
            arrays["units"] = (
                np.where(np.isfinite(sight.units), (sight.units / most + 1) / 2, math.nan),
                "unit16",
            )
        header |= {"layer": layer, "of": of, "most": most}
    return payload.encode(header | {"sight": "plane", "low": sight.low, "high": sight.high}, arrays)


def decode(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays, as the browser gets them; ValueError for anything `encode` did not make."""
    header, arrays = payload.decode(data)
    if "sight" not in header:
        raise ValueError("these bytes are no sight")
    return header, arrays
