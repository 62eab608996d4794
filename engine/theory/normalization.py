"""What batch normalization does to a signal at init, for a batch of any size.

`before`: z -> BN -> phi. A normalized batch of one unit is uniform on a sphere: sqrt(B) times a direction orthogonal
to (1, ..., 1), whatever the weights' scale. `after`: z -> phi -> BN; no closed form at finite B, so its two averages
are sampled with a fixed seed.

Backward, BN multiplies by P / sigma, P the projection that removes the mean and the normalized batch itself. The
squared gradient grows by E[phi'^2] / Var[phi] a layer for large B, by (B - 2)/(B - 3) for a linear net.
Source: Yang et al. 2019, "A mean field theory of batch normalization".
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from engine.theory.laws import Law, Maxout, RandomSlope, panels

SMALLEST_BATCH = 4  # for smaller ones the mean of 1/sigma^2 is infinite
DRAWS = 2**19


@dataclass(frozen=True)
class Normalized:
    """An activation f over a normalized batch y: E[f], E[f^2], `signal` = E[f^2] - E[f f'] over pairs of samples.

    slope, slope_product: E[f_y^2] and E[f_y f_y'], f_y the slope; along, crossed: E[(y f_y)^2] and E[y f_y y' f_y'].
    Of maxout the last four are those of one piece.
    """

    mean: float
    second: float
    signal: float
    slope: float
    slope_product: float
    along: float
    crossed: float


@lru_cache(maxsize=1024)
def over_sphere(law: Law, batch_size: int) -> Normalized:
    """The activation of normalized pre-activations, batches of at least 4."""
    if isinstance(law, Maxout):
        return _maxout_over_sphere(law, batch_size)
    b = batch_size
    y1, y2, w = _two_samples(b)
    phi1, phi2 = law.rise(y1), law.rise(y2)
    slope1, slope2 = law.slope(y1), law.slope(y2)
    random = law.slope_variance / 2 if isinstance(law, RandomSlope) else 0.0
    mean = w @ phi1
    return Normalized(
        mean=law.origin + mean,
        second=law.origin**2 + 2 * law.origin * mean + w @ phi1**2 + random,
        signal=w @ (phi1 - phi2) ** 2 / 2 + random,
        slope=w @ slope1**2 + random,
        slope_product=w @ (slope1 * slope2),
        along=w @ (y1 * slope1) ** 2 + random,
        crossed=w @ (y1 * slope1 * y2 * slope2),
    )


@lru_cache(maxsize=64)
def _two_samples(b: int):
    """Two entries of a normalized batch: y1, y2 and weights (sum 1), in polar coordinates with the kinks on panels."""
    top = min(np.pi / 2, 10 / np.sqrt(b - 3))
    psi, w_psi = panels(np.linspace(0, top, 7), 16)
    w_psi = w_psi * np.sin(psi) * np.exp((b - 4) * np.log(np.cos(psi)))
    between = np.arccos(-1 / (b - 1))
    kinks = np.array([-np.pi / 2, np.pi / 2, between - np.pi / 2, between + np.pi / 2])
    kinks = np.sort((kinks + np.pi) % (2 * np.pi) - np.pi)
    t, w_t = panels(np.concatenate([[-np.pi], kinks, [np.pi]]), 24)
    radius = np.sqrt(b - 1) * np.sin(psi)[:, None]
    w = (w_psi[:, None] * w_t).ravel()
    return (radius * np.cos(t)).ravel(), (radius * np.cos(t - between)).ravel(), w / w.sum()


def _maxout_over_sphere(law: Maxout, b: int) -> Normalized:
    """Pieces are normalized one by one; to first order in 1/B, with normal marginals."""
    k = law.pieces
    return Normalized(
        mean=law.mean,
        second=law.second,
        signal=law.second - law.mean**2 + 1 / k / (b - 1),
        slope=1 / k,
        slope_product=1 / k**2,
        along=law.second / k,
        crossed=(law.mean / k) ** 2,
    )


def inverse_variance(signal: float, b: int) -> float:
    """E[1 / sigma^2] of a batch whose samples differ by the signal variance: B / (signal (B - 3))."""
    return b / ((b - 3) * signal)


@lru_cache(maxsize=256)
def after_activation(law: Law, q: float, s: float, batch_size: int) -> tuple[float, float]:
    """What phi followed by BN does to the squared gradient on its way from BN's output to z ~ (q, s).

    A gradient's part that all samples share is removed by BN, so the unshared part, diagonal minus off-diagonal of
    its covariance over samples, is what goes on. Returns (the mean square at z, its unshared part), both for an
    unshared part of 1 above. Sampled: samples that differ by the signal variance s around a shared value.
    """
    b = batch_size
    rng = np.random.default_rng(0)
    count = max(128, DRAWS // b)
    k = law.pieces
    own = rng.standard_normal((count, k, b))
    shared = np.sqrt(max(q - s * (b - 1) / b, 0.0)) * rng.standard_normal((count, k, 1))
    z = np.sqrt(s) * (own - own.mean(-1, keepdims=True)) + shared
    phi, slope = _draw(law, z, rng)
    normal = phi - phi.mean(-1, keepdims=True)
    variance = (normal**2).mean(-1)
    kept = variance > 0
    variance, normal, slope = variance[kept], normal[kept] / np.sqrt(variance[kept])[:, None], slope[kept]
    diagonal = (slope**2 * (1 - 1 / b - normal[:, None] ** 2 / b)).sum(-1)
    whole = (slope**2).sum(-1) - slope.sum(-1) ** 2 / b - (slope * normal[:, None]).sum(-1) ** 2 / b
    square, product = diagonal.sum(-1) / b, (whole - diagonal).sum(-1) / (b * (b - 1))
    return float((square / variance).mean()), float(((square - product) / variance).mean())


def _draw(law: Law, z: np.ndarray, rng: np.random.Generator):
    """phi [draws, batch] and its slopes [draws, pieces, batch] for z [draws, pieces, batch]."""
    if isinstance(law, Maxout):
        phi = z.max(1)
        return phi, (z == phi[:, None]).astype(float)
    phi, slope = law.rise(z), law.slope(z)
    if isinstance(law, RandomSlope):
        noise = np.sqrt(12 * law.slope_variance) * (rng.random(z.shape) - 0.5) * (z < 0)
        phi, slope = phi + noise * z, slope + noise
    return phi[:, 0], slope
