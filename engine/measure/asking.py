"""A probe that takes the loss back by itself: gradients are asked of autograd, all at once, not heard of one by one."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.graph import GradientEdge

from engine.measure.probe import GRADIENT, NOTHING, Probe
from engine.measure.statistics import COLUMN, as_units


class Asking(Probe):
    """A `Probe` of a net whose layers are linear maps that run once a pass, with nothing in place and nothing compiled.

    `backward` stands for loss.backward(). A hook costs as much as what it measures: there is none on the graph, and a
    layer's z is measured in the hook of its activation.
    """

    remembers_at_once = True
    _edges: list[GradientEdge]

    def __init__(self, model: nn.Module, layers: Collection[nn.Module]) -> None:
        super().__init__(model, layers, functions=False)

    def backward(self, loss: Tensor, parameters: Sequence[Tensor]) -> None:
        """Give the parameters their gradients of the loss, in the place of any before, and measure dLoss/dz."""
        self._measure_alone()
        wanted: list[Any] = [*parameters, *self._edges]
        self._edges = []
        gradients = torch.autograd.grad(loss, wanted, allow_unused=True)
        for parameter, gradient in zip(parameters, gradients, strict=False):
            parameter.grad = gradient
        self._came(gradients[len(parameters) :])

    def _came(self, gradients: Sequence[Tensor | None]) -> None:
        self._backed = True
        layers = [layer for layer, gradient in enumerate(gradients) if gradient is not None]
        units = [as_units(gradient) for gradient in gradients if gradient is not None]
        moments = self._measure.each_moments(units)
        self._rows[layers, GRADIENT] = moments[:, 1:]
        for layer, gradient in zip(layers, units, strict=True):
            self.gradients[layer] = gradient
        for k in reversed(np.flatnonzero(~(moments[:, 2] < np.inf)).tolist()):  # the last layer's comes first
            self._broken(layers[k], "gradient", units[k])

    def _begin(self) -> None:
        super()._begin()
        # where each dLoss/dz arises: to hold z itself would take the next layer the memory that is still in the cache
        self._edges = []
        self._waits: Tensor | None = None  # the last layer's z, until something is seen to follow it

    def _weight_layer(self, module: nn.Module, inputs: tuple, output: Any) -> None:
        if not torch.is_grad_enabled():
            return
        self._measure_alone()
        at = self._next_row(self._maps[module][0])
        self._edges.append(GradientEdge(output.grad_fn, output.output_nr))
        self._waits = output
        self.outputs.append(NOTHING)
        self.gradients.append(None)
        stale, came = self._stale
        if at < len(stale):
            stale[at], came[at] = NOTHING, None

    def _after(self, module: nn.Module, inputs: tuple, output: Tensor) -> None:
        z, at = self._waits, len(self._ran) - 1
        if z is None or not torch.is_grad_enabled():
            return
        self._waits = None
        row, (u,) = self._rows[at], inputs
        if u is z:
            size = self._measure.passes_layer(z, output, *self._flat[module], row)
        else:
            size = self._measure.passes_map(z, row)
            row[COLUMN["input_var"]] = self._measure.moments(u)[1]
            size += self._measure.passes_activation(as_units(u), output, *self._flat[module], row)
        self.outputs[at] = output.detach()
        if not size < np.inf:
            self._broken(at, "pre-activation", z)
            self._broken(at, "activation", output)

    def _measure_alone(self) -> None:
        """Of a layer that no activation followed."""
        z, self._waits = self._waits, None
        if z is None:
            return
        at = len(self._ran) - 1
        self.outputs[at] = z.detach()
        if not self._measure.passes_map(z, self._rows[at]) < np.inf:
            self._broken(at, "pre-activation", z)
