"""Expectations of an activation over Gaussian pre-activations: what the mean-field recursions are made of.

One pre-activation is u ~ N(0, q). Two samples of one batch meet a unit as a pair (u1, u2), each N(0, q), with
signal variance s = q - E[u1 u2]: the part of q in which the samples differ. s is carried instead of the
correlation because in an ordered net it falls by decades a layer, far below the last digit of 1 - c.

Panelled Gauss-Legendre throughout: Gauss-Hermite is wrong by 2e-3 for tanh at q = 30.
Sources: Poole et al. 2016; Schoenholz et al. 2017; Cho & Saul 2009 (the pair of a ReLU).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import torch
from numpy.polynomial import chebyshev, legendre
from scipy.special import ndtr
from torch import nn

from engine.tables.activations import ACTIVATIONS

TAIL = 9.0  # standard deviations: what lies beyond weighs 1e-19
FINEST = 2.0**-6  # the smallest distance over which an activation bends


@dataclass(frozen=True)
class Averages:
    """Averages of an activation over u ~ N(0, q); `slope` is E[phi'(u)^2]."""

    mean: float
    second: float
    variance: float
    slope: float


@cache
def _legendre(order: int):
    """Nodes and weights on [0, 1]."""
    x, w = legendre.leggauss(order)
    return (x + 1) / 2, w / 2


def panels(breakpoints: np.ndarray, order: int = 16):
    """Gauss-Legendre nodes and weights between neighboring breakpoints, [..., points] -> two [..., nodes].

    Breakpoints that coincide give panels of length and weight 0.
    """
    x, w = _legendre(order)
    width = np.diff(breakpoints)[..., None]
    nodes = breakpoints[..., :-1, None] + width * x
    return nodes.reshape(*nodes.shape[:-2], -1), (width * w).reshape(*nodes.shape[:-2], -1)


def bends(sigma: float, finest: float = 0.0) -> np.ndarray:
    """Distances 1/64, 1/32, ... up to the tail of N(0, sigma^2): an activation bends near 0, however wide u is."""
    top = TAIL * sigma
    start = max(FINEST, finest)
    return (
        start * 2.0 ** np.arange(max(0, int(np.ceil(np.log2(top / start))))) if top > start else np.empty(0)
    )


def half_line(sigma: float, order: int = 16, finest: float = 0.0):
    """Nodes t > 0 and weights of the density of N(0, sigma^2) over the positive half line (total 1/2)."""
    points = np.concatenate([sigma * np.array([0, 0.5, 1, 2, 3, 4.5, 6, 7.5, TAIL]), bends(sigma, finest)])
    t, w = panels(np.sort(points[points <= TAIL * sigma]), order)
    return t, w * np.exp(-((t / sigma) ** 2) / 2) / (np.sqrt(2 * np.pi) * sigma)


class Elementwise:
    """An activation that acts on each pre-activation alone, given as a module; its kink, if any, is at 0."""

    pieces = 1

    def __init__(self, module: nn.Module):
        self.module = module.double().eval()
        self.origin = float(self._value(np.zeros(1))[0])

    def _value(self, u: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return self.module(torch.from_numpy(u)).numpy()

    def slope(self, u: np.ndarray) -> np.ndarray:
        """phi'(u), by autograd, shape of u."""
        leaf = torch.from_numpy(u).requires_grad_()
        (slope,) = torch.autograd.grad(self.module(leaf).sum(), leaf)
        return slope.numpy()

    def rise(self, u: np.ndarray) -> np.ndarray:
        """phi(u) - phi(0), to full relative precision: near 0 it is u times the mean slope on the way."""
        rise = self._value(u) - self.origin
        if self.origin == 0 or np.abs(u).min() > 1e-3:
            return rise
        x, w = _legendre(3)
        near = np.abs(u) < 1e-3
        rise[near] = u[near] * (self.slope(u[near][:, None] * x) @ w)
        return rise

    @lru_cache(maxsize=4096)  # noqa: B019  laws are few and live as long as the program
    def moments(self, q: float) -> Averages:
        """Moments over u ~ N(0, q)."""
        if not np.isfinite(q):
            return Averages(np.nan, q, q, self.moments(1e100).slope)
        if q == 0:
            return Averages(self.origin, self.origin**2, 0.0, self.moments(1e-100).slope)
        t, w = half_line(np.sqrt(q))
        u, w = np.concatenate([-t[::-1], t]), np.concatenate([w[::-1], w])
        rise = self.rise(u)
        mean = symmetric_sum(w * rise)
        second = float(self.origin**2 + 2 * self.origin * mean + w @ rise**2)
        if not np.isfinite(second):
            return self.moments(np.inf)
        return Averages(
            mean=self.origin + mean,
            second=second,
            variance=float(w @ (rise - mean) ** 2),
            slope=float(w @ self.slope(u) ** 2),
        )

    def signal(self, q: float, s: float) -> float:
        """E[(phi(u1) - phi(u2))^2] / 2: the signal variance of the activation. [q, s] -> s of phi."""
        if s == 0 or not np.isfinite(q):
            return s
        if s >= q:
            return self.moments(q).variance
        if s < 1e-12 * q:
            return s * self.moments(q - s / 2).slope
        return _pair_mean(lambda u, v: (self.rise(u) - self.rise(v)) ** 2, q, s) / 2

    def slope_product(self, q: float, s: float) -> float:
        """E[phi'(u1) phi'(u2)]: the derivative of the covariance map."""
        if s < 1e-12 * q:
            return self.moments(q).slope
        return _pair_mean(lambda u, v: self.slope(u) * self.slope(v), q, s)


def symmetric_sum(terms: np.ndarray) -> float:
    """Sum over nodes in mirrored pairs, so that the mean of an odd function is exactly 0."""
    half = len(terms) // 2
    return float(np.sum(terms[:half][::-1] + terms[half:]))


def _pair_mean(f, q: float, s: float) -> float:
    """E[f(u1, u2)], f(u, v) = f(v, u), over the pair written as a +- b: a ~ N(0, q - s/2), b ~ N(0, s/2).

    The kinks of f lie on a = b and a = -b, so the panels of a depend on b.
    """
    wide, narrow = np.sqrt(q - s / 2), np.sqrt(s / 2)
    b, wb = half_line(narrow, order=8, finest=narrow / 8)
    bend = bends(max(wide, narrow), finest=min(wide, narrow) / 8)
    rows = b[:, None]
    base = np.broadcast_to(wide * np.array([0, 1, 2, 3.5, 5, 7, TAIL]), (len(b), 7))
    points = np.sort(np.clip(np.concatenate([base, rows, rows + bend, rows - bend], axis=1), 0, TAIL * wide))
    a, wa = panels(points, order=8)
    wa = wa * np.exp(-((a / wide) ** 2) / 2) / (np.sqrt(2 * np.pi) * wide)
    used = wa > 0
    weight = (2 * wb[:, None] * wa)[used]
    b, a = np.broadcast_to(rows, a.shape)[used], a[used]
    return float(weight @ (f(a + b, a - b) + f(b - a, -a - b)))


class RandomSlope(Elementwise):
    """A leaky ReLU whose slope is drawn anew for each value, uniform on [lower, upper]: RReLU in training."""

    def __init__(self, lower: float, upper: float):
        super().__init__(nn.LeakyReLU((lower + upper) / 2))
        self.slope_variance = (upper - lower) ** 2 / 12

    @lru_cache(maxsize=4096)  # noqa: B019  as above
    def moments(self, q: float) -> Averages:
        """Moments over u ~ N(0, q) and over slopes."""
        mean_slope, noise = super().moments(q), self.slope_variance / 2
        return Averages(
            mean_slope.mean,
            mean_slope.second + noise * q,
            mean_slope.variance + noise * q,
            mean_slope.slope + noise,
        )

    def signal(self, q: float, s: float) -> float:
        """As for any activation, plus what the slopes alone make two samples differ by."""
        mean_slope = super().signal(q, s) if s < q else super().moments(q).variance
        return mean_slope + q * self.slope_variance / 2


class Maxout:
    """The largest of `pieces` independent pre-activations; homogeneous, so every moment is a number times q."""

    def __init__(self, pieces: int):
        self.pieces = pieces
        self.mean, self.second = _largest_of(pieces)

    def moments(self, q: float) -> Averages:
        """Moments over k independent u ~ N(0, q); the slopes of the pieces sum to 1."""
        return Averages(self.mean * np.sqrt(q), self.second * q, (self.second - self.mean**2) * q, 1.0)

    def signal(self, q: float, s: float) -> float:
        """E[(phi(u1) - phi(u2))^2] / 2 for pieces that are pairs (q, s) each."""
        return s * float(chebyshev.chebval(self._angle(q, s), _maxout_signal(self.pieces)))

    def slope_product(self, q: float, s: float) -> float:
        """The chance that both samples choose the same piece: the slope of the covariance map."""
        angle, series = self._angle(q, s), _maxout_signal(self.pieces)
        bend = chebyshev.chebval(angle, chebyshev.chebder(series)) * 4 / np.pi
        return float(chebyshev.chebval(angle, series) + bend * np.tan((angle + 1) * np.pi / 8))

    @staticmethod
    def _angle(q: float, s: float) -> float:
        """The angle between the samples, 0 to pi/2, mapped to -1 to 1."""
        angle = 2 * np.arcsin(np.sqrt(min(max(s / q, 0.0), 1.0) / 2)) if q > 0 else 0.0
        return 4 * angle / np.pi - 1


@cache
def _largest_of(pieces: int):
    """E[M] and E[M^2] of the largest of k standard normal numbers."""
    t, w = half_line(1.0)
    z, w = np.concatenate([-t, t]), np.concatenate([w, w])
    density = w * pieces * ndtr(z) ** (pieces - 1)
    return float(density @ z), float(density @ z**2)


@cache
def _maxout_signal(pieces: int) -> np.ndarray:
    """Chebyshev coefficients, in the angle between two samples, of E[(M1 - M2)^2] / 2 over 1 - cos(angle).

    Hoeffding: half the squared difference is the integral of P(M2 <= b) - P(M1 <= a, M2 <= b) over a > b.
    """
    count = 14
    x = np.cos(np.pi * (np.arange(count) + 0.5) / count)
    return chebyshev.chebfit(x, [_signal_at(pieces, np.pi * (v + 1) / 4) for v in x], count - 1)


def _signal_at(pieces: int, angle: float) -> float:
    rho, sine = np.cos(angle), np.sin(angle)
    t, wt = panels(np.linspace(-7, 9, 9), 10)
    d, wd = panels(sine * np.array([0, 0.5, 1, 2, 3, 4.5, 6, 9]), 8)
    y, wy = panels(np.array([0, 0.5, 1, 2, 4, 8]) * max(sine, 0.05), 8)
    a, b = t[:, None] + d / 2, t[:, None] - d / 2
    v = b[..., None] - y  # P(v <= b, u > a), v running down from b
    crossing = (np.exp(-(v**2) / 2) * ndtr((rho * v - a[..., None]) / sine)) @ wy / np.sqrt(2 * np.pi)
    below = ndtr(b)
    gap = below**pieces - np.maximum(below - crossing, 0) ** pieces
    return float(wt @ gap @ wd) / np.sin(angle / 2) ** 2


Law = Elementwise | Maxout

LAWS: dict[str, Callable[..., Law]] = {
    "elementwise": lambda phi, options: Elementwise(phi.build(**options)),
    "random slope": lambda phi, options: RandomSlope(**options),
    "largest": lambda phi, options: Maxout(**options),
}
"""What an activation's entry calls its law -> that law, from the entry and its complete options."""


def law(activation: str, options: Mapping[str, Any] | None = None) -> Law:
    """The Gaussian expectations of an activation at init, RReLU in training mode."""
    return _law(activation, tuple(sorted(ACTIVATIONS[activation].complete(options).items())))


@lru_cache(maxsize=256)
def _law(activation: str, options: tuple[tuple[str, Any], ...]) -> Law:
    phi = ACTIVATIONS[activation]
    return LAWS[phi.law](phi, dict(options))
