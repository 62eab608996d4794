"""Watch any `nn.Module` while it runs: hooks that measure each layer as its tensors pass by."""

import math
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain

import numpy as np
import torch
from torch import nn
from torch.nn.modules import activation as torch_activations
from torch.nn.modules.conv import _ConvNd

from engine.measure.statistics import COLUMNS, UNKNOWN, Measure, as_units, readable
from engine.nets.maxout import Maxout
from engine.nets.saturation import saturation_of

WEIGHT_LAYERS = (nn.Linear, _ConvNd)
MIXING = (nn.MultiheadAttention, nn.Softmax, nn.Softmin, nn.LogSoftmax, nn.Softmax2d, nn.GLU)


class Probe:
    """Measures every weight layer of a module, forward and backward, within a `with` block.

        with Probe(net) as probe:
            loss(net(x), y).backward()
            optimizer.step()
        probe.measure()["gradient_rms"]  # [layers]

    Layers are the module's linear and convolution maps, in the order the last forward pass ran them; a layer's
    activation is the first elementwise activation module that runs after it (an `nn.Identity` only where no other
    does). The hooks leave with the block, even on an error. Passes without gradients (`torch.no_grad`) are not
    measured, nor what checkpointing (`torch.utils.checkpoint`) runs a second time. Hooks sit on the graph's nodes,
    never full backward hooks, so in-place activations and modules used twice are measured right.
    Definitions: `statistics.COLUMNS`.

    After a pass `outputs` and `gradients` hold each layer's output (after its activation) and dLoss/dz as
    [samples, units], and `began` the (layer, quantity) at which the first NaN or inf was met, or None.
    """

    def __init__(self, model: nn.Module):
        self.model = model
        self._measure = Measure(compiled=all(readable(p) for p in model.parameters()))
        self._flat = {module: saturation_of(module) for module in model.modules() if is_activation(module)}
        # what works in place, or holds other modules, is measured before it runs
        self._beforehand = [m for m in self._flat if getattr(m, "inplace", False) or any(m.children())]
        self._layers = [module for module in model.modules() if isinstance(module, WEIGHT_LAYERS)]
        self._parameters = list(model.parameters())
        # which parameter is a layer's weight: several layers may share one, and some compute theirs from others
        places: dict[torch.Tensor, int] = {parameter: k for k, parameter in enumerate(self._parameters)}
        self._weight = {module: places.get(module.weight) for module in self._layers}
        self._places = (
            [model._forward_pre_hooks],
            [module._forward_hooks for module in self._layers],
            [module._forward_hooks for module in self._flat],
            [module._forward_pre_hooks for module in self._beforehand],
        )
        self._old: list[torch.Tensor] = []
        self._moved = False
        self.outputs: list[torch.Tensor] = []
        self.gradients: list[torch.Tensor | None] = []
        self._begin()

    def __enter__(self) -> "Probe":
        self.attach()
        return self

    def __exit__(self, *exception) -> None:
        self.detach()

    @property
    def attached(self) -> bool:
        """Whether the hooks are in place."""
        return self._forget in self.model._forward_pre_hooks

    def attach(self) -> None:
        """Install the hooks and remember the weights as they are."""
        # what Module.register_forward_hook does, less a handle for each: a hundred of those take as long as
        # measuring a step
        for hook, modules in self._hooks():
            for hooks in modules:
                hooks[hook] = hook
        self._remember()

    def detach(self) -> None:
        """Remove the hooks; what was measured stays."""
        for hook, modules in self._hooks():
            for hooks in modules:
                hooks.pop(hook, None)

    def _hooks(self) -> Iterator[tuple[Callable, list[dict]]]:
        """Each hook, and where the modules keep it."""
        hooks = self._forget, self._weight_layer, self._after, self._before
        return zip(hooks, self._places, strict=True)

    def measure(self) -> dict[str, np.ndarray]:
        """The statistics of the last pass by name, each [layers]; what did not happen in the block is NaN."""
        self.measure_gradients()
        self.measure_updates()
        return dict(zip(COLUMNS, self.table().T, strict=True))

    def table(self) -> np.ndarray:
        """What is known so far, [layers, columns] in the order of `statistics.COLUMNS`."""
        values = chain.from_iterable(row.values() for row in self._rows)
        return np.fromiter(values, float).reshape(-1, len(COLUMNS))

    def measure_gradients(self) -> float:
        """Measure dLoss/dW; returns the norm of the gradient of all parameters. Call it before clipping."""
        given = {k: g for k, parameter in enumerate(self._parameters) if (g := parameter.grad) is not None}
        moments = self._measure.each_moments(list(given.values()))
        variances: dict[int | None, float] = {
            k: variance for k, (_, variance, _) in zip(given, moments, strict=True)
        }
        for module, row in zip(self._ran, self._rows, strict=True):
            row["weight_gradient_var"] = variances.get(self._weight[module], math.nan)
        sizes = [gradient.numel() for gradient in given.values()]
        return math.hypot(*(rms * size**0.5 for size, (_, _, rms) in zip(sizes, moments, strict=True)))

    def all_finite(self, tensors: list[torch.Tensor]) -> bool:
        """Whether no tensor holds a NaN or an inf; the hooks need not be in place."""
        return self._measure.all_finite(tensors)

    def measure_updates(self) -> bool:
        """Measure how far the weights have moved since `attach`, or since the first pass after the last call.

        Call it after optimizer.step(); returns whether all of them are finite.
        """
        if not self._old:  # never attached
            return True
        self._moved = True
        moves = self._measure.each_update(self._old, self._weights())
        moved = dict(zip(self._layers, moves, strict=True))
        finite = True
        for layer, (module, row) in enumerate(zip(self._ran, self._rows, strict=True)):
            row["weight_var"], row["update_ratio"] = moved[module]
            if not row["update_ratio"] < np.inf:
                weight = as_units(module.weight.flatten(1).T)
                finite &= not self._broken(layer, "weights", weight)
        return finite

    def _remember(self) -> None:
        weights = self._weights()
        if not self._old:
            self._old = [torch.empty_like(weight, requires_grad=False) for weight in weights]
        with torch.no_grad():
            torch._foreach_copy_(self._old, weights)
        self._moved = False

    def _weights(self) -> list[torch.Tensor]:
        """Each layer's weight as it is now."""
        known = self._parameters
        with torch.no_grad():
            return [module.weight if k is None else known[k] for module, k in self._weight.items()]

    def _begin(self) -> None:
        self._ran: list[nn.Linear | _ConvNd] = []
        self._rows: list[dict[str, float]] = []
        # the last pass's tensors go one by one as new ones come: freed all at once, their memory would go back to
        # the system, and every page of the new ones would have to be asked for again
        self._stale = self.outputs, self.gradients
        self.outputs, self.gradients = [], []
        self.began: tuple[int, str] | None = None
        self._phi: nn.Module | None = None
        self._inside: nn.Module | None = None
        self._again = False  # whether the last weight layer ran for a second time, in a recomputation

    def _forget(self, *_) -> None:
        if torch.is_grad_enabled():
            self._begin()
            if self._moved:
                self._remember()

    def _weight_layer(self, module: nn.Linear | _ConvNd, inputs: tuple, z: torch.Tensor) -> None:
        if not torch.is_grad_enabled():
            return
        self._again = within_backward() and module in self._ran
        if self._again:
            return
        layer = len(self._rows)
        self._linear = isinstance(module, nn.Linear)
        units = as_units(z, self._linear)
        mean, variance, square, signal = self._measure.unit_moments(units)
        row = UNKNOWN.copy()
        row["preactivation_mean"], row["preactivation_var"] = mean, variance
        row["preactivation_ms"], row["signal_var"] = square, signal
        # without an activation, what enters it and what leaves it are z
        row["input_var"], row["activation_mean"], row["activation_var"] = variance, mean, variance
        self._ran.append(module)
        self._rows.append(row)
        self._phi = self._inside = None
        # not z itself, which would keep its whole graph alive
        self._z = weakref.ref(z), z._version
        self.outputs.append(units)
        self.gradients.append(None)
        release(self._stale[0], layer)
        if not square < np.inf:
            self._broken(layer, "pre-activation", units)
        if z.grad_fn is not None:
            z.grad_fn.register_prehook(partial(self._gradient, self._rows, layer))

    def _before(self, module: nn.Module, inputs: tuple) -> None:
        """Of an activation that may overwrite its input."""
        if self._is_activation_of_layer(module, inputs):
            self._inside, row = module, self._rows[-1]
            entering = self._entering(inputs[0])
            row["saturated"], row["dead"] = self._measure.saturation(entering, *self._flat[module])

    def _after(self, module: nn.Module, inputs: tuple, output: torch.Tensor) -> None:
        if module is self._inside:
            row, units = self._rows[-1], as_units(output, self._linear)
            mean, variance, rms = self._measure.moments(units)
        elif module not in self._beforehand and self._is_activation_of_layer(module, inputs):
            row, units = self._rows[-1], as_units(output, self._linear)
            measured = self._measure.activation(self._entering(inputs[0]), units, *self._flat[module])
            row["saturated"], row["dead"], mean, variance, rms = measured
        else:
            return
        self._inside = None
        row["activation_mean"], row["activation_var"] = mean, variance
        self.outputs[-1] = units
        if not rms < np.inf:
            self._broken(len(self._rows) - 1, "activation", units)

    def _is_activation_of_layer(self, module: nn.Module, inputs: tuple) -> bool:
        """Whether it is the first activation since the last weight layer; then it is the one."""
        if not (self._rows and inputs and torch.is_grad_enabled()) or (self._again and within_backward()):
            return False
        if self._phi is not None and not isinstance(self._phi, nn.Identity):
            return False
        self._phi = module
        return True

    def _entering(self, u: torch.Tensor) -> torch.Tensor:
        """What enters the activation; measured here unless it is z itself."""
        units = as_units(u, self._linear)
        z, version = self._z
        if u is not z() or u._version != version:
            self._rows[-1]["input_var"] = self._measure.moments(units)[1]
        return units

    def _gradient(self, rows: list, layer: int, gradients: tuple) -> None:
        (gradient,) = gradients
        if rows is not self._rows or gradient is None:
            return
        units = as_units(gradient, isinstance(self._ran[layer], nn.Linear))
        row = rows[layer]
        _, row["gradient_var"], row["gradient_rms"] = self._measure.moments(units)
        self.gradients[layer] = units
        release(self._stale[1], layer)
        if not row["gradient_rms"] < np.inf:
            self._broken(layer, "gradient", units)

    def _broken(self, layer: int, quantity: str, units: torch.Tensor) -> bool:
        share = self._measure.nonfinite(units)
        if share and self.began is None:
            self.began = layer, quantity
        self._rows[layer]["nonfinite"] = max(share, self._rows[layer]["nonfinite"])
        return share > 0


def within_backward() -> bool:
    """Whether autograd is at work: a forward pass now is a recomputation (torch's checkpointing asks the same)."""
    return torch._C._current_graph_task_id() >= 0


def release(tensors: list, layer: int) -> None:
    """Let go of a layer's tensor."""
    if layer < len(tensors):
        tensors[layer] = None


def is_activation(module: nn.Module) -> bool:
    """Whether a module is an activation that works unit by unit: torch.nn's, the identity, or maxout."""
    if isinstance(module, MIXING):
        return False
    known = any(kind.__module__ == torch_activations.__name__ for kind in type(module).__mro__)
    return known or isinstance(module, nn.Identity | Maxout)
