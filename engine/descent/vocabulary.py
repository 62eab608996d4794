"""What a typed function may be made of: its constants and its functions, with their torch and their LaTeX."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from engine.tables.later import Later

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = Later("torch")  # the server shows this table and computes nothing

CONSTANTS = {"pi": (math.pi, r"\pi"), "e": (math.e, "e")}


@dataclass(frozen=True)
class Function:
    """A function by its name. arguments: how many it takes, at least and at most; latex: with {} for them."""

    apply: Callable[..., Tensor]
    latex: str
    words: str
    arguments: tuple[int, int] = (1, 1)


def steady(kernel: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The same elementwise kernel, but rounding alike for one number and for a thousand.

    Torch takes numbers eight at a time and finishes the rest one by one; for a few functions the two ways differ in
    the last bit. Filled up to whole vectors nothing is left over, forward or backward.
    """

    def apply(*given: Tensor) -> Tensor:
        given = torch.broadcast_tensors(*given)
        count = given[0].numel()
        filled = [
            torch.nn.functional.pad(t.reshape(-1), (0, -count % 64), value=1.0).contiguous() for t in given
        ]
        return kernel(*filled)[:count].reshape(given[0].shape)

    return apply


UPRIGHT = 1e300
"""Stands for an infinite slope, so that 0 times it is 0: at a cone's tip the root is upright and what is under it
level, and of all the slopes of the tip 0 is the one that counts. `Surface.slope` makes infinite what is left of it."""


def upright_at_0(f: Callable[[Tensor], Tensor], least: float = 0.0) -> Callable[[Tensor], Tensor]:
    """The same function, but 0 with a slope of `UPRIGHT` from 0 up to `least`."""

    def apply(u: Tensor) -> Tensor:
        tip = (u >= 0) & (u <= least)
        return torch.where(tip, (u - u.detach()) * UPRIGHT, f(torch.where(tip, 1, u)))

    return apply


def root(u: Tensor) -> Tensor:
    """sqrt(u); where u is too small to matter it is 0."""
    return upright_at_0(torch.sqrt, torch.finfo(u.dtype).tiny ** 0.5)(u)


def power(base: Tensor | float, exponent: Tensor | float) -> Tensor:
    """base ** exponent; at least one of them is a tensor."""
    if isinstance(exponent, float):
        assert torch.is_tensor(base)
        if exponent == 0.5:
            return root(base)
        if 0 < exponent < 1:
            return upright_at_0(steady(lambda t: t**exponent))(base)
        rounds_alike = exponent in (-1, 0, 1, 2, 3)
        return (base**exponent) if rounds_alike else steady(lambda t: t**exponent)(base)
    return steady(torch.pow)(torch.as_tensor(base, dtype=exponent.dtype), exponent)


def _step(u: Tensor) -> Tensor:
    return (u >= 0).to(u.dtype)


def _hypot(u: Tensor, v: Tensor) -> Tensor:
    return root(u**2 + v**2)


def _several(pairwise: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda *given: reduce(pairwise, given)


def _call(name: str) -> str:
    return rf"\{name}\left({{}}\right)"


FUNCTIONS = {
    "sin": Function(torch.sin, _call("sin"), "sine, in radians"),
    "cos": Function(torch.cos, _call("cos"), "cosine"),
    "tan": Function(torch.tan, _call("tan"), "tangent"),
    "asin": Function(torch.asin, _call("arcsin"), "inverse sine, from -1 to 1"),
    "acos": Function(torch.acos, _call("arccos"), "inverse cosine, from -1 to 1"),
    "atan": Function(torch.atan, _call("arctan"), "inverse tangent"),
    "sinh": Function(steady(torch.sinh), _call("sinh"), "hyperbolic sine"),
    "cosh": Function(steady(torch.cosh), _call("cosh"), "hyperbolic cosine"),
    "tanh": Function(torch.tanh, _call("tanh"), "hyperbolic tangent"),
    "exp": Function(torch.exp, "e^{{{}}}", "exponential"),
    "log": Function(torch.log, _call("ln"), "natural logarithm, of positive numbers"),
    "ln": Function(torch.log, _call("ln"), "natural logarithm, of positive numbers"),
    "log2": Function(torch.log2, r"\log_2\left({}\right)", "logarithm to base 2"),
    "log10": Function(torch.log10, r"\log_{{10}}\left({}\right)", "logarithm to base 10"),
    "sqrt": Function(root, r"\sqrt{{{}}}", "square root, of numbers from 0"),
    "abs": Function(torch.abs, r"\left|{}\right|", "absolute value"),
    "hypot": Function(_hypot, r"\operatorname{{hypot}}\left({}\right)", "sqrt(u**2 + v**2)", (2, 2)),
    "pow": Function(power, "{{{}}}^{{{}}}", "u**v", (2, 2)),
    "atan2": Function(
        steady(torch.atan2), r"\operatorname{{atan2}}\left({}\right)", "angle of (v, u)", (2, 2)
    ),
    "mod": Function(
        steady(torch.remainder), r"\operatorname{{mod}}\left({}\right)", "u - v floor(u/v)", (2, 2)
    ),
    "floor": Function(torch.floor, r"\left\lfloor {} \right\rfloor", "largest whole number up to u"),
    "ceil": Function(torch.ceil, r"\left\lceil {} \right\rceil", "smallest whole number from u"),
    "sign": Function(torch.sign, r"\operatorname{{sign}}\left({}\right)", "-1, 0 or 1"),
    "step": Function(_step, r"\operatorname{{step}}\left({}\right)", "1 from 0 on, else 0"),
    "min": Function(_several(torch.minimum), _call("min"), "smallest", (2, 8)),
    "max": Function(_several(torch.maximum), _call("max"), "largest", (2, 8)),
    "relu": Function(torch.relu, r"\operatorname{{relu}}\left({}\right)", "max(0, u)"),
    "sigmoid": Function(steady(torch.sigmoid), r"\sigma\left({}\right)", "1 / (1 + exp(-u))"),
    "softplus": Function(
        steady(torch.nn.functional.softplus), r"\operatorname{{softplus}}\left({}\right)", "log(1 + exp(u))"
    ),
    "erf": Function(torch.erf, r"\operatorname{{erf}}\left({}\right)", "error function"),
}
"""name -> Function."""
