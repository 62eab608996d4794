"""The gradient as an optimizer takes it, after clipping."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn


def norm_before_step(model: nn.Module, optimizers: Sequence[Any]) -> float | None:
    """The norm of the gradient that the optimizers are about to follow, a fused one's own factor taken out.

    None where they do not hold all parameters that have a gradient: it is then no part of the whole one's norm.
    """
    parameters = [p for each in optimizers for group in each.param_groups for p in group["params"]]
    held = {id(parameter) for parameter in parameters}
    if any(p.grad is not None and id(p) not in held for p in model.parameters()):
        return None
    gradients = [p.grad for p in parameters if p.grad is not None and p.grad.is_floating_point()]
    norm = float(torch.nn.utils.get_total_norm(gradients)) if gradients else 0.0
    fused = getattr(optimizers[0], "grad_scale", None)  # a fused optimizer unscales by itself
    return norm / (float(fused) if fused is not None else 1.0)
