"""Table 11-1 of a well-known textbook, audited: what each row promises, what theory and a run say of it.

The rows are the Glorot initializer with gain 1, 4 and sqrt 2 for the logistic function, tanh and ReLU. Each promises
activations and gradients of equal variance in all layers.
Source: Géron, "Hands-On Machine Learning", 1st edition, 2017, Table 11-1; Glorot & Bengio 2010.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from engine.experiments.propagation import propagate
from engine.tables.activations import ACTIVATIONS
from engine.tables.wording import Sentence
from engine.theory.mean_field import predict

PROMISE = Sentence("The variance of activations and of gradients stays the same from layer to layer.")


@dataclass(frozen=True)
class Row:
    """One cell of the table: an activation and the Glorot gain it is given, drawn from one distribution."""

    activation: str
    distribution: str
    gain: float

    @property
    def stack(self) -> dict[str, Any]:
        """The arguments of `propagate` and `predict`."""
        return {
            "activation": self.activation,
            "initializer": f"glorot_{self.distribution}",
            "initializer_options": {"gain": self.gain},
        }


@dataclass(frozen=True)
class Audit:
    """A row and what became of it: one number a quantity, predicted and measured (mean over seeds).

    activation_var: of the last layer over the first, log10. signal_var: the same, of the signal. gradient: squared
    gradient of the first layer over the last, log10. saturated: share in the last layer. chi: at the last layer.
    """

    row: Row
    promise: str
    predicted: dict[str, float]
    measured: dict[str, float]
    chi: float

    @property
    def verdict(self) -> Sentence:
        """What the run shows, in words."""
        gradient, change = self.measured["gradient"], self.measured["activation_var"]
        flow = "vanishes" if gradient < -1 else "explodes" if gradient > 1 else "is kept"
        held = (
            "the variance of activations is kept"
            if abs(change) < 0.5
            else "the variance of activations changes by {change:+.1f} decades"
        )
        is_flat = np.isfinite(
            ACTIVATIONS[self.row.activation].saturation()
        ).all()  # half of a ReLU is meant to be
        return Sentence(
            "The squared gradient {flow} ({gradient:+.1f} decades), {held}, {saturated:.0%} of outputs are saturated."
            if is_flat
            else "The squared gradient {flow} ({gradient:+.1f} decades), {held}.",
            flow=Sentence(flow),
            gradient=gradient,
            held=Sentence(held, change=change),
            saturated=self.measured["saturated"],
        )


TABLE = tuple(
    Row(activation, distribution, gain)
    for activation, gain in (("sigmoid", 1.0), ("tanh", 4.0), ("relu", sqrt(2)))
    for distribution in ("uniform", "normal")
)


def audit(depth: int = 20, width: int = 256, seeds: int = 4, dtype: str = "float64") -> Iterator[Audit]:
    """Every row of the table, run at the given size; one after the other, as they are ready."""
    widths = (width,) * (depth + 1)
    for row in TABLE:
        theory = predict(widths=widths, **row.stack)
        run = propagate(widths=widths, seeds=seeds, dtype=dtype, **row.stack)
        yield Audit(row, PROMISE, _summary(theory), _summary(run), float(theory.chi[-1]))


def _summary(signal) -> dict[str, float]:
    def change(name: str) -> float:
        values = np.atleast_2d(signal[name])
        with np.errstate(divide="ignore"):
            return float(np.log10(values[:, -1] / values[:, 0]).mean())

    gradient = np.atleast_2d(signal.gradient_ms_log10)
    return {
        "activation_var": change("activation_var"),
        "signal_var": change("signal_var"),
        "gradient": float((gradient[:, 0] - gradient[:, -1]).mean()),
        "saturated": float(np.atleast_2d(signal.saturated)[:, -1].mean()),
    }
