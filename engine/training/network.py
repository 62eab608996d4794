"""From a RunSpec to a real `nn.Module`: a multilayer perceptron, a plain sequence of named modules."""

from collections import OrderedDict
from itertools import pairwise

import torch
from torch import nn

from engine.spec import RunSpec
from engine.tables.activations import ACTIVATIONS
from engine.tables.initializers import INITIALIZERS


class Network(nn.Sequential):
    """`linear1 [norm1] activation1 [norm1] [dropout1] linear2 ... output [norm_output]`, in the order data flows.

    Weights and biases are drawn from `generator` alone, in that order, so equal seeds give equal nets.
    """

    def __init__(self, spec: RunSpec, features: int, classes: int, generator: torch.Generator):
        super().__init__(assemble(spec, features, classes))
        for linear in self.linears():
            initialize(linear, spec, generator, self.pieces(spec) if linear is not self.output else 1)
        self.to(device=spec.device, dtype=getattr(torch, spec.dtype))

    @staticmethod
    def pieces(spec: RunSpec) -> int:
        """Linear maps behind each unit: 1, or maxout's pieces."""
        return ACTIVATIONS[spec.activation].pieces(spec.activation_options)

    def linears(self) -> list[nn.Linear]:
        """The weight layers in the order data flows, the output layer last."""
        return [module for module in self if isinstance(module, nn.Linear)]

    def norms(self) -> list[nn.BatchNorm1d]:
        """The batch norm layers in the order data flows."""
        return [module for module in self if isinstance(module, nn.BatchNorm1d)]

    def set_dropout(self, p: float) -> None:
        """Drop each hidden output with probability p from now on; 0 takes the dropout modules out."""
        kept = OrderedDict(
            (name, child) for name, child in self.named_children() if not isinstance(child, nn.Dropout)
        )
        for name in list(self._modules):
            del self._modules[name]
        for name, child in with_dropout(kept, p).items():
            self.add_module(name, child)


def assemble(spec: RunSpec, features: int, classes: int) -> OrderedDict[str, nn.Module]:
    """The named modules of a spec's network, weights not yet drawn."""
    activation = ACTIVATIONS[spec.activation]
    pieces = Network.pieces(spec)
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    if spec.batch_norm_input:
        modules["norm_input"] = batch_norm(features, spec)
    for k, (fan_in, width) in enumerate(pairwise((features, *spec.hidden)), start=1):
        modules[f"linear{k}"] = linear(fan_in, width * pieces)
        if spec.batch_norm == "before":
            modules[f"norm{k}"] = batch_norm(width * pieces, spec)
        modules[f"activation{k}"] = activation.build(**spec.activation_options)
        if spec.batch_norm == "after":
            modules[f"norm{k}"] = batch_norm(width, spec)
    modules["output"] = linear((features, *spec.hidden)[-1], classes)
    if spec.batch_norm_output:
        modules["norm_output"] = batch_norm(classes, spec)
    return with_dropout(modules, spec.dropout)


def with_dropout(modules: OrderedDict[str, nn.Module], p: float) -> OrderedDict[str, nn.Module]:
    """The same modules with a dropout layer ahead of each weight layer but the first, if p > 0."""
    if p == 0:
        return modules
    dropped: OrderedDict[str, nn.Module] = OrderedDict()
    hidden = 0
    for name, module in modules.items():
        if isinstance(module, nn.Linear):
            if hidden:
                dropped[f"dropout{hidden}"] = nn.Dropout(p)
            hidden += 1
        dropped[name] = module
    return dropped


def linear(fan_in: int, fan_out: int) -> nn.Linear:
    """A linear map whose weights are still to be drawn (torch's own draw would touch the global generator)."""
    return nn.utils.skip_init(nn.Linear, fan_in, fan_out)


def batch_norm(width: int, spec: RunSpec) -> nn.BatchNorm1d:
    """PyTorch's batch norm: new running = (1 - momentum) old + momentum batch (Ioffe and Szegedy, 2015)."""
    return nn.BatchNorm1d(width, momentum=spec.batch_norm_momentum)


def initialize(linear: nn.Linear, spec: RunSpec, generator: torch.Generator, pieces: int) -> None:
    """Draw the weights; each of maxout's pieces is a matrix of its own, so its fan_out is the layer's width."""
    entry = INITIALIZERS[spec.initializer]
    with torch.no_grad():
        for weight, bias in zip(linear.weight.chunk(pieces), linear.bias.chunk(pieces), strict=True):
            entry.fill(weight, bias, generator, **spec.initializer_options)
