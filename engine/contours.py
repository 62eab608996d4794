"""The levels of a contour plot, on the scale that shows the most."""

import numpy as np


def contour_scale(values: np.ndarray) -> str:
    """ "log" when the lowest tenth of all values fills less than 2 % of their range, as in a valley; else "linear"."""
    low, tenth, high = _spread(values)
    return "log" if tenth - low < (high - low) / 50 else "linear"


def contour_levels(values: np.ndarray, count: int = 20) -> np.ndarray:
    """So many levels between the lowest and the highest value, rising, [count]; on `contour_scale`.

    Logarithmic levels are equal factors of the height above the lowest value, from a thirtieth of its tenth
    percentile. Values that are not finite are left out; a flat surface has one level.
    """
    low, tenth, high = _spread(values)
    if high <= low:
        return np.array([low])
    if contour_scale(values) == "linear":
        return np.linspace(low, high, count + 2)[1:-1]
    first = (tenth - low) / 30 or (high - low) / 1e6
    return low + np.geomspace(first, high - low, count + 1)[:-1]


def _spread(values: np.ndarray) -> tuple[float, float, float]:
    """Lowest value, tenth percentile and highest of the finite values; zeros when there are none."""
    finite = values[np.isfinite(values)]
    return tuple(np.quantile(finite, (0, 0.1, 1)).tolist()) if finite.size else (0.0, 0.0, 0.0)
