"""Order and chaos: where a very deep net ends up, and where in the plane of weight and bias variance it stands.

sw2 = fan_in Var W, sb2 = Var b. The length of a signal settles at q*; chi = sw2 E[phi'^2] there decides the rest.
chi < 1: order, gradients vanish and inputs become alike; chi > 1: chaos, gradients explode and inputs part;
chi = 1: the critical line. Sources: Poole et al. 2016; Schoenholz et al. 2017.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from engine.theory.laws import Law

SMALLEST, LARGEST = 1e-30, 1e30
SETTLED = 1e-13
LOST = 1e-12  # of the start: a length that decays by a power law is lost in rounding here, and settles at 0


@dataclass(frozen=True)
class FixedPoint:
    """Where the signal settles; depth scales are in layers, inf where it takes a power law or never settles.

    q: length q*, 0 or inf where it decays or grows for ever. chi: factor of the squared gradient, per layer.
    correlation: c* of two inputs. depth_q, depth_c: layers in which the distance to q* and c* falls to 1/e.
    mean, variance: of the activation.
    """

    q: float
    chi: float
    correlation: float
    depth_q: float
    depth_c: float
    mean: float
    variance: float

    @property
    def phase(self) -> str:
        """ "ordered", "chaotic" or "critical"."""
        return "critical" if abs(self.chi - 1) < 1e-6 else "ordered" if self.chi < 1 else "chaotic"


def fixed_point(law: Law, sw2: float, sb2: float = 0.0, start: float | None = None) -> FixedPoint:
    """Where a net with these variances settles from a signal of length `start` (default: its first layer's).

    A ReLU at sw2 = 2, sb2 = 0 keeps any length: then q is the start.
    """
    q = float(settle(law, sw2, sb2, sw2 + sb2 if start is None else start))
    moments = law.moments(q)
    chi = sw2 * moments.slope
    signal = _settled_signal(law, sw2, q, chi)
    correlation, chi_c = (1.0, chi) if signal == 0 else (1 - signal / q, sw2 * law.slope_product(q, signal))
    return FixedPoint(
        q=q,
        chi=chi,
        correlation=correlation,
        depth_q=_depth(stretch(law, sw2, q)),
        depth_c=_depth(chi_c),
        mean=moments.mean,
        variance=moments.variance,
    )


def settle(law: Law, sw2: float, sb2: float, start: float) -> float:
    """q* of q -> sw2 E[phi^2] + sb2 from a start; 0 or inf where it leaves 1e-30 to 1e30."""

    def excess(log_q: float) -> float:
        q = np.exp(log_q)
        return float(sw2 * law.moments(q).second + sb2 - q)

    q = start
    for _ in range(50):
        previous, q = q, sw2 * law.moments(q).second + sb2
        if abs(q - previous) <= SETTLED * q:
            return q
        if not SMALLEST < q < LARGEST:
            return 0.0 if q < 1 else np.inf
    step = np.log(2.0) * np.sign(excess(np.log(q)))
    near = np.log(q)
    while np.log(SMALLEST) < near < np.log(LARGEST):
        if excess(near + step) * step <= 0:
            root = float(np.exp(brentq(excess, near, near + step, xtol=1e-14)))
            return root if root > LOST * start else 0.0
        near, step = near + step, 1.5 * step
    return 0.0 if step < 0 else np.inf


def stretch(law: Law, sw2: float, q: float) -> float:
    """d q' / d q: how fast a small departure from a length grows in one layer."""
    if not 0 < q < np.inf:
        return sw2 * law.moments(q).slope
    h = 1e-4 * q
    return float(sw2 * (law.moments(q + h).second - law.moments(q - h).second) / (2 * h))


def _settled_signal(law: Law, sw2: float, q: float, chi: float) -> float:
    """The signal variance at which two inputs stay as far apart as they are; 0 where they become alike."""
    if chi <= 1 + 1e-9 or not 0 < q < np.inf:
        return 0.0

    def growth(share: float) -> float:
        return float(sw2 * law.signal(q, share * q) / q - share)

    return q if growth(1.0) >= -1e-12 else q * brentq(growth, 1e-10, 1.0, xtol=1e-14)


def _depth(factor: float) -> float:
    """Layers in which what is multiplied by the factor falls to 1/e."""
    if factor >= 1 - 1e-9:
        return np.inf
    return float(-1 / np.log(factor)) if factor > 0 else 0.0


def critical_weight_variance(law: Law, sb2: float) -> float:
    """sw2 at which chi = 1 for a bias variance; NaN where there is none (a ReLU with biases)."""
    if sb2 == 0 and law.moments(0.0).second == 0:
        return 1 / law.moments(0.0).slope
    q = np.geomspace(1e-8, 1e8, 97)
    missing = np.array([_bias_of(law, v) - sb2 for v in q])
    crossings = np.flatnonzero((missing[:-1] * missing[1:] <= 0) & (np.abs(np.diff(missing)) > 1e-9 * q[1:]))
    if not len(crossings):
        return float("nan")
    low, high = q[crossings[0]], q[crossings[0] + 1]
    root = brentq(lambda v: _bias_of(law, v) - sb2, low, high, xtol=1e-14)
    return 1 / law.moments(root).slope


def _bias_of(law: Law, q: float) -> float:
    """The bias variance that makes q a fixed point on the critical line."""
    moments = law.moments(float(q))
    return float(q - moments.second / moments.slope)


def critical_line(law: Law, points: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """(sw2, sb2) along the critical line, ordered by the length q* there; for a ReLU one point, again and again."""
    q = np.geomspace(1e-4, 1e4, points)
    sw2 = np.array([1 / law.moments(float(v)).slope for v in q])
    sb2 = np.array([_bias_of(law, v) for v in q])
    known = sb2 >= -1e-9 * q
    return sw2[known], np.maximum(sb2[known], 0.0)


def plane(law: Law, sw2: np.ndarray, sb2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(q*, chi) over a plane, each [len(sb2), len(sw2)]; q* is 0 or inf where the length never settles.

    The moments are computed once, on a grid of lengths; between its points they are interpolated.
    """
    log_q = np.linspace(np.log(1e-12), np.log(1e12), 1200)
    moments = [law.moments(float(np.exp(v))) for v in log_q]
    second, slope = (np.array([getattr(m, name) for m in moments]) for name in ("second", "slope"))
    q_star, chi = np.empty((len(sb2), len(sw2))), np.empty((len(sb2), len(sw2)))
    for j, w in enumerate(np.asarray(sw2, float)):
        for i, b in enumerate(np.asarray(sb2, float)):
            at = _settle_on(log_q, w * second + b - np.exp(log_q), np.log(max(w + b, 1e-12)))
            q_star[i, j] = 0.0 if at == -np.inf else np.exp(at)
            chi[i, j] = w * np.interp(at, log_q, slope)
    return q_star, chi


def _settle_on(log_q: np.ndarray, excess: np.ndarray, start: float) -> float:
    """log q at the first root of the excess, going from the start where its sign points; -inf, inf: none."""
    near = int(np.clip(np.searchsorted(log_q, start), 0, len(log_q) - 1))
    flat = 1e-12 * np.exp(log_q)
    if abs(excess[near]) <= flat[near]:
        return start
    upward = excess[near] > 0
    path = excess[near:] <= 0 if upward else excess[near::-1] >= 0
    if not path.any():
        return np.inf if upward else -np.inf
    k = near + int(np.argmax(path)) * (1 if upward else -1)
    other = k - 1 if upward else k + 1
    share = excess[other] / (excess[other] - excess[k])
    return log_q[other] + share * (log_q[k] - log_q[other])
