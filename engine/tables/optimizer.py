"""What an entry of the table of optimizers says: its class of torch.optim, its limits, its rule to be filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.tables.registry import Entry

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class Limit(NamedTuple):
    """The rate below which an optimizer converges along a curvature c: in words, with mu its momentum; and computed.

    lr: (complete options, c) -> the rate; None where nothing converges. L2 weight decay adds to the curvature and
    dampening takes its share of the gradient (Polyak, 1964; Lessard, Recht and Packard, 2016).
    """

    words: str
    lr: Callable[[Mapping[str, Any], float], float | None]


def _curvature(options: Mapping[str, Any], curvature: float) -> float:
    """What stands for the curvature: NaN where nothing converges."""
    mu = options["momentum"]
    kept = 1 - options.get("dampening", 0) if mu else 1.0
    curvature = (curvature + options["weight_decay"]) * kept
    return curvature if curvature > 0 and mu < 1 else float("nan")


def _heavy_ball(options: Mapping[str, Any], curvature: float) -> float | None:
    c, mu = _curvature(options, curvature), options["momentum"]
    return 2 * (1 + mu) / c if c > 0 else None


def _nesterov(options: Mapping[str, Any], curvature: float) -> float | None:
    c, mu = _curvature(options, curvature), options["momentum"]
    return 2 * (1 + mu) / ((1 + 2 * mu) * c) if c > 0 else None


def _sgd(options: Mapping[str, Any], curvature: float) -> float | None:
    return (_nesterov if options["nesterov"] else _heavy_ball)(options, curvature)


PLAIN = Limit("2/c", _sgd)
HEAVY_BALL = Limit("2(1 + mu)/c", _heavy_ball)
NESTEROV = Limit("2(1 + mu)/((1 + 2 mu) c)", _nesterov)


@dataclass(frozen=True, kw_only=True)
class Optimizer(Entry):
    """An optimizer: `cls` of torch.optim with the arguments `fixed` by its name. default_lr: a rate to start with.

    lines: its rule, to be filled with one step's numbers. In braces may stand t (counted from 1), lr, g (the gradient
    as it arrives), x, x_next, change (x_next - x), the options (betas as beta1 and beta2), the state after the step by
    the names of engine/descent/inside.py, and the state before it as name_before. "a = b" is an equation.
    limit: below which rate it converges, where theory knows it. On a surface it starts with `of_limit` of that, or
    with a rate that is `of_window` of the window's diagonal: Adam and its family make steps of about the rate.
    own_rounding: with all parameters in one call (foreach) torch orders its arithmetic differently.
    """

    cls: Callable[..., torch.optim.Optimizer]
    default_lr: float
    lines: tuple[str, ...]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    limit: Limit | None = None
    of_limit: float = 1.0
    of_window: float = 0.015
    own_rounding: bool = False

    @property
    def rescales(self) -> bool:
        """Whether its steps are about as long as the rate, whatever the gradient's size: those without a limit."""
        return self.limit is None

    def stable_lr(self, curvature: float, **options: Any) -> float | None:
        """The rate below which it converges along a curvature; None where none is known, or nothing converges."""
        return self.limit.lr(self.complete(options), curvature) if self.limit else None

    def at_once(self, options: Mapping[str, Any]) -> bool:
        """Whether all parameters may go through torch in one call (foreach) without a bit changed.

        For Nesterov's momentum torch's one call would overwrite the gradients.
        """
        return not self.own_rounding and not ({**options, **self.fixed}).get("nesterov")

    def build(self, params: Iterable[Tensor], lr: float, **options: Any) -> torch.optim.Optimizer:
        """The torch.optim optimizer over params. Never fused: on CPU that is wrong for strided gradients."""
        return self.cls(params, lr=lr, **self.fixed, **self.complete(options))
