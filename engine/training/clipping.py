"""Gradient clipping by value and by norm: torch's own, guarded against norms that float32 cannot hold."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn.utils import clip_grad_value_, clip_grads_with_norm_, get_total_norm

SMALLEST = {
    torch.float32: 1e-17,
    torch.float64: 1e-148,
}  # a norm below has lost digits: its squares are subnormal


def gradient_norm(parameters: Iterable[Tensor]) -> Tensor:
    """The 2-norm of all gradients together, a scalar; where the squares under- or overflow, in float64 and scaled to 1.

    NaN or inf if and only if some gradient is, or if the norm itself is beyond float64.
    """
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = get_total_norm(gradients)
    if SMALLEST[norm.dtype] < norm < math.inf:
        return norm
    largest = get_total_norm(gradients, norm_type=math.inf).double()
    return largest * get_total_norm([g / largest for g in map(Tensor.double, gradients)]) if largest else norm


def clip(parameters: Iterable[Tensor], how: str, threshold: float, norm: Tensor) -> None:
    """Clip the gradients in place.

    "value": each coordinate to [-threshold, threshold], which turns the gradient. "norm": all of them scaled by
    threshold / (norm + 1e-6) where that is below 1, which keeps the direction (Pascanu, Mikolov and Bengio, 2013).
    `norm` is `gradient_norm` now and must be finite: one inf would silently zero all the others.
    """
    parameters = [p for p in parameters if p.grad is not None]
    if how == "value":
        clip_grad_value_(parameters, threshold)
    elif how == "norm":
        clip_grads_with_norm_(parameters, threshold, norm)
