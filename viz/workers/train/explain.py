"""The numbers behind what is shown of a choice by itself: an activation's curve, an initializer's draws."""

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch

from engine.spec import RunSpec
from engine.tables.activations import ACTIVATIONS
from engine.tables.datasets import DATASETS
from engine.tables.initializers import INITIALIZERS, Initializer

REACH = 5.0  # the curve is drawn for inputs from -REACH to REACH
POINTS = 801
WEIGHTS = 40_000  # drawn for a density, as whole matrices: enough for a smooth one


class Curve(NamedTuple):
    """phi and its slope at u, each [points]."""

    u: np.ndarray
    value: np.ndarray
    slope: np.ndarray


class Layer(NamedTuple):
    """One weight matrix, or several alike in a row, and what its weights are drawn from."""

    label: str
    fan_in: int
    fan_out: int
    law: str
    std: float


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


def widths(spec: RunSpec) -> tuple[int, ...]:
    """Units from the data to the classes."""
    data = DATASETS[spec.dataset]
    return (data.features, *spec.hidden, data.classes)


def layers(spec: RunSpec) -> list[Layer]:
    """What each layer's weights are drawn from, layers of one shape in one entry."""
    entry, options = INITIALIZERS[spec.initializer], spec.initializer_options
    shapes = list(pairwise(widths(spec)))
    found: list[Layer] = []
    for name, (fan_in, fan_out) in zip(spec.layer_names, shapes, strict=True):
        law = entry.distribution(fan_in, fan_out, **options)
        std = entry.weight_variance(fan_in, fan_out, **options) ** 0.5
        layer = Layer(name, fan_in, fan_out, law, std)
        if found and found[-1][1:] == layer[1:]:
            layer = layer._replace(label=f"{found.pop().label.split('–')[0]}–{name}")
        found.append(layer)
    return found


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


def _matrices(entry: Initializer, spec: RunSpec, fan_out: int, fan_in: int) -> np.ndarray:
    generator = torch.Generator().manual_seed(spec.seed)
    weights = torch.empty(-(-WEIGHTS // (fan_out * fan_in)), fan_out, fan_in, dtype=torch.float64)
    for weight in weights:
        entry.fill(weight, None, generator, **spec.initializer_options)
    return weights.numpy().ravel()
