"""Shares of saturated values and of dead units, for Gaussian and for normalized pre-activations."""

import numpy as np
from scipy.special import betainc, log_ndtr, ndtr

from engine.theory.laws import panels


def cannot_all_lie(low: float, high: float) -> bool:
    """Whether no normalized batch (mean 0, mean square 1) can lie beyond low or high entirely."""
    one_sided = (np.isinf(high) and low <= 0) or (np.isinf(low) and high >= 0)
    return one_sided or min(-low, high) > 1


def tail_of_sphere(low: float, high: float, b: int) -> float:
    """The share of normalized pre-activations at or beyond low or high."""
    return _beyond(-low, b) + _beyond(high, b)


def _beyond(t: float, b: int) -> float:
    x = min(t * t / (b - 1), 1.0) if np.isfinite(t) else 1.0
    upper = betainc((b - 2) / 2, 0.5, 1 - x) / 2
    return upper if t >= 0 else 1 - upper


def saturated_share(low: float, high: float, q: float) -> float:
    """The chance that u ~ N(0, q) lies at or beyond low or high."""
    if np.isinf(low) and np.isinf(high):
        return 0.0
    if q == 0:
        return float(low >= 0 or high <= 0)
    return float(ndtr(low / np.sqrt(q)) + ndtr(-high / np.sqrt(q)))


def dead_share(low: float, high: float, q: float, s: float, samples: int) -> float:
    """The chance that all samples of a batch lie at or beyond low or high, for pairs with signal variance s.

    u_i = sqrt(c) y + sqrt(s) e_i: given what the samples share, each lies there with the same chance p(y), so the
    share is E p(y)^B. Samples that repel each other (after a BN) count as independent, except that no half line
    holds a whole batch that sums to 0.
    """
    if np.isinf(low) and np.isinf(high):
        return 0.0
    if s > q * (1 + 1e-12) and (np.isinf(low) or np.isinf(high)):
        return 0.0
    if q == 0 or s == 0 or s >= q:
        share = saturated_share(low, high, q)
        return share if s == 0 else share**samples
    shared, own = np.sqrt(q - s), np.sqrt(s)
    y, w = _around([low / shared, high / shared], own / shared)
    inside = np.logaddexp(log_ndtr((low - shared * y) / own), log_ndtr((shared * y - high) / own))
    return float(w @ np.exp(samples * inside - y**2 / 2) / np.sqrt(2 * np.pi))


def _around(edges: list[float], blur: float):
    """Nodes over N(0, 1), dense where a step of the given blur rises at an edge."""
    steps = np.array([0.0, 0.5, 1, 2, 3, 5, 8, 12]) * min(blur, 1.0)
    near = [edge + side * steps for edge in edges if np.isfinite(edge) for side in (-1, 1)]
    points = np.concatenate([np.linspace(-9, 9, 19), *near])
    return panels(np.sort(np.clip(points, -9, 9)), 12)
