"""The weights of a module's layers: their gradients, and how far a step moves them."""

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from engine.measure.roles import Map
from engine.measure.statistics import Measure


class Weights:
    """The weights of all layers of a model, in few passes over its parameters."""

    def __init__(self, model: nn.Module, maps: Mapping[nn.Module, Sequence[Map]], measure: Measure) -> None:
        self._measure = measure
        self._parameters = [p for p in model.parameters() if p.is_floating_point()]
        self._layers = [layer for layers in maps.values() for layer in layers if layer.weight]
        # which parameter is a layer's weight: several layers may share one, and some compute theirs from others
        places: dict[Tensor, int] = {parameter: k for k, parameter in enumerate(self._parameters)}
        self._place = {layer: places.get(getattr(layer.module, layer.weight or "")) for layer in self._layers}
        self._old: list[Tensor] = []

    @property
    def remembered(self) -> bool:
        """Whether there is something to compare with."""
        return bool(self._old)

    def of(self, layer: Map) -> Tensor:
        """A layer's weight as it is now."""
        k = self._place[layer]
        whole = getattr(layer.module, layer.weight or "") if k is None else self._parameters[k]
        return layer.of(whole).detach()

    def remember(self) -> None:
        """Keep the weights as they are."""
        with torch.no_grad():
            weights = list(map(self.of, self._layers))
            if not self._old:
                self._old = [torch.empty_like(weight) for weight in weights]
            if weights:
                torch._foreach_copy_(self._old, weights)

    def forget(self) -> None:
        """Let go of what was kept."""
        self._old = []

    def moves(self) -> dict[Map, tuple[float, float]]:
        """Layer -> the variance of its weight as it was kept, and its update ratio since."""
        with torch.no_grad():
            moves = self._measure.each_update(self._old, list(map(self.of, self._layers)))
        return dict(zip(self._layers, moves, strict=True))

    def gradients(self, ran: Sequence[Map]) -> tuple[dict[Map, float], float]:
        """The variance of dLoss/dW of the layers that ran and have one, and the norm of all parameters' gradients."""
        given = {
            k: dense(g) for k, parameter in enumerate(self._parameters) if (g := parameter.grad) is not None
        }
        moments = self._measure.each_moments(list(given.values()))
        whole = {k: variance for k, (_, variance, _) in zip(given, moments, strict=True)}
        variances: dict[Map, float] = {}
        parts: dict[Map, Tensor] = {}
        for layer in ran:
            k = self._place.get(layer)
            if k in given and layer.rows:
                parts[layer] = layer.of(given[k])
            elif k in whole:
                variances[layer] = whole[k]
        each = self._measure.each_moments(list(parts.values()))
        variances |= {layer: variance for layer, (_, variance, _) in zip(parts, each, strict=True)}
        sizes = [gradient.numel() for gradient in given.values()]
        norm = math.hypot(*(rms * size**0.5 for size, (_, _, rms) in zip(sizes, moments, strict=True)))
        return variances, norm


def dense(gradient: Tensor) -> Tensor:
    """A gradient with all its zeros, where an embedding leaves them out."""
    return gradient.to_dense() if gradient.layout != torch.strided else gradient
