"""The weights of a module's layers: their gradients, and how far a step moves them."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from engine.measure.roles import Map
from engine.measure.statistics import Located, Measure, Places


class Weights:
    """The weights of all layers of a model, in few passes over its parameters.

    What is asked of the layers that ran comes in their order; NaN for one without a weight.
    """

    def __init__(self, model: nn.Module, maps: Mapping[nn.Module, Sequence[Map]], measure: Measure) -> None:
        self._measure = measure
        self._parameters = [p for p in model.parameters() if p.is_floating_point()]
        self._layers = [layer for layers in maps.values() for layer in layers if layer.weight]
        # which parameter is a layer's weight: several layers may share one, and some compute theirs from others
        places: dict[Tensor, int] = {parameter: k for k, parameter in enumerate(self._parameters)}
        self._place = {layer: places.get(getattr(layer.module, layer.weight or "")) for layer in self._layers}
        whole = all(k is not None and not layer.rows for layer, k in self._place.items())
        self._wholes: list[Tensor] = []  # the weights, where each is a parameter
        if whole:
            self._wholes = [self._parameters[k] for k in self._place.values() if k is not None]
        self._old: list[Tensor] = []
        self._root_sizes = np.sqrt([parameter.numel() for parameter in self._parameters])
        self._gradients_lie = places_like(self._parameters)
        self._wholes_lie, self._old_lie = places_like(self._wholes), places_like(self._wholes)
        self._ran: Sequence[Map] | None = None
        self._versions: list[int] = []  # of the parameters whose weights are kept already

    @property
    def remembered(self) -> bool:
        """Whether there is something to compare with."""
        return bool(self._old)

    @property
    def stood_still(self) -> bool:
        """Whether the weights are still what `moves` kept of them, by torch's count of their changes."""
        return bool(self._versions) and self._versions == self._versions_now()

    def of(self, layer: Map) -> Tensor:
        """A layer's weight as it is now."""
        k = self._place[layer]
        whole = getattr(layer.module, layer.weight or "") if k is None else self._parameters[k]
        return (whole if layer.rows is None else layer.of(whole)).detach()

    def remember(self) -> None:
        """Keep the weights as they are."""
        with torch.no_grad():
            weights = self._now()
            if not self._old:
                self._old = [torch.empty_like(weight) for weight in weights]
            if weights:
                torch._foreach_copy_(self._old, weights)

    def forget(self) -> None:
        """Let go of what was kept."""
        self._old = []

    def moves(self, ran: Sequence[Map], and_remember: bool = False) -> np.ndarray:
        """The variance of each weight as it was kept, and its update ratio since, [ran, 2].

        and_remember: keep the weights as they are now, which is cheapest here; who changes them behind torch's back
        (`.data`, `.half()`) must not ask for it.
        """
        self._order(ran)
        new = self._now()
        places = self._places(new) if and_remember else None
        found = self._measure.each_update(self._old, new, and_remember, places)
        self._versions = self._versions_now() if and_remember else []
        return found if self._is_in_order else np.vstack([found, NOWHERE])[self._layer_of]

    def _places(self, new: list[Tensor]) -> tuple[Located | None, Located | None] | None:
        """Where the weights lie, kept and new, of a net whose weights keep their sizes and their type."""
        if new is not self._wholes or not (self._old_lie and self._wholes_lie):
            return None
        return self._old_lie.of(self._old), self._wholes_lie.of(new)

    def _now(self) -> list[Tensor]:
        """The weights, as `moves` and `remember` read them."""
        if self._wholes:
            return self._wholes
        places = self._place.items()
        return [self.of(layer) if k is None or layer.rows else self._parameters[k] for layer, k in places]

    def _versions_now(self) -> list[int]:
        return [weight._version for weight in self._wholes or self._parameters]

    def gradients(self, ran: Sequence[Map]) -> tuple[np.ndarray, float]:
        """The variance of dLoss/dW of the layers that ran, and the norm of all parameters' gradients."""
        self._order(ran)
        given = [None if (g := parameter.grad) is None else dense(g) for parameter in self._parameters]
        there = [k for k, gradient in enumerate(given) if gradient is not None]
        held = [gradient for gradient in given if gradient is not None]
        moments = self._measure.each_moments(held)
        found = np.full(len(given) + 1, math.nan)
        found[there] = moments[:, 1]
        variances = found[self._parameter_of]
        parts = {at: part.of(g) for at, part, k in self._parts if (g := given[k]) is not None}
        if parts:
            variances[list(parts)] = self._measure.each_moments(list(parts.values()))[:, 1]
        return variances, self._norm(moments[:, 2], there)

    def known_gradients(
        self, ran: Sequence[Map], moments: np.ndarray, there: Sequence[int] | slice
    ) -> tuple[np.ndarray, float]:
        """As `gradients`, where all weights are whole and somebody has measured the parameters' gradients already.

        moments: `each_moments` of each parameter's, [parameters, 3]; there: the parameters that have one.
        """
        self._order(ran)
        return moments[self._parameter_of, 1], self._norm(moments[there, 2], there)

    def _norm(self, sizes: np.ndarray, there: Sequence[int] | slice) -> float:
        return math.hypot(*(sizes * self._root_sizes[there]).tolist())

    def all_finite(self, gradients: list[Tensor]) -> bool:
        """Whether no gradient that loss.backward() gave the parameters holds a NaN or an inf."""
        return self._measure.all_finite(gradients, self.where(gradients))

    def where(self, gradients: Sequence[Tensor]) -> Located | None:
        """Where they lie, if they are of all parameters."""
        if not self._gradients_lie or len(gradients) != len(self._parameters):
            return None
        return self._gradients_lie.of(gradients)

    def _order(self, ran: Sequence[Map]) -> None:
        """Where what is asked of the layers that ran is found, among all layers and all parameters; behind them where
        there is none."""
        if ran == self._ran:
            return
        self._ran = list(ran)
        at = {layer: k for k, layer in enumerate(self._layers)}
        self._layer_of = [at.get(layer, len(at)) for layer in ran]
        self._is_in_order = self._layer_of == list(range(len(at)))
        places = [self._place.get(layer) for layer in ran]
        is_whole = [k is not None and layer.rows is None for layer, k in zip(ran, places, strict=True)]
        nowhere = len(self._parameters)
        self._parameter_of = np.array(
            [k if whole else nowhere for k, whole in zip(places, is_whole, strict=True)], int
        )
        self._parts = [
            (k, layer, place)
            for k, (layer, place) in enumerate(zip(ran, places, strict=True))
            if place is not None and layer.rows is not None
        ]


def places_like(tensors: Sequence[Tensor]) -> Places | None:
    """For tensors of the same sizes as these, if all are of one type."""
    types = {tensor.dtype for tensor in tensors}
    return Places([tensor.numel() for tensor in tensors], types.pop()) if len(types) == 1 else None


NOWHERE = np.full(2, math.nan)
"""Of a layer without a weight."""


def dense(gradient: Tensor) -> Tensor:
    """A gradient with all its zeros, where an embedding leaves them out."""
    return gradient.to_dense() if gradient.layout != torch.strided else gradient
