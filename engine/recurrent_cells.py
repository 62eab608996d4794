"""Recurrent cells: what may be asked of a recurrent net, and torch.nn's cells with their weights drawn."""

from typing import Any

import torch
from torch import Tensor, nn

from engine.registry import Option, SpecError

CELLS = ("rnn", "lstm", "gru")
SETTINGS = {
    option.name: option
    for option in (
        Option("cell", "rnn", kind="choice", choices=CELLS, words="What carries the state from step to step."),
        Option(
            "activation", "tanh", kind="choice", choices=("tanh", "relu", "identity"),
            words="Of the plain RNN; LSTM and GRU have their own.",
        ),
        Option(
            "matrix", "orthogonal", kind="choice", choices=("default", "orthogonal", "gaussian", "identity"),
            words="The recurrent matrix (each gate's, for LSTM and GRU) before it is scaled; default: torch's own "
            "start of the whole cell, with no radius.",
        ),
        Option("radius", 1.0, 0.0, 100.0, words="Spectral radius of the recurrent matrix.", log=True),
        Option("steps", 100, 1, 2000, kind="int", words="Time steps from the first input to the loss."),
        Option("width", 64, 1, 1024, kind="int", words="Units of the state."),
        Option("inputs", 8, 1, 1024, kind="int", words="Numbers in each input x_t ~ N(0, 1)."),
        Option("noise", 0.5, 0.0, 100.0, words="Standard deviation of what the inputs add to each unit."),
        Option("forget_bias", 0.0, -20.0, 20.0, words="The LSTM's forget bias, or the GRU's update bias."),
        Option("start", 0.0, -100.0, 100.0, words="Value of every unit of the first state."),
        Option("batch_size", 16, 1, 4096, kind="int", words="Sequences."),
        Option("seed", 0, 0, 2**32 - 1, kind="int", words="Fixes weights and inputs."),
        Option("dtype", "float64", kind="choice", choices=("float64", "float32"), words="Precision."),
    )
}  # fmt: skip
"""The arguments of `unroll`: name -> Option."""

GATES = {"rnn": 1, "lstm": 4, "gru": 3}
"""Recurrent matrices in each cell, stacked in `weight_hh`; torch's order: LSTM input, forget, cell, output; GRU reset,
update, new."""

KEEPING = 1  # which of them keeps the old state, in both: LSTM's forget gate, GRU's update gate


def complete(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with their defaults, each checked; SpecError for one that is not allowed or does not exist."""
    for name in settings:
        if name not in SETTINGS:
            raise SpecError(
                f"{name!r} is no setting of a recurrent net; there are {', '.join(SETTINGS)}.", field=name
            )
    return {name: option.check(settings.get(name, option.default)) for name, option in SETTINGS.items()}


def drawn_later(cell: type[nn.Module], inputs: int, width: int, **options: Any) -> nn.Module:
    """A cell whose weights are still to be drawn (torch's own draw would touch the global generator)."""
    return nn.utils.skip_init(cell, inputs, width, dtype=torch.float64, **options)


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


def build(settings: dict[str, Any], generator: torch.Generator) -> nn.Module:
    """The cell of complete settings with its weights drawn; nothing else moves the generator.

    Either torch's own start, or a matrix of the radius for each gate, weights of the inputs whose sum has the
    standard deviation `noise`, and no biases but the forget gate's.
    """
    inputs, width, kind = settings["inputs"], settings["width"], settings["cell"]
    if kind == "rnn" and settings["activation"] == "identity":
        cell: nn.Module = IdentityCell(inputs, width)
    elif kind == "rnn":
        cell = drawn_later(nn.RNNCell, inputs, width, nonlinearity=settings["activation"])
    else:
        cell = drawn_later({"lstm": nn.LSTMCell, "gru": nn.GRUCell}[kind], inputs, width)
    with torch.no_grad():
        _draw(cell, settings, generator)
        _remember(cell, kind, settings["forget_bias"])
    return cell


def _draw(cell: nn.Module, settings: dict[str, Any], generator: torch.Generator) -> None:
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


def _remember(cell: nn.Module, kind: str, bias: float) -> None:
    """Set the bias of the gate that keeps the old state; torch adds two, so one is set and the other cleared."""
    if kind == "rnn" or bias == 0:
        return
    for parameter, value in ((cell.bias_ih, bias), (cell.bias_hh, 0.0)):
        parameter.chunk(GATES[kind])[KEEPING].fill_(value)
