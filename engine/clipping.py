"""Gradient clipping by value and by norm: torch's own, guarded against norms that float32 cannot hold."""

from collections.abc import Iterable

from torch import Tensor
from torch.nn.utils import clip_grad_value_, clip_grads_with_norm_, get_total_norm

CLIPPING = ("none", "value", "norm")


def gradient_norm(parameters: Iterable[Tensor]) -> Tensor:
    """The 2-norm of all gradients together, a scalar; in float64 where float32 would overflow to inf.

    NaN or inf if and only if some gradient is (in float64 nets: or if the norm is beyond 1e308).
    """
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = get_total_norm(gradients)
    return norm if norm.isfinite() else get_total_norm([g.double() for g in gradients])


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
