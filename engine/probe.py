"""Watch any `nn.Module` while it runs: hooks that measure each layer as its tensors pass by."""

from functools import partial

import numpy as np
import torch
from torch import nn
from torch.nn.modules import activation as torch_activations
from torch.nn.modules.conv import _ConvNd

from engine.activations import Maxout, saturation_of
from engine.statistics import COLUMNS, Measure, as_units, readable

WEIGHT_LAYERS = (nn.Linear, _ConvNd)
MIXING = (nn.MultiheadAttention, nn.Softmax, nn.Softmin, nn.LogSoftmax, nn.Softmax2d, nn.GLU)


class Probe:
    """Measures every weight layer of a module, forward and backward, within a `with` block.

        with Probe(net) as probe:
            loss(net(x), y).backward()
            optimizer.step()
        probe.measure()["gradient_rms"]  # [layers]

    Layers are the module's linear and convolution maps, in the order the last forward pass ran them; a layer's
    activation is the first elementwise activation module that runs after it. The hooks leave with the block, even
    on an error. Passes without gradients (`torch.no_grad`) are not measured. Tensor hooks are used, never full
    backward hooks, so in-place activations and modules used twice are measured right.
    Definitions: `statistics.COLUMNS`.

    After a pass `outputs` and `gradients` hold each layer's output (after its activation) and dLoss/dz as
    [samples, units], and `began` the (layer, quantity) at which the first NaN or inf was met, or None.
    """

    def __init__(self, model: nn.Module):
        self.model = model
        self._measure = Measure(compiled=all(readable(p) for p in model.parameters()))
        self._hooks: list = []
        self._flat = {module: saturation_of(module) for module in model.modules() if is_activation(module)}
        self._weights = {
            module: module.weight for module in model.modules() if isinstance(module, WEIGHT_LAYERS)
        }
        self._parameters = list(model.parameters())
        self._forget()

    def __enter__(self) -> "Probe":
        self.attach()
        return self

    def __exit__(self, *exception) -> None:
        self.detach()

    @property
    def attached(self) -> bool:
        """Whether the hooks are in place."""
        return bool(self._hooks)

    def attach(self) -> None:
        """Install the hooks and remember the weights as they are."""
        self._hooks = [self.model.register_forward_pre_hook(self._forget)]
        self._hooks += [module.register_forward_hook(self._weight_layer) for module in self._weights]
        self._hooks += [module.register_forward_hook(self._activation) for module in self._flat]
        self._old = {module: weight.detach().clone() for module, weight in self._weights.items()}

    def detach(self) -> None:
        """Remove the hooks; what was measured stays."""
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    def measure(self) -> dict[str, np.ndarray]:
        """The statistics of the last pass by name, each [layers]; what did not happen in the block is NaN."""
        self.measure_gradients()
        self.measure_updates()
        return dict(zip(COLUMNS, self.table().T, strict=True))

    def table(self) -> np.ndarray:
        """What is known so far, [layers, columns] in the order of `statistics.COLUMNS`."""
        nan = float("nan")
        return np.array([[row.get(name, nan) for name in COLUMNS] for row in self._rows])

    def measure_gradients(self) -> float:
        """Measure dLoss/dW; returns the norm of the gradient of all parameters. Call it before clipping."""
        squares = 0.0
        variances = {}
        for parameter in self._parameters:
            if parameter.grad is not None:
                _, variances[parameter], square = self._measure.moments(as_units(parameter.grad))
                squares += square * parameter.numel()
        for row in self._rows:
            row["weight_gradient_var"] = variances.get(row["module"].weight, np.nan)
        return float(np.sqrt(squares))

    def measure_updates(self) -> None:
        """Measure how far the weights have moved since `attach` or the last call. Call it after optimizer.step()."""
        moved = {
            module: self._measure.update(self._old[module], weight)
            for module, weight in self._weights.items()
        }
        for layer, row in enumerate(self._rows):
            row["weight_var"], row["update_ratio"] = moved[row["module"]]
            if not np.isfinite(row["update_ratio"]):
                self._broken(layer, "weights", row["module"].weight.detach())

    def _forget(self, *_) -> None:
        if torch.is_grad_enabled():
            self._rows: list[dict] = []
            self.outputs: list[torch.Tensor] = []
            self.gradients: list[torch.Tensor | None] = []
            self.began: tuple[int, str] | None = None

    def _weight_layer(self, module: nn.Module, inputs: tuple, z: torch.Tensor) -> None:
        if not torch.is_grad_enabled():
            return
        layer = len(self._rows)
        units = as_units(z, isinstance(module, nn.Linear))
        mean, variance, square, signal = self._measure.unit_moments(units)
        self._rows.append(
            {
                "module": module,
                "preactivation_mean": mean,
                "preactivation_var": variance,
                "preactivation_ms": square,
                "signal_var": signal,
                "input_var": variance,
                "activation_mean": mean,
                "activation_var": variance,
                "nonfinite": 0.0,
            }
        )
        self._z = z
        self.outputs.append(units)
        self.gradients.append(None)
        if not square < np.inf:
            self._broken(layer, "pre-activation", units)
        if z.requires_grad:
            z.register_hook(partial(self._gradient, layer))

    def _activation(self, module: nn.Module, inputs: tuple, output: torch.Tensor) -> None:
        if not self._rows or "saturated" in self._rows[-1] or not torch.is_grad_enabled():
            return
        row, (u,) = self._rows[-1], inputs
        is_linear = isinstance(row["module"], nn.Linear)
        units = as_units(output, is_linear)
        row["activation_mean"], row["activation_var"], square = self._measure.moments(units)
        if u is not self._z:
            row["input_var"] = self._measure.moments(as_units(u))[1]
        row["saturated"], row["dead"] = self._measure.saturation(as_units(u, is_linear), *self._flat[module])
        self.outputs[-1] = units
        if not square < np.inf:
            self._broken(len(self._rows) - 1, "activation", units)

    def _gradient(self, layer: int, gradient: torch.Tensor) -> None:
        row = self._rows[layer]
        units = as_units(gradient, isinstance(row["module"], nn.Linear))
        _, row["gradient_var"], square = self._measure.moments(units)
        row["gradient_rms"] = square**0.5
        self.gradients[layer] = units
        if not square < np.inf:
            self._broken(layer, "gradient", units)

    def _broken(self, layer: int, quantity: str, units: torch.Tensor) -> None:
        share = self._measure.nonfinite(units)
        if share and self.began is None:
            self.began = layer, quantity
        self._rows[layer]["nonfinite"] = max(share, self._rows[layer]["nonfinite"])


def is_activation(module: nn.Module) -> bool:
    """Whether a module is an activation that works unit by unit: torch.nn's, the identity, or maxout."""
    if isinstance(module, MIXING):
        return False
    return isinstance(module, nn.Identity | Maxout) or type(module).__module__ == torch_activations.__name__
