"""A probe that takes the loss back by itself: gradients are asked of autograd, all at once, not heard of one by one."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd import Variable
from torch.autograd.graph import GradientEdge
from torch.nn.functional import linear

from engine.measure.probe import GRADIENT, NOTHING, Probe
from engine.measure.statistics import COLUMN, Located, Places, as_units
from engine.measure.weights import places_like
from engine.nets.chain import Chain


class Asking(Probe):
    """A `Probe` of a net whose layers are linear maps in chains that run once a pass, with nothing in place and nothing
    compiled.

    `backward` stands for loss.backward(). A hook costs more than what it measures: there is none on the graph, and
    while it is attached the chains' turn is ours. A layer's z is measured when its activation has run.
    """

    remembers_at_once = True
    _edges: list[GradientEdge]

    def __init__(self, model: nn.Module, layers: Collection[nn.Module]) -> None:
        super().__init__(model, layers, functions=False)
        model_begins, *others = self._places
        self._places = model_begins, *([] for _ in others)
        # the moments of the parameters' gradients, and which parameters have one
        self._known: tuple[np.ndarray, Sequence[int] | slice] | None = None
        self._z_like: list[Any] = []
        self._z_lie: Places | None = None
        self._chains = [module for module in model.modules() if isinstance(module, Chain)]
        self._heard_by = [
            hooks
            for module in (*self._maps, *self._flat)
            for hooks in (module._forward_hooks, module._forward_pre_hooks, module._backward_hooks)
        ]

    def attach(self) -> None:
        """Take the chains' turns, and remember the weights as they are."""
        for chain in self._chains:
            # not a closure: who copies the run copies this with it
            vars(chain)["turn"] = self._turn
        super().attach()

    def detach(self) -> None:
        """Leave the chains as they were; what was measured stays."""
        super().detach()
        for chain in self._chains:
            vars(chain).pop("turn", None)

    def backward(self, loss: Tensor, parameters: Sequence[Tensor]) -> None:
        """Give the parameters, all of the model's, their gradients of the loss, in the place of any before, and measure
        those and dLoss/dz."""
        self._measure_alone()
        wanted, self._edges = (*parameters, *self._edges), []
        # torch.autograd.grad without its look at each of them, which takes as long as to measure it
        gradients = Variable._execution_engine.run_backward(
            (loss,), (torch.ones_like(loss),), False, False, wanted, True, accumulate_grad=False
        )
        for parameter, gradient in zip(parameters, gradients, strict=False):
            parameter.grad = gradient
        own = len(parameters)
        of_weights, of_z = gradients[:own], gradients[own:]
        if all(gradient is not None for gradient in gradients):
            moments = self._measure.each_moments(of_weights, self._weights.where(of_weights))
            self._known = moments, slice(None)
            self._came(of_z, self._measure.each_moments(of_z, self._where(of_z)))
            return
        there = [k for k, gradient in enumerate(gradients) if gradient is not None]
        moments = np.full((len(gradients), 3), np.nan)
        moments[there] = self._measure.each_moments([gradients[k] for k in there])
        self._known = moments[:own], [k for k in there if k < own]
        self._came(of_z, moments[own:])

    def _where(self, of_z: Sequence[Tensor]) -> Located | None:
        """Where they lie; batches are of one size, mostly."""
        like = [of_z[0].dtype, *map(Tensor.numel, of_z)] if of_z else []
        if like != self._z_like:
            self._z_like, self._z_lie = like, places_like(of_z)
        return self._z_lie.of(of_z) if self._z_lie else None

    def measure_gradients(self) -> float:
        """What `backward` found of the parameters' gradients; returns the norm of all of them."""
        if not self._known:
            return super().measure_gradients()
        variances, norm = self._weights.known_gradients(self._ran, *self._known)
        self._known = None
        self._rows[: len(self._ran), COLUMN["weight_gradient_var"]] = variances
        return norm

    def _came(self, gradients: Sequence[Tensor | None], moments: np.ndarray) -> None:
        self._backed = True
        self._rows[: len(gradients), GRADIENT] = moments[:, 1:]
        self.gradients = list(gradients)
        last_first = reversed([k for k, rms in enumerate(moments[:, 2].tolist()) if not rms < np.inf])
        for layer in last_first:
            if (gradient := self.gradients[layer]) is not None:
                self._broken(layer, "gradient", gradient)

    def _begin(self) -> None:
        super()._begin()
        # where each dLoss/dz arises: to hold z itself would take the next layer the memory that is still in the cache
        self._edges = []
        self._waits: Tensor | None = None  # the last layer's z, until something is seen to follow it

    def _turn(self, modules: Iterable[nn.Module], x: Tensor) -> Tensor:
        if not torch.is_grad_enabled():
            return Chain.turn(modules, x)
        maps, flat = self._maps, self._flat
        # what a module does; its own call looks for hooks, and for its weights by name
        is_quiet = not any(self._heard_by)
        for module in modules:
            if module in maps:
                self._measure_alone()
                self._next_row(*maps[module])
                weights: Any = module._parameters.values()
                self._waits = x = linear(x, *weights) if is_quiet else module(x)
                self._edges.append(GradientEdge(x.grad_fn, x.output_nr))  # type: ignore[arg-type]
            elif module in flat and (z := self._waits) is not None:
                output = module.forward(x) if is_quiet else module(x)
                self._follows(z, x, output, *flat[module])
                x = output
            else:
                x = module(x)
        return x

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
