"""Watch any `nn.Module` while it runs: hooks that measure each layer as its tensors pass by."""

import weakref
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from engine.measure.functions import Functions
from engine.measure.passes import eagerly, release, shown, within_backward
from engine.measure.roles import Map, acts_as_one, is_activation, maps_of
from engine.measure.statistics import COLUMN, COLUMNS, UNKNOWN, Measure, as_units, readable
from engine.measure.weights import Weights
from engine.nets.saturation import saturation_of


class Probe:
    """Measures every weight layer of a module, forward and backward, within a `with` block.

        with Probe(net) as probe:
            loss(net(x), y).backward()
            optimizer.step()
        probe.measure()["gradient_rms"]  # [layers]

    Layers are the module's maps by a weight (`roles.maps_of`: linear maps and convolutions of whatever make,
    embeddings, recurrent weights by gate, attention's projections), in the order the last forward pass ran them;
    `paths` are their names. A layer's activation is the first elementwise activation, module or function, that runs
    after it (an `nn.Identity` only where no other does). The hooks leave with the block, even on an error. Passes
    without gradients (`torch.no_grad`) are not measured; what checkpointing (`torch.utils.checkpoint`, of both
    kinds) runs a second time counts once. Hooks sit on the graph's nodes, never full backward hooks, so in-place
    activations and modules used twice are measured right. Nothing runs compiled meanwhile. Columns: `statistics`.

    After a pass `outputs` and `gradients` hold each layer's output (after its activation) and dLoss/dz as
    [samples, units], and `began` the (layer, quantity) at which the first NaN or inf was met, or None.

    layers: the modules to measure, None for all that map by a weight. functions: whether activations that are called
    as functions are looked for, which a net of modules alone can do without. keeps: whether `outputs`, `gradients`
    and the weights as they were are kept; without, `remember` is to be called before the step that `measure_updates`
    follows. heard: more functions to hear of, see `Functions`.
    """

    remembers_at_once = False  # whether `measure_updates` keeps the weights for the next one

    def __init__(
        self,
        model: nn.Module,
        layers: Collection[nn.Module] | None = None,
        functions: bool = True,
        keeps: bool = True,
        heard: dict[str, Callable[[tuple, dict], None]] | None = None,
    ):
        self.model, self.keeps, self.shows = model, keeps, keeps
        parameters = [p for p in model.parameters() if p.is_floating_point()]
        self._measure = Measure(compiled=all(map(readable, parameters)))
        phis = {
            module: is_activation(module) or (functions and acts_as_one(module)) for module in model.modules()
        }
        self._flat = {module: saturation_of(module) for module, acts in phis.items() if acts}
        # what works in place, holds other modules or calls functions is measured before it runs
        self._beforehand = [
            m for m in self._flat if getattr(m, "inplace", False) or any(m.children()) or not is_activation(m)
        ]
        self._maps = maps_of(model, layers)
        self._weights = Weights(model, self._maps, self._measure)
        self._places: tuple[list[Any], ...] = (
            [model._forward_pre_hooks],
            [module._forward_hooks for module in self._maps],
            [module._forward_hooks for module in self._flat],
            [module._forward_pre_hooks for module in self._beforehand],
            [model._forward_hooks, model._forward_hooks_always_called] if functions else [],
        )
        self._looks, self._heard = functions, heard or {}
        self._functions: Functions | None = None  # while a pass runs
        self._end_of_eager: Callable[[], None] | None = None
        self._moved = self._backed = False
        self._ran: list[Map] = []
        self._blank = np.tile(UNKNOWN, (sum(map(len, self._maps.values())) or 1, 1))
        self.began: tuple[int, str] | None = None
        self._last: tuple[list[Map], np.ndarray, tuple[int, str] | None] | None = None
        self.outputs: list[Tensor] = []
        self.gradients: list[Tensor | None] = []
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

    @property
    def paths(self) -> list[str]:
        """The layers' paths in the module, in the order of the last pass."""
        return [layer.path for layer in self._ran]

    def attach(self) -> None:
        """Install the hooks and remember the weights as they are."""
        # what Module.register_forward_hook does, less a handle for each: a hundred of those take as long as
        # measuring a step
        for hook, modules in self._hooks():
            for hooks in modules:
                hooks[hook] = hook
        if self._end_of_eager is None:
            self._end_of_eager = eagerly()
        if self.keeps:
            self.remember()

    def detach(self) -> None:
        """Remove the hooks; what was measured stays."""
        for hook, modules in self._hooks():
            for hooks in modules:
                hooks.pop(hook, None)
        self._leave()
        if self._end_of_eager:
            self._end_of_eager()
            self._end_of_eager = None

    def _hooks(self) -> Iterator[tuple[Callable, list[dict]]]:
        """Each hook, and where the modules keep it."""
        hooks = self._forget, self._weight_layer, self._after, self._before, self._leave
        return zip(hooks, self._places, strict=True)

    def measure(self) -> dict[str, np.ndarray]:
        """The statistics of the last pass by name, each [layers]; what did not happen in the block is NaN."""
        self.measure_gradients()
        self.measure_updates()
        return dict(zip(COLUMNS, self.table().T, strict=True))

    def table(self) -> np.ndarray:
        """What is known so far, [layers, columns] in the order of `statistics.COLUMNS`."""
        return self._rows[: len(self._ran)].copy()

    def measure_gradients(self) -> float:
        """Measure dLoss/dW; returns the norm of the gradient of all parameters. Call it before clipping."""
        variances, norm = self._weights.gradients(self._ran)
        self._rows[: len(self._ran), COLUMN["weight_gradient_var"]] = variances
        return norm

    def all_finite(self, gradients: list[Tensor]) -> bool:
        """Whether no gradient of the parameters holds a NaN or an inf, hooks or not."""
        return self._weights.all_finite(gradients)

    def measure_updates(self) -> bool:
        """Measure how far the weights have moved since `attach`, or since the first pass after the last call.

        Call it after optimizer.step(); returns whether all of them are finite.
        """
        if not self._weights.remembered:  # never attached
            return True
        self._moved = True
        moved = self._weights.moves(self._ran, self.remembers_at_once)
        self._rows[: len(self._ran), COLUMN["weight_var"] : COLUMN["update_ratio"] + 1 : 2] = moved
        finite = True
        for at in [k for k, ratio in enumerate(moved[:, 1].tolist()) if not ratio < np.inf]:
            if (layer := self._ran[at]).weight:
                finite &= not self._broken(at, "weights", as_units(self._weights.of(layer).flatten(1).T))
        if not self.keeps:
            self._weights.forget()
        return finite

    def remember(self) -> None:
        """Remember the weights as they are, for `measure_updates`."""
        self._weights.remember()
        self._moved = False

    def settle(self) -> None:
        """Where nothing came back through the last pass, as in a look at other data, go back to the one before it."""
        if not self._backed and self._last:
            self._ran, self._rows, self.began = self._last

    def begin(self) -> None:
        """Forget what was measured."""
        self._begin()
        self._last = None

    def _begin(self) -> None:
        self._last = (self._ran, self._rows, self.began) if self._backed else self._last
        self._backed = False
        self._ran, self._rows = [], self._blank.copy()
        # the last pass's tensors go one by one as new ones come: freed all at once, their memory would go back to
        # the system, and every page of the new ones would have to be asked for again
        self._stale = self.outputs, self.gradients
        self.outputs, self.gradients = [], []
        self.began = None
        self._phi: nn.Module | None = None
        self._inside: nn.Module | None = None
        self._again = False  # whether the last weight layer ran for a second time, in a recomputation
        # layers that ran without a graph within a pass that has one: checkpointing of the reentrant kind does that,
        # and builds their graph in the backward pass
        self._without: list[int] = []

    def _forget(self, *_: Any) -> None:
        runs = self.attached and torch.is_grad_enabled()  # a hook of this pass may have detached it
        if not runs or torch.compiler.is_compiling() or within_backward():
            return
        self._begin()
        if self._moved and self.keeps and not self._weights.stood_still:
            self.remember()
        if self._looks and not self._functions:
            self._functions = Functions(self._before, self._after, self._heard)
            self._functions.__enter__()

    def _leave(self, *_: Any) -> None:
        """The pass is over, or broke off."""
        if self._functions:
            functions, self._functions = self._functions, None
            functions.__exit__(None, None, None)

    def _measured_now(self) -> bool:
        return torch.is_grad_enabled() or (
            self._functions is not None and not torch.is_inference_mode_enabled()
        )

    def _weight_layer(self, module: nn.Module, inputs: tuple, output: Any) -> None:
        if torch.compiler.is_compiling() or not self._measured_now():
            return
        z = shown(output)
        self._again = within_backward() and any(layer.module is module for layer in self._ran)
        if self._again:
            self._recomputed(module, z)
            return
        for layer in self._maps[module]:
            self._row(layer, None if layer.part else z)

    def _row(self, layer: Map, z: Tensor | None) -> None:
        at = self._next_row(layer)
        if self.shows:
            self.gradients.append(None)
            self.outputs.append(NOTHING)
        if z is None:
            return
        self._linear, self._at = layer.by_last_axis, at
        units = as_units(z, self._linear)
        square = self._measure.passes_map(units, self._rows[at])
        self._phi = self._inside = None
        # not z itself, which would keep its whole graph alive
        self._z = weakref.ref(z), z._version
        if self.shows:
            self.outputs[-1] = self._kept(units)
            release(self._stale[0], at)
        if not square < np.inf:
            self._broken(at, "pre-activation", units)
        if z.grad_fn is not None:
            z.grad_fn.register_prehook(partial(self._gradient, self._ran, at))
        elif not torch.is_grad_enabled():
            self._without.append(at)

    def _next_row(self, layer: Map) -> int:
        at = len(self._ran)
        if at == len(self._rows):  # a module runs several times
            self._rows = np.concatenate([self._rows, self._blank])
        self._ran.append(layer)
        return at

    def _recomputed(self, module: nn.Module, z: Tensor | None) -> None:
        """A layer whose graph comes late: of those of its module that have none, the one that put out the same."""
        if z is None or z.grad_fn is None:
            return
        mine = [at for at in self._without if self._ran[at].module is module]
        if not mine:
            return
        square = self._measure.unit_moments(as_units(z, self._ran[mine[0]].by_last_axis))[2]
        at = min(mine, key=lambda at: abs(self._rows[at, COLUMN["preactivation_ms"]] - square))
        self._without.remove(at)
        z.grad_fn.register_prehook(partial(self._gradient, self._ran, at))

    def _before(self, module: nn.Module, inputs: tuple) -> None:
        """Of an activation that may overwrite its input."""
        if self._is_activation_of_layer(module, inputs):
            self._inside = module
            entering = self._entering(inputs[0])
            self._rows[self._at, SATURATION] = self._measure.saturation(entering, *self._flatness(module))

    def _after(self, module: nn.Module, inputs: tuple, output: Tensor) -> None:
        if module is self._inside:
            units = as_units(output, self._linear)
            mean, variance, rms = self._measure.moments(units)
            self._rows[self._at, ACTIVATION] = mean, variance
        elif module not in self._beforehand and self._is_activation_of_layer(module, inputs):
            units, entering = as_units(output, self._linear), self._entering(inputs[0])
            row = self._rows[self._at]
            rms = self._measure.passes_activation(entering, units, *self._flat[module], row)
        else:
            return
        self._inside = None
        if self.shows:
            self.outputs[self._at] = self._kept(units)
        if not rms < np.inf:
            self._broken(self._at, "activation", units)

    def _flatness(self, module: nn.Module) -> tuple[float, float]:
        return self._flat[module] if module in self._flat else saturation_of(module)

    def _is_activation_of_layer(self, module: nn.Module, inputs: tuple) -> bool:
        """Whether it is the first activation since the last weight layer; then it is the one."""
        if torch.compiler.is_compiling() or not (self._ran and inputs and self._measured_now()):
            return False
        if self._again and within_backward():
            return False
        if self._phi is not None and not isinstance(self._phi, nn.Identity):
            return False
        self._phi = module
        return True

    def _entering(self, u: Tensor) -> Tensor:
        """What enters the activation; measured here unless it is z itself."""
        units = as_units(u, self._linear)
        z, version = self._z
        if u is not z() or u._version != version:
            self._rows[self._at, COLUMN["input_var"]] = self._measure.moments(units)[1]
        return units

    def _gradient(self, ran: list[Map], layer: int, gradients: tuple) -> None:
        gradient = gradients[0]
        if ran is not self._ran or gradient is None:
            return
        units = as_units(gradient, ran[layer].by_last_axis)
        _, *found = self._measure.moments(units)
        self._rows[layer, GRADIENT] = found
        self._backed = True
        if self.shows:
            self.gradients[layer] = self._kept(units)
            release(self._stale[1], layer)
        if not found[1] < np.inf:
            self._broken(layer, "gradient", units)

    def _kept(self, units: Tensor) -> Tensor:
        """What is kept of a tensor to be shown: all of it, without its graph."""
        return units.detach() if units.requires_grad else units

    def _broken(self, layer: int, quantity: str, units: Tensor) -> bool:
        share = self._measure.nonfinite(units)
        if share and self.began is None:
            self.began = layer, quantity
        self._rows[layer, COLUMN["nonfinite"]] = max(share, self._rows[layer, COLUMN["nonfinite"]])
        return share > 0


NOTHING = torch.empty(0, 0)
ACTIVATION, GRADIENT, SATURATION = (
    slice(COLUMN[first], COLUMN[first] + 2) for first in ("activation_mean", "gradient_var", "saturated")
)
