"""The curves of what is kept: few enough to be drawn at once, and plain enough for a file."""

from collections.abc import Mapping, Sequence

import numpy as np

POINTS = 300  # of a curve


def thinned(step: Sequence[int], named: Mapping[str, np.ndarray]) -> dict[str, list[float | None]]:
    """Curves by name over their steps, as `Item.curves` has them: evenly thinned, None where there is no number.

    One without any number is left out; {} where none has one.
    """
    chosen = np.unique(np.linspace(0, len(step) - 1, POINTS).round().astype(int))
    known = {name: np.asarray(values, float)[chosen] for name, values in named.items()}
    curves = {
        name: [float(value) if np.isfinite(value) else None for value in values]
        for name, values in known.items()
        if np.isfinite(values).any()
    }
    return {"step": [float(at) for at in np.asarray(step)[chosen]], **curves} if curves else {}
