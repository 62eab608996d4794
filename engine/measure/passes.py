"""What kind of pass it is that runs: forward or a recomputation, compiled or not, and what it shows."""

import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence


def within_backward() -> bool:
    """Whether autograd is at work: a forward pass now is a recomputation (torch's checkpointing asks the same)."""
    return torch._C._current_graph_task_id() >= 0


def shown(output: Any) -> Tensor | None:
    """The tensor of real numbers that a module puts out, the first of several; None where there is none."""
    if isinstance(output, tuple | list) and output:
        output = output[0]
    if isinstance(output, PackedSequence):
        output = output.data
    return output if isinstance(output, Tensor) and output.is_floating_point() and output.dim() else None


def eagerly() -> Callable[[], None]:
    """From now on nothing runs compiled, so that hooks are heard; returns what puts an end to that."""
    if "torch._dynamo.eval_frame" not in sys.modules:
        return lambda: None
    stance = torch.compiler.set_stance("force_eager")
    return lambda: stance.__exit__(None, None, None)


def release(tensors: list, layer: int) -> None:
    """Let go of a layer's tensor."""
    if layer < len(tensors):
        tensors[layer] = None
