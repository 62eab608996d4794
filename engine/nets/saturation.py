"""Where an activation is flat: from which input on it passes next to no gradient."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from engine.nets.maxout import Maxout

FLAT = 1 - 0.97**2
"""The share of its steepest slope that counts as flat: tanh's slope where |tanh u| = 0.97 (Karpathy, 2022)."""


def saturation_of(phi: nn.Module) -> tuple[float, float]:
    """As `Activation.saturation`, of any elementwise module."""
    if isinstance(phi, Maxout) or any(True for _ in phi.parameters()):
        return -math.inf, math.inf
    key = type(phi), phi.extra_repr()
    if key not in _known:
        with _by_itself():
            _known[key] = 0.0 - _flat_from(phi, -1.0), _flat_from(phi, 1.0)
    return _known[key]


_known: dict[tuple[type[nn.Module], str], tuple[float, float]] = {}  # 5 ms each, times 50 layers


def _flat_from(phi: nn.Module, side: float) -> float:
    """The smallest r such that phi is flat at side * u for every u >= r; inf when there is none."""
    radii = torch.cat([torch.zeros(1), torch.logspace(-9, 4, 6500, dtype=torch.float64)])
    steepest = max(float(_slope(phi, radii).max()), float(_slope(phi, -radii).max()))
    flat = _slope(phi, side * radii) <= FLAT * steepest
    if _slope(phi, side * radii[-1:]) > 1e-6 * steepest:
        return math.inf
    last_steep = int((~flat).nonzero().max()) if not flat.all() else -1
    if last_steep < 0:
        return 0.0
    steep, level = float(radii[last_steep]), float(radii[last_steep + 1])
    for _ in range(60):
        middle = (steep + level) / 2
        at = torch.tensor([side * middle], dtype=torch.float64)
        steep, level = (steep, middle) if _slope(phi, at) <= FLAT * steepest else (middle, level)
    return level


def _slope(phi: nn.Module, u: Tensor) -> Tensor:
    """|phi'(u)| in double precision, outside training: RReLU takes its mean slope."""
    phi, u = copy(phi), u.clone().requires_grad_()
    phi.training = False
    # `forward` itself, so that nobody's hooks see these values; u * 1, because phi may work in place
    (slope,) = torch.autograd.grad(phi.forward(u * 1).sum(), u)
    return slope.abs()


@contextmanager
def _by_itself() -> Iterator[None]:
    """Autograd at work for us alone: a net may be passing under `no_grad`, or under checkpointing, which counts what
    is saved for the backward pass."""
    with torch.inference_mode(False), torch.enable_grad(), saved_tensors_hooks(_same, _same):
        yield


def _same(tensor: Tensor) -> Tensor:
    return tensor
