"""The signal of an infinitely wide net at init, computed: forward and backward recursions of mean-field theory.

q' = sw2 E[phi(u)^2] + sb2 forward, g = n' Var W' E[phi'(u)^2] g' backward, u ~ N(0, q), with sw2 = fan_in Var W and
sb2 = Var b. Sources: Glorot & Bengio 2010; He et al. 2015; Poole et al. 2016; Schoenholz et al. 2017; with batch
norm Yang et al. 2019.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import log_ndtr, ndtr

from engine.spec import RunSpec
from engine.spec.stack import Signal, Stack
from engine.tables.activations import ACTIVATIONS
from engine.theory.moments import Elementwise, Maxout, RandomSlope, panels
from engine.theory.normalization import (
    SMALLEST_BATCH,
    after_activation,
    inverse_variance,
    over_sphere,
    tail_of_sphere,
)

Law = Elementwise | Maxout
BATCH_NORM_EPS = 1e-5  # nn.BatchNorm1d's
NAN = float("nan")


@dataclass(frozen=True, eq=False)
class Prediction(Signal):
    """A predicted signal: arrays [layers], NaN where no theory exists.

    chi: what layer l does to the squared gradient that arrives from above, g^l / g^(l+1); for the last layer, what
    one more layer like it would do. Above 1 the gradient explodes, below 1 it vanishes.
    """

    chi: np.ndarray


def law(activation: str, options: Mapping[str, Any] | None = None) -> Law:
    """The Gaussian expectations of an activation at init, RReLU in training mode."""
    return _law(activation, tuple(sorted(ACTIVATIONS[activation].complete(options).items())))


@lru_cache(maxsize=256)
def _law(activation: str, options: tuple[tuple[str, Any], ...]) -> Law:
    if activation == "maxout":
        return Maxout(**dict(options))
    if activation == "rrelu":
        return RandomSlope(**dict(options))
    return Elementwise(ACTIVATIONS[activation].build(**dict(options)))


def predict(**stack: Any) -> Prediction:
    """The signal of an infinitely wide net at init, arrays [layers]. See `Stack` for the arguments.

    Raises SpecError for arguments that describe no net. NaN: weights whose mean is not 0 (every unit of a layer gets
    the same signal), batch norm over fewer than 4 samples or over a signal as small as its eps.
    """
    return _predict(Stack(**stack))


def expect(spec: RunSpec, features: int, classes: int, input_ms: float = 1.0) -> dict[str, np.ndarray]:
    """What theory expects of a run's first frame, arrays [hidden layers + output layer], NaN where it has no answer.

    activation_var: pooled, of the logits for the output layer. gradient_ms_relative: mean square of dLoss/dz over
    that of the output layer. input_ms: mean square of the data; its samples are taken as independent.
    """
    stack = Stack(
        activation=spec.activation,
        activation_options=spec.activation_options,
        initializer=spec.initializer,
        initializer_options=spec.initializer_options,
        widths=(features, *spec.hidden, classes),
        batch_size=spec.batch_size or 1024,
        batch_norm=spec.batch_norm,
    )
    signal = _predict(stack, 1.0 if spec.batch_norm_input else input_ms)
    relative = signal.gradient_ms.copy()
    relative[:-1] /= stack.pieces  # the output layer has no pieces to gather from
    if spec.batch_norm_output:
        relative[:-1] = NAN
    # what samples share lies, with few units, partly in the units' mean, which is removed
    shared = signal.q[-1] - signal.signal_var[-1]
    return {
        "activation_var": np.append(signal.activation_var[:-1], signal.q[-1] - shared / classes),
        "gradient_ms_relative": relative,
    }


def _predict(stack: Stack, input_ms: float = 1.0) -> Prediction:
    if stack.initializer.weight_mean(**stack.initializer_options) != 0:
        unknown = dict.fromkeys(("q", "s", "var", "dead", "saturated", "back"), NAN)
        return _assemble([unknown] * len(stack), stack)
    rows = {"none": _plain, "before": _normalized_before, "after": _normalized_after}[stack.batch_norm]
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return _assemble(list(rows(stack, input_ms)), stack)


def gradient_log10(stack: Stack) -> float:
    """log10 of the squared gradient of the first layer over the last, as `predict` has it, without the rest of it."""
    if stack.batch_norm != "none":
        return float(_predict(stack).gradient_ms_log10[0])
    phi, second, total = law(stack.activation.name, stack.activation_options), 1.0, 0.0
    if stack.initializer.weight_mean(**stack.initializer_options) != 0:
        return NAN
    above = [*(fan_out * v for (_, fan_out), v in zip(stack.fans(), stack.weight_variances(), strict=True))][
        1:
    ]
    with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
        for (sw2, sb2), factor in zip(_scales(stack), above, strict=False):
            moments = phi.moments(sw2 * second + sb2)
            second, total = moments.second, total + np.log10(factor * moments.slope)
    return float(total)


def _scales(stack: Stack):
    """(sw2, sb2) of each layer: what multiplies the mean square of its input, what its bias adds."""
    variances = zip(stack.fans(), stack.weight_variances(), stack.bias_variances(), strict=True)
    return [(fan_in * variance, bias) for (fan_in, _), variance, bias in variances]


def _plain(stack: Stack, input_ms: float):
    phi = law(stack.activation.name, stack.activation_options)
    edges = stack.activation.saturation(stack.activation_options)
    second = signal = input_ms  # of the layer's input; samples of x are independent
    for sw2, sb2 in _scales(stack):
        q, s = sw2 * second + sb2, sw2 * signal
        moments = phi.moments(q)
        yield {
            "q": q,
            "s": s,
            "var": moments.variance,
            "dead": dead_share(*edges, q, s, stack.batch_size),
            "saturated": saturated_share(*edges, q),
            "back": moments.slope,
        }
        second, signal = moments.second, phi.signal(q, s)


def _normalized_before(stack: Stack, input_ms: float):
    phi = law(stack.activation.name, stack.activation_options)
    low, high = stack.activation.saturation(stack.activation_options)
    b, last = stack.batch_size, len(stack) - 1
    second = signal = input_ms
    known = b >= SMALLEST_BATCH
    for layer, (sw2, sb2) in enumerate(_scales(stack)):
        q, s = sw2 * second + sb2, sw2 * signal
        known = known and s > 100 * BATCH_NORM_EPS
        if not known:
            yield {"q": q if layer == 0 else NAN, "s": s if layer == 0 else NAN, **_unknown()}
            continue
        normal = over_sphere(phi, b)
        trace = normal.first if layer == last - 1 else normal.inner
        yield {
            "q": q,
            "s": s,
            "var": normal.variance,
            "dead": 0.0 if _cannot_all_lie(low, high) else NAN,
            "saturated": tail_of_sphere(low, high, b),
            "back": trace * inverse_variance(s, b),
        }
        second, signal = normal.second, normal.signal


def _normalized_after(stack: Stack, input_ms: float):
    phi = law(stack.activation.name, stack.activation_options)
    edges = stack.activation.saturation(stack.activation_options)
    b, last = stack.batch_size, len(stack) - 1
    known = b >= SMALLEST_BATCH
    rows: list[dict[str, float]] = []
    for layer, (sw2, sb2) in enumerate(_scales(stack)):
        q, s = (
            sw2 + sb2,
            sw2 * (b / (b - 1) if layer else 1.0),
        )  # what comes from a BN sums to 0 over the batch
        known = known and phi.signal(q, min(s, q)) > 100 * BATCH_NORM_EPS
        if not known:
            rows.append({"q": q if layer == 0 else NAN, "s": s if layer == 0 else NAN, **_unknown()})
            continue
        square, unshared = after_activation(phi, q, s, b)
        if rows:
            rows[-1]["back"] *= unshared / square if layer < last else 1.0
        rows.append(
            {
                "q": q,
                "s": s,
                "var": phi.moments(q).variance,
                "dead": dead_share(*edges, q, s, b),
                "saturated": saturated_share(*edges, q),
                "back": square if layer < last else unshared,
            }
        )
    return rows


def _unknown() -> dict[str, float]:
    return dict.fromkeys(("var", "dead", "saturated", "back"), NAN)


def _cannot_all_lie(low: float, high: float) -> bool:
    """Whether no normalized batch (mean 0, mean square 1) can lie beyond low or high entirely."""
    one_sided = (np.isinf(high) and low <= 0) or (np.isinf(low) and high >= 0)
    return one_sided or min(-low, high) > 1


def _assemble(rows: list[dict[str, float]], stack: Stack) -> Prediction:
    column = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    above = [
        fan_out * variance
        for (_, fan_out), variance in zip(stack.fans(), stack.weight_variances(), strict=True)
    ]
    with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
        chi = column["back"] * np.array([*above[1:], _scales(stack)[-1][0]])
        log10 = np.append(np.cumsum(np.log10(chi[:-1])[::-1])[::-1], 0.0)
        gradient_ms = 10.0**log10
    return Prediction(
        q=column["q"],
        activation_var=column["var"],
        signal_var=column["s"] * (1 - 1 / stack.batch_size),
        gradient_ms=gradient_ms,
        dead=column["dead"],
        saturated=column["saturated"],
        gradient_ms_log10=log10,
        chi=chi,
    )


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
