"""Recurrent cells: what may be asked of a recurrent net, and torch.nn's cells with their weights drawn."""

from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from engine.nets.undrawn import undrawn
from engine.spec.unrolled import GATES

KEEPING = 1  # which of them keeps the old state, in both: LSTM's forget gate, GRU's update gate
Drawn = TypeVar("Drawn", bound=nn.Module)


def drawn_later(cell: type[Drawn], inputs: int, width: int, **options: Any) -> Drawn:
    """A cell whose weights are still to be drawn."""
    return undrawn(cell, inputs, width, dtype=torch.float64, **options)


class IdentityCell(nn.Module):
    """A linear RNN, h' = W h + U x + b, with the parameters of nn.RNNCell."""

    def __init__(self, inputs: int, width: int):
        super().__init__()
        cell = drawn_later(nn.RNNCell, inputs, width)
        self.weight_ih, self.weight_hh = cell.weight_ih, cell.weight_hh
        self.bias_ih, self.bias_hh = cell.bias_ih, cell.bias_hh

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        return nn.functional.linear(x, self.weight_ih, self.bias_ih) + nn.functional.linear(
            h, self.weight_hh, self.bias_hh
        )


Cell = IdentityCell | nn.RNNCellBase


def build(settings: dict[str, Any], generator: torch.Generator) -> Cell:
    """The cell of complete settings with its weights drawn; nothing else moves the generator.

    Either torch's own start, or a matrix of the radius for each gate, weights of the inputs whose sum has the
    standard deviation `noise`, and no biases but the forget gate's.
    """
    inputs, width, kind = settings["inputs"], settings["width"], settings["cell"]
    if kind == "rnn" and settings["activation"] == "identity":
        cell: Cell = IdentityCell(inputs, width)
    elif kind == "rnn":
        cell = drawn_later(nn.RNNCell, inputs, width, nonlinearity=settings["activation"])
    else:
        cell = drawn_later({"lstm": nn.LSTMCell, "gru": nn.GRUCell}[kind], inputs, width)
    with torch.no_grad():
        _draw(cell, settings, generator)
        _remember(cell, kind, settings["forget_bias"])
    return cell


def _draw(cell: Cell, settings: dict[str, Any], generator: torch.Generator) -> None:
    width = settings["width"]
    if settings["matrix"] == "default":
        for parameter in cell.parameters():
            parameter.uniform_(-(width**-0.5), width**-0.5, generator=generator)
        return
    nn.init.normal_(cell.weight_ih, 0, settings["noise"] / settings["inputs"] ** 0.5, generator)
    for block in cell.weight_hh.chunk(GATES[settings["cell"]]):
        block.copy_(_matrix(settings["matrix"], width, generator) * settings["radius"])
    for bias in (cell.bias_ih, cell.bias_hh):
        nn.init.zeros_(bias)


def _matrix(kind: str, width: int, generator: torch.Generator) -> Tensor:
    square = torch.eye(width, dtype=torch.float64)
    if kind == "orthogonal":
        nn.init.orthogonal_(square, generator=generator)
    elif kind == "gaussian":
        nn.init.normal_(square, 0, width**-0.5, generator)
    return square


def _remember(cell: Cell, kind: str, bias: float) -> None:
    """Set the bias of the gate that keeps the old state; torch adds two, so one is set and the other cleared."""
    if kind == "rnn" or bias == 0:
        return
    for parameter, value in ((cell.bias_ih, bias), (cell.bias_hh, 0.0)):
        parameter.chunk(GATES[kind])[KEEPING].fill_(value)
