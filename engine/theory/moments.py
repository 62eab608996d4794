"""What passes between two blocks of an infinitely wide net: moments on the way forward, a gradient on the way back.

In such a net one unit's values over a batch say all there is to say. Their distribution is known where the unit's
value is a sum over the layer below (Gaussian), or what batch norm makes of such a sum (Sphere).
"""

from dataclasses import dataclass

import numpy as np

from engine.theory.laws import Law
from engine.theory.shares import cannot_all_lie, dead_share, saturated_share, tail_of_sphere


@dataclass(frozen=True)
class Moments:
    """One unit's values over a batch of `samples`.

    mean, second: E[h] and E[h^2]. signal: E[(h - h')^2] / 2 over two samples, the part of E[h^2] in which samples
    differ; above E[h^2] where they repel each other, NaN where nobody asked for it.
    """

    mean: float
    second: float
    signal: float
    samples: int

    @property
    def variance(self) -> float:
        return self.second - self.mean**2


class Gaussian(Moments):
    """Sums over the units of a layer: jointly normal, of mean 0."""

    def saturated(self, low: float, high: float) -> float:
        """The share of values at or beyond low or high."""
        return np.nan if np.isnan(self.second) else saturated_share(low, high, self.second)

    def dead(self, low: float, high: float) -> float:
        """The share of units all of whose values lie there."""
        return (
            np.nan if np.isnan(self.second) else dead_share(low, high, self.second, self.signal, self.samples)
        )


class Sphere(Moments):
    """Normalized sums: sqrt(samples) times a random direction orthogonal to (1, ..., 1)."""

    def saturated(self, low: float, high: float) -> float:
        """The share of values at or beyond low or high."""
        return np.nan if np.isnan(self.second) else tail_of_sphere(low, high, self.samples)

    def dead(self, low: float, high: float) -> float:
        """0 where no normalized batch can lie there entirely, else NaN."""
        return 0.0 if cannot_all_lie(low, high) and not np.isnan(self.second) else np.nan


@dataclass(frozen=True)
class Bent(Moments):
    """What an activation makes of sums; `exact_variance` keeps the digits that second - mean^2 loses."""

    law: Law
    sums: Gaussian
    exact_variance: float

    @property
    def variance(self) -> float:
        return self.exact_variance


@dataclass(frozen=True)
class Gradient:
    """The gradient of one unit's values over a batch, its second moments times 2^power.

    square: mean square. product: mean product of two samples' gradients. along: mean square of the part that points
    along the values themselves, where they are on a sphere; None where the gradient does not depend on them.
    jointly: it stands above a batch norm whose values are `Bent`; norm and slopes go back together.
    """

    square: float = 1.0
    product: float = 0.0
    along: float | None = None
    jointly: bool = False
    power: int = 0

    @property
    def unshared(self) -> float:
        """What is left of the square without the part that all samples share."""
        return self.square - self.product

    @property
    def mean_square(self) -> float:
        """The mean square itself; 0 or inf beyond float64."""
        return float(np.ldexp(self.square, self.power))

    @property
    def log10(self) -> float:
        """log10 of the mean square, right also beyond float64."""
        with np.errstate(divide="ignore"):
            return float(np.log10(self.square) + self.power * np.log10(2))

    def times(self, factor: float) -> "Gradient":
        """All second moments times a factor, scaled so that the square stays within float64."""
        shift = int(np.frexp(self.square * factor)[1]) if np.isfinite(self.square * factor) else 0
        square, product = (float(np.ldexp(v * factor, -shift)) for v in (self.square, self.product))
        along = None if self.along is None else float(np.ldexp(self.along * factor, -shift))
        return Gradient(square, product, along, power=self.power + shift)

    def __add__(self, other: "Gradient") -> "Gradient":
        """The sum of two independent gradients."""
        power = max(self.power, other.power)
        square, product = (
            sum(float(np.ldexp(getattr(one, name), one.power - power)) for one in (self, other))
            for name in ("square", "product")
        )
        return Gradient(square, product, power=power).times(1.0)

    def over(self, other: "Gradient") -> float:
        """This mean square over the other's; 0 over 0 is 0."""
        if self.square == 0:
            return 0.0
        return float(np.ldexp(np.divide(self.square, other.square), self.power - other.power))
