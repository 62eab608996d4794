"""How much of a recurrent cell's gates is flat: a fused cell shows none of them, so a step's are taken anew."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

SAMPLES = 64  # at most, whose gates are taken anew
SIGMOID, TANH = 4.17, 2.09  # sizes of an input from which on the slope is below 6 % of the steepest


def flat_gates(module: nn.RNNBase, inputs: tuple, output: Any) -> Iterator[tuple[str, float]]:
    """For each layer and direction the name of its hidden weights, and the share of its values that are flat in the
    gate that has least of them, at the last step of the sequences."""
    if not inputs or (module.mode == "RNN_RELU"):
        return
    hidden = output[1][0] if isinstance(output[1], tuple) else output[1]
    hidden = (hidden if hidden.dim() == 3 else hidden[:, None])[:, :SAMPLES].detach().float()
    ways = 2 if module.bidirectional else 1
    for layer in range(module.num_layers):
        for way in range(ways):
            name = f"l{layer}{'_reverse' if way else ''}"
            below = hidden[(layer - 1) * ways : layer * ways].transpose(0, 1).flatten(1)
            x = below if layer else _entering(module, inputs[0], backward=bool(way))
            yield f"weight_hh_{name}", _least_flat(module, name, x, hidden[layer * ways + way])


def _entering(module: nn.RNNBase, x: Tensor | PackedSequence, backward: bool) -> Tensor:
    """What enters at the last step, [samples, features]; of sequences of several lengths, at their first."""
    if isinstance(x, PackedSequence):
        return x.data[: min(int(x.batch_sizes[0]), SAMPLES)].detach().float()
    x = x if x.dim() == 3 else x[:, None]
    x = x.transpose(0, 1) if module.batch_first and x.shape[1] > 1 else x
    return x[0 if backward else -1][:SAMPLES].detach().float()


def _least_flat(module: nn.RNNBase, name: str, x: Tensor, h: Tensor) -> float:
    a, b = (
        part @ getattr(module, f"weight_{kind}_{name}").detach().float().T
        + (getattr(module, f"bias_{kind}_{name}").detach().float() if module.bias else 0.0)
        for kind, part in (("ih", x), ("hh", h))
    )
    limits: tuple[float, ...]
    match module.mode:
        case "LSTM":
            limits, gates = (SIGMOID, SIGMOID, TANH, SIGMOID), (a + b).chunk(4, 1)
        case "GRU":
            (reset, update, new), (of_reset, of_update, of_new) = a.chunk(3, 1), b.chunk(3, 1)
            opened = torch.sigmoid(reset + of_reset)
            limits, gates = (
                (SIGMOID, SIGMOID, TANH),
                (reset + of_reset, update + of_update, new + opened * of_new),
            )
        case _:
            limits, gates = (TANH,), (a + b,)
    shares = [(gate.abs() > limit).float().mean() for gate, limit in zip(gates, limits, strict=True)]
    return torch.stack(shares).min().item()
