"""The numbers behind what is shown of a choice by itself: an activation's curve, an initializer's draws."""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch

from engine.spec import RunSpec
from engine.spec.laws import layers
from engine.tables.activations import ACTIVATIONS
from engine.tables.initializers import INITIALIZERS, Initializer

REACH = 5.0  # the curve is drawn for inputs from -REACH to REACH
POINTS = 801
BINS = 81
WEIGHTS = 40_000  # drawn for a density, as whole matrices: enough for a smooth one


class Curve(NamedTuple):
    """phi and its slope at u, each [points]."""

    u: np.ndarray
    value: np.ndarray
    slope: np.ndarray


@lru_cache(maxsize=32)
def about(spec: RunSpec) -> dict[str, Any]:
    """All of it for one run, arrays and JSON: the curve with its flat ends, and the densities of its weights."""
    entry, options = ACTIVATIONS[spec.activation], spec.activation_options
    edges, heights = densities(draws(spec))
    return {
        **curve(spec.activation, options)._asdict(),
        "saturation": [end if math.isfinite(end) else None for end in entry.saturation(options)],
        "labels": list(heights),
        "edges": edges,
        "densities": np.array(list(heights.values())),
    }


def curve(name: str, options: Mapping[str, object]) -> Curve:
    """The activation by itself, in float64; a random slope is taken at its mean, and maxout over lines of ours."""
    entry = ACTIVATIONS[name]
    phi = entry.build(**options).double().eval()
    u = torch.linspace(-REACH, REACH, POINTS, dtype=torch.float64, requires_grad=True)
    pieces = entry.pieces(options)
    out = phi(u) if entry.elementwise else phi(_lines(u, pieces)).squeeze(1)
    (slope,) = torch.autograd.grad(out.sum(), u)
    return Curve(*(part.detach().numpy() for part in (u, out, slope)))


def _lines(u: torch.Tensor, pieces: int) -> torch.Tensor:
    """[points, pieces]: tangents to a parabola, an example of linear maps that a maxout unit may have learned."""
    slopes = torch.linspace(-1, 1, pieces, dtype=torch.float64) if pieces > 1 else torch.ones(1).double()
    return u[:, None] * slopes - slopes**2 * (REACH / 3)


def draws(spec: RunSpec) -> dict[str, np.ndarray]:
    """Weights drawn for each different shape, by the layers' names: [weights], at least `WEIGHTS` of them."""
    entry = INITIALIZERS[spec.initializer]
    drawn: dict[tuple[int, int], str] = {}
    for layer in layers(spec):
        shape = (layer.fan_out, layer.fan_in)
        drawn[shape] = f"{drawn[shape]}, {layer.label}" if shape in drawn else layer.label
    return {
        f"{label} ({fan_in} → {fan_out})": _matrices(entry, spec, fan_out, fan_in)
        for (fan_out, fan_in), label in drawn.items()
    }


def densities(samples: Mapping[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Edges [bins + 1] that hold every sample, and each one's density between them, [bins], of area one.

    A constant gets a narrow box around it.
    """
    reach = max((float(np.abs(w).max()) for w in samples.values() if w.size), default=1.0) or 1.0
    edges = np.linspace(-1.1 * reach, 1.1 * reach, BINS + 1)
    counts = {name: np.histogram(weights, bins=edges)[0] for name, weights in samples.items()}
    return edges, {name: count / max(1, count.sum()) / np.diff(edges) for name, count in counts.items()}


def _matrices(entry: Initializer, spec: RunSpec, fan_out: int, fan_in: int) -> np.ndarray:
    generator = torch.Generator().manual_seed(spec.seed)
    weights = torch.empty(-(-WEIGHTS // (fan_out * fan_in)), fan_out, fan_in, dtype=torch.float64)
    for weight in weights:
        entry.fill(weight, None, generator, **spec.initializer_options)
    return weights.numpy().ravel()
