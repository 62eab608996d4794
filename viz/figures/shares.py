"""Axes of shares, in percent: within 0 to 100 %, with as many digits as tell their marks apart."""

from collections.abc import Sequence

import numpy as np

ROOM = 0.04  # of the range, on either side
EDGE = 0.02  # beyond 0 and 100 %
NARROW = 0.01  # the least that an axis spans
JUST = 0.999  # a distance between marks is reckoned, and may be that much less than it is called
DIGITS = 4
FORMATS = {"tickformat": f".{DIGITS}%"} | {
    "tickformatstops": [
        {"dtickrange": [JUST * 10.0 ** -(digits + 2), JUST * 10.0 ** -(digits + 1)], "value": f".{digits}%"}
        for digits in range(1, DIGITS)
    ]
    + [{"dtickrange": [JUST * 0.01, None], "value": ".0%"}]
}
"""What Plotly writes by the distance of its marks, also after a zoom."""


def share_axis(values: Sequence[np.ndarray]) -> dict:
    """An axis for shares, of which what is not finite is left out."""
    every = np.concatenate([np.ravel(np.asarray(one, float)) for one in values] or [np.empty(0)])
    known = every[np.isfinite(every)]
    low, high = (known.min(), known.max()) if known.size else (0.0, 1.0)
    room = max(ROOM * (high - low), (NARROW - (high - low)) / 2)
    return {"range": [float(max(low - room, -EDGE)), float(min(high + room, 1 + EDGE))], **FORMATS}
