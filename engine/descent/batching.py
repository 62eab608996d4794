"""When one torch.optim optimizer may stand for many: over many points, and over many learning rates.

Neither is looked up in a list. Both are tried out on a few points for a few steps, and hold only if every bit does.
"""

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby, product
from typing import Any

import torch
from torch import Tensor
from torch.optim.lr_scheduler import LRScheduler
from torch.overrides import TorchFunctionMode

from engine.descent.runs import Run

_STEPS = 20
_known: dict[Any, bool] = {}


class Rates(float):
    """A learning rate for every coordinate, in the place where torch.optim expects one number.

    It goes through an optimizer's arithmetic to torch's doors, where `PerCoordinate` receives it. As a plain number
    it is NaN, so that any use beyond these shows.
    """

    each: Tensor

    def __new__(cls, each: Tensor) -> "Rates":
        rates = super().__new__(cls, "nan")
        rates.each = each
        return rates

    def __neg__(self) -> "Rates":
        return Rates(-self.each)

    def __mul__(self, factor: float) -> "Rates":
        return Rates(self.each * factor)

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> "Rates":
        return Rates(self.each / divisor)

    def __rsub__(self, number: float) -> "Rates":
        return Rates(number - self.each)


class PerCoordinate(TorchFunctionMode):
    """Calls that got `Rates` for a number become the calls with a tensor that round the same."""

    def __torch_function__(
        self, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        kwargs = kwargs or {}
        scalar = kwargs.get("alpha", kwargs.get("value"))
        if isinstance(scalar, Rates) and func is Tensor.add_:
            return args[0].addcmul_(args[1], scalar.each)
        if isinstance(scalar, Rates) and func is Tensor.addcdiv_:
            return args[0].add_(scalar.each * args[1] / args[2])
        if func is torch.full_like and isinstance(args[1], Rates):
            return args[1].each.clone()
        return func(*(arg.each if isinstance(arg, Rates) else arg for arg in args), **kwargs)


def mover(
    runs: Sequence[Run], points: Tensor, gradients: Tensor, steps: int
) -> tuple[torch.optim.Optimizer, Callable[[], Any], LRScheduler | None]:
    """One optimizer for all of the points, which belong to the runs in equal parts; its step; and its scheduler.

    Points and gradients are flat, so that one point alone is a parameter of shape [2].
    """
    points.grad = gradients
    optimizer = runs[0].build([points])
    scheduler = runs[0].scheduler(optimizer, steps)
    step = (
        optimizer.step if scheduler else bare_step(optimizer)
    )  # a scheduler wants to see its optimizer's steps
    if len(runs) == 1:
        return optimizer, step, scheduler
    lrs = torch.tensor([run.lr for run in runs], dtype=points.dtype)
    for group in optimizer.param_groups:
        group["lr"] = Rates(lrs.repeat_interleave(len(points) // len(runs)))

    def step_per_coordinate() -> None:
        with PerCoordinate():
            step()

    return optimizer, step_per_coordinate, scheduler


def bare_step(optimizer: torch.optim.Optimizer) -> Callable[[], Any]:
    """The optimizer's step, to be called where gradients are off.

    Torch's own come without the profiler's entry around them, which takes as long as a small step itself.
    """
    torchs = type(optimizer).__module__.startswith("torch.optim.")
    if not torchs or optimizer._optimizer_step_pre_hooks or optimizer._optimizer_step_post_hooks:
        return optimizer.step
    for group in optimizer.param_groups:
        group["foreach"] = False  # what torch decides at every step anyway for a single tensor on the CPU
    return partial(inspect.unwrap(type(optimizer).step), optimizer)


def shared(runs: Sequence[Run]) -> Iterator[slice]:
    """The parts of runs that get one optimizer each: those in a row that differ in lr alone, if they may."""
    k = 0
    for _, alike in groupby(runs, key=lambda run: run.apart_from_lr):
        size = len(list(alike))
        together = size if size > 1 and takes_rates(runs[k]) else 1
        yield from (slice(i, i + together) for i in range(k, k + size, together))
        k += size


def separable(run: Run) -> bool:
    """Whether one optimizer over a batch of points moves each of them as it would alone, bit for bit."""
    run = replace(run, schedule={"name": "constant"})
    return _remembered("points", run, lambda: _moves_alike([run], points=3))


def takes_rates(run: Run) -> bool:
    """Whether one optimizer with a rate for every run moves each as an optimizer of its own would, bit for bit."""
    if run.schedule["name"] != "constant":  # torch's schedulers know one rate for each group of parameters
        return False
    runs = [replace(run, lr=lr) for lr in (0.37, 0.01, 2.3)]
    return _remembered("rates", run, lambda: _moves_alike(runs, points=1))


def _remembered(question: str, run: Run, answer: Callable[[], bool]) -> bool:
    key = (question, run.apart_from_lr)
    if key not in _known:
        if len(_known) >= 1000:
            _known.clear()
        _known[key] = answer()
    return _known[key]


@torch.no_grad()
def _moves_alike(runs: Sequence[Run], points: int) -> bool:
    """So many points of each run, all together and each alone, on gradients of many sizes."""
    draw = torch.Generator().manual_seed(0)
    shape = (_STEPS, len(runs), 2, points)
    gradients = torch.logspace(-3, 3, math.prod(shape), dtype=torch.float64).reshape(shape)
    gradients *= torch.randn(shape, generator=draw, dtype=torch.float64)
    gradients[7] = 0
    together = torch.randn(shape[1:], generator=draw, dtype=torch.float64)
    seen = torch.empty_like(together)

    alone, moves = together.clone(), []
    for k, i in product(range(len(runs)), range(points)):
        moves.append(mover([runs[k]], alone[k, :, i], seen[k, :, i], _STEPS)[1])
    try:
        moves.append(mover(runs, together.view(-1), seen.view(-1), _STEPS)[1])
        for gradient in gradients:
            seen.copy_(gradient)
            for move in moves:
                move()
    except (TypeError, ValueError, RuntimeError):  # it uses lr or the shape in a way of its own
        return False
    return torch.equal(together, alone)
