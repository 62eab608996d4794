"""A fitting scale for a surface's values: colors, contours and heights stand on it."""

from dataclasses import dataclass

import numpy as np

SHARE_OF_WINDOW, SHARE_OF_SCALE = 0.05, 0.15
HALVINGS = 80


@dataclass(frozen=True)
class Scale:
    """Place s in [0, 1] of a value v: (v - low) / (high - low), or with a bend asinh((v - low) / bend) of it.

    Linear far below the bend, logarithmic far above it. bend: in the unit of the value, infinite for a linear scale.
    """

    low: float
    high: float
    bend: float

    @classmethod
    def of(cls, values: np.ndarray) -> "Scale":
        """The scale on which the lowest 5 % of a window's points take the lowest 15 %, or more.

        values: any shape; those that are not finite do not count. A bowl gets rings near its bottom too.
        """
        finite = values[np.isfinite(values)]
        if not finite.size:
            return cls(0.0, 1.0, np.inf)
        low, few, high = (float(q) for q in np.quantile(finite, (0.0, SHARE_OF_WINDOW, 1.0)))
        if low == high:
            return cls(low, low + 1.0, np.inf)
        if few - low >= SHARE_OF_SCALE * (high - low):
            return cls(low, high, np.inf)
        return cls(low, high, _bend(max(few - low, 1e-12 * (high - low)), high - low))

    def place(self, values: np.ndarray) -> np.ndarray:
        """Where values stand, of their shape; 0 at low, 1 at high."""
        above, span = np.asarray(values, dtype=float) - self.low, self.high - self.low
        if np.isinf(self.bend):
            return above / span
        return np.arcsinh(above / self.bend) / np.arcsinh(span / self.bend)

    def value(self, places: np.ndarray) -> np.ndarray:
        """The values at places, of their shape."""
        places, span = np.asarray(places, dtype=float), self.high - self.low
        if np.isinf(self.bend):
            return self.low + places * span
        return self.low + self.bend * np.sinh(places * np.arcsinh(span / self.bend))


def _bend(few: float, span: float) -> float:
    """The bend at which `few` of `span` stands at SHARE_OF_SCALE, by halving in the logarithm."""
    low, high = np.log(few) - 60, np.log(span) + 10
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        bend = np.exp(middle)
        if np.arcsinh(few / bend) / np.arcsinh(span / bend) > SHARE_OF_SCALE:
            low = middle
        else:
            high = middle
    return float(np.exp(high))
