"""What has no place on an axis is a gap in the curve."""

import numpy as np


def finite(values: np.ndarray) -> np.ndarray:
    """The values as floats of their shape, NaN where they are not finite."""
    values = np.asarray(values, float)
    return np.where(np.isfinite(values), values, np.nan)


def positive(values: np.ndarray) -> np.ndarray:
    """The values as floats of their shape, NaN where a log axis has no place for them: not finite, 0 or below."""
    values = finite(values)
    return np.where(values > 0, values, np.nan)
