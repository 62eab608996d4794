"""A probe that takes the loss back by itself: gradients are asked of autograd, all at once, not heard of one by one."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.graph import GradientEdge

from engine.measure.probe import GRADIENT, NOTHING, Probe
from engine.measure.roles import Map
from engine.measure.statistics import COLUMN, as_units

Forward = Callable[[Tensor], Tensor]


class Asking(Probe):
    """A `Probe` of a net whose layers are linear maps that run once a pass, with nothing in place and nothing compiled.

    `backward` stands for loss.backward(). A hook costs more than what it measures: there is none on the graph, and
    while it is attached each layer's and each activation's `forward` is ours, which calls theirs. A layer's z is
    measured when its activation has run.
    """

    remembers_at_once = True
    _edges: list[GradientEdge]

    def __init__(self, model: nn.Module, layers: Collection[nn.Module]) -> None:
        super().__init__(model, layers, functions=False)
        model_begins, *others = self._places
        self._places = model_begins, *([] for _ in others)
        self._known: np.ndarray | None = None  # the moments of the parameters' gradients

    def attach(self) -> None:
        """Stand in for the modules' forward, and remember the weights as they are."""
        if not self.attached:
            # not closures: who copies the run copies these with it
            for module, (layer, *_) in self._maps.items():
                module.forward = partial(self._map, module.forward, layer)  # type: ignore[method-assign]
            for module, bounds in self._flat.items():
                module.forward = partial(self._activation, module.forward, bounds)  # type: ignore[method-assign]
        super().attach()

    def detach(self) -> None:
        """Leave the modules as they were; what was measured stays."""
        super().detach()
        for module in (*self._maps, *self._flat):
            vars(module).pop("forward", None)

    def backward(self, loss: Tensor, parameters: Sequence[Tensor]) -> None:
        """Give the parameters, all of the model's, their gradients of the loss, in the place of any before, and measure
        those and dLoss/dz."""
        self._measure_alone()
        wanted: list[Any] = [*parameters, *self._edges]
        self._edges = []
        gradients = torch.autograd.grad(loss, wanted, allow_unused=True)
        for parameter, gradient in zip(parameters, gradients, strict=False):
            parameter.grad = gradient
        there = [k for k, gradient in enumerate(gradients) if gradient is not None]
        moments = np.full((len(gradients), 3), np.nan)
        moments[there] = self._measure.each_moments([g for g in gradients if g is not None])
        own = len(parameters)
        self._known = moments[:own]
        self._came(gradients[own:], moments[own:])

    def measure_gradients(self) -> float:
        """What `backward` found of the parameters' gradients; returns the norm of all of them."""
        variances, norm = self._weights.gradients(self._ran, self._known)
        self._known = None
        self._rows[: len(self._ran), COLUMN["weight_gradient_var"]] = variances
        return norm

    def _came(self, gradients: Sequence[Tensor | None], moments: np.ndarray) -> None:
        self._backed = True
        self._rows[: len(gradients), GRADIENT] = moments[:, 1:]
        self.gradients = [gradient if gradient is None else as_units(gradient) for gradient in gradients]
        for layer in reversed(
            np.flatnonzero(~(moments[:, 2] < np.inf)).tolist()
        ):  # the last layer's comes first
            if (gradient := self.gradients[layer]) is not None:
                self._broken(layer, "gradient", gradient)

    def _begin(self) -> None:
        super()._begin()
        # where each dLoss/dz arises: to hold z itself would take the next layer the memory that is still in the cache
        self._edges = []
        self._waits: Tensor | None = None  # the last layer's z, until something is seen to follow it

    def _map(self, forward: Forward, layer: Map, x: Tensor) -> Tensor:
        z = forward(x)
        if torch.is_grad_enabled():
            self._measure_alone()
            self._next_row(layer)
            self._edges.append(GradientEdge(z.grad_fn, z.output_nr))  # type: ignore[arg-type]
            self._waits = z
        return z

    def _activation(self, forward: Forward, bounds: tuple[float, float], u: Tensor) -> Tensor:
        output = forward(u)
        if self._waits is not None and torch.is_grad_enabled():
            self._follows(self._waits, u, output, *bounds)
        return output

    def _follows(self, z: Tensor, u: Tensor, output: Tensor, low: float, high: float) -> None:
        """The last layer's z came to its activation as u, and left it as output."""
        at = self._shows(output)
        row = self._rows[at]
        if u is z:
            size = self._measure.passes_layer(z, output, low, high, row)
        else:
            size = self._measure.passes_map(z, row)
            row[COLUMN["input_var"]] = self._measure.moments(u)[1]
            size += self._measure.passes_activation(as_units(u), output, low, high, row)
        if not size < np.inf:
            self._broken(at, "pre-activation", z)
            self._broken(at, "activation", output)

    def _measure_alone(self) -> None:
        """Of a layer that no activation followed."""
        if (z := self._waits) is not None:
            at = self._shows(z)
            if not self._measure.passes_map(z, self._rows[at]) < np.inf:
                self._broken(at, "pre-activation", z)

    def _shows(self, output: Tensor) -> int:
        """The last layer, which waits for nothing more: this is what is shown of it."""
        self._waits, at = None, len(self._ran) - 1
        self.outputs.append(output.detach())
        outputs, gradients = self._stale
        if at < len(outputs):
            outputs[at] = NOTHING
        if at < len(gradients):
            gradients[at] = None
        return at
