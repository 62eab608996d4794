"""The curves of what is kept: few enough to be drawn at once, and plain enough for a file."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

POINTS = 300  # of a curve


def thinned(step: ArrayLike, named: Mapping[str, np.ndarray]) -> dict[str, list[float | None]]:
    """Curves by name over their steps, as `Item.curves` has them: evenly thinned, None where there is no number.

    One without any number is left out; {} where none has one.
    """
    at = np.asarray(step, float)
    chosen = np.unique(np.linspace(0, len(at) - 1, POINTS).round().astype(int))
    known = {name: np.asarray(values, float)[chosen] for name, values in named.items()}
    curves = {
        name: [float(value) if np.isfinite(value) else None for value in values]
        for name, values in known.items()
        if np.isfinite(values).any()
    }
    return {"step": at[chosen].tolist(), **curves} if curves else {}
