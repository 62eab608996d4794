"""Mean and variance from layer to layer: SELU draws them to 0 and 1, others let them go where they will."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from engine.tables.activations import ACTIVATIONS
from engine.tables.initializers import INITIALIZERS
from engine.tables.option import Number, Whole
from engine.theory.laws import law

DEPTH = Whole("depth", 32, 1, 200, words="Layers.")
WIDTH = Whole("width", 256, 2, 2048, words="Units of each layer.")
SEEDS = Whole("seeds", 4, 1, 64, words="Nets drawn.")
MEAN = Number("mean", 0.5, -10.0, 10.0, words="Mean of the inputs.")
VARIANCE = Number("variance", 2.0, 0.0, 100.0, open_low=True, words="Variance of the inputs.")
SAMPLES = 128
RIVALS = {"selu": "lecun_normal", "elu": "he_normal", "relu": "he_normal", "tanh": "glorot_normal"}
"""activation -> the weights it is usually given."""


@dataclass(frozen=True, eq=False)
class Settling:
    """Mean and variance of the outputs of every layer, pooled over units and samples; layer 0 is the input.

    names: activations. means, variances: [activations, seeds, layers + 1]. predicted_means, predicted_variances:
    [activations, layers + 1], of the infinitely wide net.
    """

    names: list[str]
    means: np.ndarray
    variances: np.ndarray
    predicted_means: np.ndarray
    predicted_variances: np.ndarray
    done: float


def settling(
    depth: int = 32,
    width: int = 256,
    seeds: int = 4,
    mean: float = 0.5,
    variance: float = 2.0,
    names: Sequence[str] = tuple(RIVALS),
) -> Iterator[Settling]:
    """Send inputs ~ N(mean, variance) through real nets at init, each activation with its usual weights.

    Yields the seeds so far. Raises SpecError for arguments out of their range and for an unknown activation.
    """
    depth, width, seeds = DEPTH.check(depth), WIDTH.check(width), SEEDS.check(seeds)
    mean, variance = MEAN.check(mean), VARIANCE.check(variance)
    predicted = np.array([expected(name, depth, mean, variance) for name in names])
    measured = []
    for seed in range(seeds):
        measured.append([forward(name, depth, width, seed, mean, variance) for name in names])
        # [seeds, activations, 2, layers + 1] -> [2, activations, seeds, layers + 1]
        means, variances = np.array(measured).transpose(2, 1, 0, 3)
        yield Settling(
            names=list(names),
            means=means,
            variances=variances,
            predicted_means=predicted[:, 0],
            predicted_variances=predicted[:, 1],
            done=(seed + 1) / seeds,
        )


def forward(name: str, depth: int, width: int, seed: int, mean: float, variance: float) -> np.ndarray:
    """[2, layers + 1]: mean and variance of one net's layers."""
    generator, phi = torch.Generator().manual_seed(seed), ACTIVATIONS[name].build()
    weights = INITIALIZERS[RIVALS.get(name, "he_normal")]
    h = mean + variance**0.5 * torch.randn(SAMPLES, width, generator=generator)
    rows = [moments(h)]
    weight, bias = torch.empty(width, width), torch.empty(width)
    for _ in range(depth):
        weights.fill(weight, bias, generator)
        h = phi(torch.nn.functional.linear(h, weight, bias))
        rows.append(moments(h.detach()))
    return np.array(rows).T


def moments(h: torch.Tensor) -> tuple[float, float]:
    """Mean and variance over units and samples."""
    h = h.double()
    return h.mean().item(), h.var(correction=0).item()


def expected(name: str, depth: int, mean: float, variance: float) -> np.ndarray:
    """[2, layers + 1]: the same of an infinitely wide net, whose pre-activations are N(0, fan_in Var w E[h²])."""
    phi = law(name)
    width = 1000  # any: fan_in Var w does not depend on it
    gain = width * INITIALIZERS[RIVALS.get(name, "he_normal")].weight_variance(width, width)
    rows = [(mean, variance)]
    for _ in range(depth):
        above = phi.moments(gain * (rows[-1][0] ** 2 + rows[-1][1]))
        rows.append((above.mean, above.variance))
    return np.array(rows).T


def selu_fixed_point() -> tuple[float, float, float]:
    """(mean, variance, slope) of SELU over N(0, 1): 0 and 1, and the factor of the squared gradient a layer."""
    at = law("selu").moments(1.0)
    return at.mean, at.variance, at.slope
