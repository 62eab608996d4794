"""What a module does, told by what it is made of: a map with a weight, an activation, a norm, a recurrent cell."""

from collections.abc import Collection, Iterator
from copy import copy
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.nn.modules import activation as torch_activations
from torch.nn.modules import normalization as torch_norms
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd
from torch.nn.parameter import UninitializedParameter

from engine.measure.paths import plain_path
from engine.nets.maxout import Maxout
from engine.nets.residual import LinearPath

MIXING = (nn.MultiheadAttention, nn.Softmax, nn.Softmin, nn.LogSoftmax, nn.Softmax2d, nn.GLU)
NORMS = (_NormBase, *(getattr(torch_norms, name) for name in torch_norms.__all__))
RECURRENT = (nn.RNNBase, nn.RNNCellBase)
GATES = {"LSTM": ("input", "forget", "cell", "output"), "GRU": ("reset", "update", "new"), "RNN": ("state",)}
"""What the rows of a recurrent weight are for, in torch's order."""
PROJECTIONS = ("query", "key", "value")
SHAPES = ((64,), (8, 8), (2, 4, 8))
"""What works unit by unit gives the same values in each."""


@dataclass(frozen=True, eq=False)
class Map:
    """A weight as a layer, or a part of one.

    weight: the parameter's name within its module, None where a module has several and these are layers of their own;
    rows: (first, behind the last) of its first axis; part: its own outputs are never seen, only the module's.
    """

    path: str
    module: nn.Module
    weight: str | None = "weight"
    rows: tuple[int, int] | None = None
    part: bool = False

    @cached_property
    def by_last_axis(self) -> bool:
        """Whether its units are the last axis of what it puts out; those of a convolution are all but the first."""
        return not isinstance(self.module, _ConvNd)

    def tensor(self) -> Tensor | None:
        """Its weight as it is now."""
        return None if self.weight is None else self.of(getattr(self.module, self.weight))

    def of(self, whole: Tensor) -> Tensor:
        """Its own rows of its parameter, or of the parameter's gradient."""
        return whole if self.rows is None else whole[slice(*self.rows)]


def maps_of(model: nn.Module, among: Collection[nn.Module] | None = None) -> dict[nn.Module, tuple[Map, ...]]:
    """Each module that maps by a weight, with its layers: first the one whose outputs it shows, then its parts.

    among: the modules that count; None for all.
    """
    attentions = (module for module in model.modules() if isinstance(module, nn.MultiheadAttention))
    within = {child for attention in attentions for child in attention.children()}
    named = ((plain_path(name), module) for name, module in model.named_modules() if module not in within)
    counted = ((path, module) for path, module in named if among is None or module in among)
    return {module: layers for path, module in counted if (layers := tuple(_maps(path, module)))}


def _maps(path: str, module: nn.Module) -> Iterator[Map]:
    path = path or type(module).__name__
    if isinstance(module, nn.MultiheadAttention):
        # its projections are functions of its weights: out_proj itself is never called, and what it would put out is
        # what the attention does
        yield Map(f"{path}.out_proj", module.out_proj)
        if module.in_proj_weight is not None:
            yield from _by_rows(path, module, "in_proj_weight", PROJECTIONS)
        else:
            for projection in "qkv":
                yield Map(f"{path}.{projection}_proj_weight", module, f"{projection}_proj_weight", part=True)
    elif isinstance(module, RECURRENT):
        yield Map(path, module, None)
        kind = getattr(module, "mode", type(module).__name__)
        gates = next(parts for name, parts in GATES.items() if kind.startswith(name))
        for name, parameter in module.named_parameters(recurse=False):
            if parameter.dim() == 2:
                yield from _by_rows(path, module, name, ("projection",) if "_hr_" in name else gates)
    elif is_map(module):
        yield Map(path, module)


def _by_rows(path: str, module: nn.Module, name: str, parts: tuple[str, ...]) -> Iterator[Map]:
    each = len(getattr(module, name)) // len(parts)
    for k, part in enumerate(parts):
        yield Map(f"{path}.{name}.{part}", module, name, (k * each, (k + 1) * each), part=True)


def is_map(module: nn.Module) -> bool:
    """Whether a module maps by one weight with an input and an output axis, whatever it is called."""
    if isinstance(module, (*NORMS, LinearPath)):  # a path stands beside the layers
        return False
    weight = getattr(module, "weight", None)
    if not isinstance(weight, Tensor) or isinstance(weight, UninitializedParameter) or weight.dim() < 2:
        return False
    holds = {name for name, _ in module.named_children()}
    return weight.is_floating_point() and holds <= {"parametrizations"}


def is_norm(module: nn.Module) -> bool:
    """Whether a module is a normalization: torch's, or one that bears the word in its name and has a gain alone."""
    if isinstance(module, NORMS):
        return True
    gain = getattr(module, "weight", None)
    leaf = isinstance(gain, nn.Parameter) and gain.dim() == 1 and not any(module.children())
    return leaf and "norm" in type(module).__name__.lower()


def is_activation(module: nn.Module) -> bool:
    """Whether a module is an activation that works unit by unit: torch.nn's, the identity, or maxout."""
    if isinstance(module, MIXING):
        return False
    known = any(kind.__module__ == torch_activations.__name__ for kind in type(module).__mro__)
    return known or isinstance(module, nn.Identity | Maxout)


def acts_as_one(module: nn.Module) -> bool:
    """Whether a module of somebody's own, without anything to learn or keep, does what an activation does.

    It is tried: the same values, in several shapes and in another order, come out the same, and changed.
    """
    if type(module).__module__.startswith("torch.") or any(module.children()) or module.forward is None:
        return False
    if any(True for _ in module.parameters()) or any(True for _ in module.buffers()):
        return False
    tried = copy(module)
    tried.training = False
    values = torch.linspace(-3, 3, 64)
    try:
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            plain = tried.forward(values.clone())
            turned = tried.forward(values.flip(0)).flip(0)
            shaped = [tried.forward(values.reshape(shape)) for shape in SHAPES]
    except Exception:  # whatever a stranger's module raises, it is no activation
        return False
    whole = all(isinstance(out, Tensor) and out.numel() == 64 for out in (plain, turned, *shaped))
    if not whole or any(out.shape != shape for out, shape in zip(shaped, SHAPES, strict=True)):
        return False
    same = all(torch.allclose(plain, out.reshape(64)) for out in (turned, *shaped))
    return same and not torch.allclose(plain, values)
