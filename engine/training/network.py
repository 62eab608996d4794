"""From a RunSpec to a real `nn.Module`: its blocks, each as a module, in a sequence."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from functools import singledispatch
from types import MappingProxyType

import torch
from torch import nn

from engine.spec import RunSpec, blocks
from engine.tables.activations import ACTIVATIONS
from engine.tables.initializers import INITIALIZERS


class Network(nn.Sequential):
    """`linear1 [norm1] activation1 [norm1] [dropout1] linear2 ... output [norm_output]`, in the order data flows.

    Weights and biases are drawn from `generator` alone, in that order, so equal seeds give equal nets.
    """

    def __init__(self, spec: RunSpec, features: int, classes: int, generator: torch.Generator):
        net = list(blocks.network(spec, features, classes))
        super().__init__(assemble(net))
        self._made_of = spec, features, classes
        for block in net:
            if isinstance(block, blocks.Linear):
                linear = self.get_submodule(block.name)
                assert isinstance(linear, nn.Linear)
                draw(block, linear, generator)
        for norm in self.norms():
            norm.momentum = spec.batch_norm_momentum
        self.to(device=spec.device, dtype=getattr(torch, spec.dtype))

    def linears(self) -> list[nn.Linear]:
        """The weight layers in the order data flows, the output layer last."""
        return [module for module in self if isinstance(module, nn.Linear)]

    def norms(self) -> list[nn.BatchNorm1d]:
        """The batch norm layers in the order data flows."""
        return [module for module in self if isinstance(module, nn.BatchNorm1d)]

    def set_dropout(self, p: float) -> None:
        """Drop each hidden output with probability p from now on; 0 takes the dropout modules out."""
        spec, features, classes = self._made_of
        net = blocks.network(spec.replace(dropout=p), features, classes)
        modules = assemble(net, dict(self.named_children()))
        for name in list(self._modules):
            del self._modules[name]
        for name, module in modules.items():
            self.add_module(name, module)


def assemble(
    net: Iterable[blocks.Block], kept: Mapping[str, nn.Module] = MappingProxyType({})
) -> OrderedDict[str, nn.Module]:
    """The blocks as modules, weights not yet drawn; those that are kept by name stay, but for dropout."""
    return OrderedDict(
        (block.name, kept[block.name])
        if block.name in kept and not isinstance(block, blocks.Dropout)
        else (block.name, build(block))
        for block in net
    )


@singledispatch
def build(block: blocks.Block) -> nn.Module:
    """The module of one block."""
    raise TypeError(f"no module for {block}")


@build.register
def _(block: blocks.Linear) -> nn.Module:
    return linear(block.fan_in, block.fan_out * block.pieces)


@build.register
def _(block: blocks.Activation) -> nn.Module:
    return ACTIVATIONS[block.kind].build(**block.options)


@build.register
def _(block: blocks.BatchNorm) -> nn.Module:
    # PyTorch's momentum: new running = (1 - momentum) old + momentum batch (Ioffe and Szegedy, 2015)
    return nn.BatchNorm1d(block.width)


@build.register
def _(block: blocks.Dropout) -> nn.Module:
    return nn.Dropout(block.p)


def linear(fan_in: int, fan_out: int) -> nn.Linear:
    """A linear map whose weights are still to be drawn (torch's own draw would touch the global generator)."""
    return nn.utils.skip_init(nn.Linear, fan_in, fan_out)


def draw(block: blocks.Linear, linear: nn.Linear, generator: torch.Generator) -> None:
    """Draw the weights; each of maxout's pieces is a matrix of its own, so its fan_out is the layer's width."""
    entry = INITIALIZERS[block.initializer]
    pieces = zip(linear.weight.chunk(block.pieces), linear.bias.chunk(block.pieces), strict=True)
    with torch.no_grad():
        for weight, bias in pieces:
            entry.fill(weight, bias, generator, **block.options)
