"""From a RunSpec to a real `nn.Module`: its blocks, each as a module, in a sequence."""

from collections import OrderedDict
from collections.abc import Iterable
from functools import singledispatch
from typing import Any

import torch
from torch import Tensor, nn

from engine.nets.chain import Chain
from engine.nets.losses import Loss
from engine.nets.residual import LinearPath, Residual
from engine.nets.undrawn import undrawn
from engine.spec import RunSpec, blocks
from engine.tables.activations import ACTIVATIONS
from engine.tables.initializers import INITIALIZERS

WEIGHTS = blocks.Linear | blocks.LinearPath


class Network(Chain):
    """`linear1 [norm1] activation1 [norm1] [dropout1] linear2 ... output [norm_output] [answer]`, as data flows.

    With a residual path hidden layers stand in blocks, `block1.body.linear1`.

    Weights and biases are drawn from `generator` alone, in that order, so equal seeds give equal nets. `loss` is what
    its outputs are held against; classes: 0 where targets are numbers.
    """

    def __init__(self, spec: RunSpec, features: int, classes: int, generator: torch.Generator):
        net = list(blocks.network(spec, features, classes))
        super().__init__(assemble(net))
        self._made_of = spec, features, classes
        ahead = spec.loss == "bce" and spec.output == "sigmoid"
        self.loss = Loss(spec.loss, classes, blocks.outputs(spec, classes), ahead)
        drawn = (block for block in blocks.flat(net) if isinstance(block, WEIGHTS))
        for block, module in zip(drawn, self._all(nn.Linear, LinearPath), strict=True):
            draw(block, module, generator)
        for norm in self.norms():
            norm.momentum = spec.batch_norm_momentum
        self.to(device=spec.device, dtype=getattr(torch, spec.dtype))

    def forward(self, x: Tensor, ahead: bool = False) -> Any:
        """The outputs [samples, outputs]; with `ahead` also, before them, what enters the last module."""
        if not ahead:
            return super().forward(x)
        *body, last = self
        x = self.turn(body, x)
        return x, self.turn([last], x)

    def linears(self) -> list[nn.Linear]:
        """The weight layers in the order data flows, the output layer last."""
        return self._all(nn.Linear)

    def norms(self) -> list[nn.BatchNorm1d]:
        """The batch norm layers in the order data flows."""
        return self._all(nn.BatchNorm1d)

    def _all(self, *kinds: type[nn.Module]) -> list[Any]:
        return [module for module in self.modules() if isinstance(module, kinds)]

    def set_dropout(self, p: float) -> None:
        """Drop each hidden output with probability p from now on; 0 takes the dropout modules out."""
        spec, features, classes = self._made_of
        net = blocks.network(spec.replace(dropout=p), features, classes)
        modules = assemble(net, self)
        for name in list(self._modules):
            del self._modules[name]
        for name, module in modules.items():
            self.add_module(name, module)


def assemble(net: Iterable[blocks.Block], old: nn.Module | None = None) -> OrderedDict[str, nn.Module]:
    """The blocks as modules by name, weights not yet drawn; those of an old net stay, but for dropout."""
    return OrderedDict((block.name, _kept(block, getattr(old, block.name, None))) for block in net)


def _kept(block: blocks.Block, old: nn.Module | None) -> nn.Module:
    if old is None or isinstance(block, blocks.Dropout):
        return build(block)
    if isinstance(block, blocks.Residual):
        old.body = Chain(assemble(block.body, old.get_submodule("body")))
    return old


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
def _(block: blocks.Softmax) -> nn.Module:
    return nn.Softmax(dim=-1)


@build.register
def _(block: blocks.BatchNorm) -> nn.Module:
    # PyTorch's momentum: new running = (1 - momentum) old + momentum batch (Ioffe and Szegedy, 2015)
    return nn.BatchNorm1d(block.width)


@build.register
def _(block: blocks.LayerNorm) -> nn.Module:
    return {"layer": nn.LayerNorm, "rms": nn.RMSNorm}[block.kind](block.width, eps=1e-5)


@build.register
def _(block: blocks.Dropout) -> nn.Module:
    return nn.Dropout(block.p)


@build.register
def _(block: blocks.LinearPath) -> nn.Module:
    return LinearPath(block.fan_in, block.fan_out)


@build.register
def _(block: blocks.Residual) -> nn.Module:
    path = build(block.path) if block.path else None
    return Residual(Chain(assemble(block.body)), path, block.scale, block.learned)


def linear(fan_in: int, fan_out: int) -> nn.Linear:
    """A linear map whose weights are still to be drawn."""
    return undrawn(nn.Linear, fan_in, fan_out)


@singledispatch
def draw(block: blocks.Block, module: nn.Module, generator: torch.Generator) -> None:
    """Draw the weights of a block's module; nothing else moves the generator."""
    raise TypeError(f"no weights in {block}")


@draw.register
def _(block: blocks.Linear, module: nn.Linear, generator: torch.Generator) -> None:
    # each of maxout's pieces is a matrix of its own, so its fan_out is the layer's width
    entry = INITIALIZERS[block.initializer]
    pieces = zip(module.weight.chunk(block.pieces), module.bias.chunk(block.pieces), strict=True)
    with torch.no_grad():
        for weight, bias in pieces:
            entry.fill(weight, bias, generator, **block.options)
            if block.gain != 1.0:
                weight.mul_(block.gain)
            if block.bias == "normal":
                nn.init.normal_(bias, generator=generator)
            elif block.bias != "default":
                nn.init.constant_(bias, block.bias_mean)


@draw.register
def _(block: blocks.LinearPath, module: LinearPath, generator: torch.Generator) -> None:
    nn.init.normal_(module.weight, std=block.fan_in**-0.5, generator=generator)
