"""Batch norm makes gradients explode at init: measured in real nets, beside the mean-field theory.

Going back, batch norm multiplies the squared gradient by E[phi'^2] / Var[phi] a layer, whatever the weights' scale:
pi / (pi - 1) for ReLU, (B - 2) / (B - 3) for a linear net and batches of B. Source: Yang et al. 2019.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.experiments.propagation import propagate_seeds
from engine.spec import RunSpec
from engine.tables.option import Whole
from engine.theory.mean_field import predict

PLACES = RunSpec.option("batch_norm").choices
DEPTH = Whole("depth", 30, 3, 200)
SEEDS = Whole("seeds", 8, 1, 64)
EDGE = 4  # layers at either end that are not part of the slope: there the signal still settles


@dataclass(frozen=True, eq=False)
class Explosion:
    """Without batch norm, with it before and after the activation ([places]), before any training.

    gradient_log10 [places, seeds, layers], predicted_log10 [places, layers]: log10 of the squared gradient dS/dz,
    0 at the last layer. factor [places, seeds], predicted_factor [places]: the mean factor of the squared gradient
    from a layer to the one below it, away from both ends. NaN for seeds still to come and where no theory exists.
    """

    done: float
    places: tuple[str, ...]
    gradient_log10: np.ndarray
    predicted_log10: np.ndarray
    factor: np.ndarray
    predicted_factor: np.ndarray


def explosion(spec: RunSpec, depth: int = 30, seeds: int = 8, batch_size: int = 128) -> Iterator[Explosion]:
    """Nets of the spec's activation, weights and first width, `depth` layers deep; one more each time.

    Raises SpecError for a depth, number of seeds or batch size that is not allowed.
    """
    DEPTH.check(depth)
    SEEDS.check(seeds)
    width = (spec.hidden or (100,))[0]
    stacks = [
        {
            "activation": spec.activation,
            "activation_options": dict(spec.activation_options),
            "initializer": spec.initializer,
            "initializer_options": dict(spec.initializer_options),
            "widths": (width,) * (depth + 1),
            "batch_size": batch_size,
            "batch_norm": place,
        }
        for place in PLACES
    ]
    measured = np.full((len(PLACES), seeds, depth), np.nan)
    predicted = np.full((len(PLACES), depth), np.nan)
    rows = [propagate_seeds(seeds=seeds, dtype="float32", **stack) for stack in stacks]
    for seed in range(seeds):
        for place, row in enumerate(rows):
            measured[place, seed] = next(row).gradient_ms_log10
            if seed == 0:
                predicted[place] = predict(**stacks[place]).gradient_ms_log10
            yield Explosion(
                done=(seed + (place + 1) / len(rows)) / seeds,
                places=PLACES,
                gradient_log10=measured.copy(),
                predicted_log10=predicted.copy(),
                factor=factor(measured),
                predicted_factor=factor(predicted),
            )


def factor(log10: np.ndarray) -> np.ndarray:
    """The mean factor of the squared gradient from a layer to the one below it; log10 is [..., layers], at least 2."""
    depth = log10.shape[-1]
    first = min(EDGE, (depth - 1) // 3)
    last = depth - 1 - first
    with np.errstate(over="ignore", invalid="ignore"):
        return 10 ** ((log10[..., first] - log10[..., last]) / (last - first))
