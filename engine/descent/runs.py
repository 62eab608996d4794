"""A run: which optimizer walks, at what learning rate, with which options and schedule."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor
from torch.optim.lr_scheduler import LRScheduler

from engine.tables.errors import SpecError
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.option import Number
from engine.tables.schedules import SCHEDULES
from engine.tables.wording import nearest

_LR = Number("lr", 0.1, 0.0)
_KEYS = ("optimizer", "lr", "options", "schedule")
_EXAMPLE = '{"optimizer": "adam", "lr": 0.1}'

TorchOptimizer = Callable[..., torch.optim.Optimizer]


@dataclass(frozen=True)
class Run:
    """One optimizer of torch.optim with its settings, all of them checked.

    optimizer: a name of OPTIMIZERS, or a torch.optim.Optimizer class (or anything that builds one from
    (params, lr=..., **options)).
    """

    optimizer: str | TorchOptimizer
    lr: float
    options: Mapping[str, Any] = field(default_factory=dict)
    schedule: Mapping[str, Any] = field(default_factory=lambda: {"name": "constant"})

    @classmethod
    def of(cls, given: "Mapping[str, Any] | Run", place: str = "run") -> "Run":
        """The run that a mapping like {"optimizer": "adam", "lr": 0.1} describes; SpecError if it is none."""
        if isinstance(given, Run):
            return given
        if not isinstance(given, Mapping) or "optimizer" not in given:
            raise SpecError(
                "{run}: {value!r} is no run; give a dict such as {example}.",
                field="runs",
                value=given,
                run=place,
                example=_EXAMPLE,
            )
        for key in given:
            if key not in _KEYS:
                raise SpecError(
                    "{run}: a run has no {value!r}; it has {allowed}.",
                    field="runs",
                    value=key,
                    allowed=tuple(_KEYS),
                    hint=nearest(key, _KEYS),
                    run=place,
                )
        make = cls._named if isinstance(given["optimizer"], str) else cls._built
        run = make(given["optimizer"], given.get("lr"), given.get("options") or {}, given.get("schedule"))
        run._refuse_what_cannot_walk()
        return run

    @classmethod
    def _named(cls, name: str, lr: Any, options: Any, schedule: Any) -> "Run":
        entry = OPTIMIZERS[name]
        lr = entry.default_lr if lr is None else _LR.check(lr)
        return cls(name, lr, entry.complete(options), _complete_schedule(schedule))

    @classmethod
    def _built(cls, build: Any, lr: Any, options: Any, schedule: Any) -> "Run":
        if not callable(build):
            raise SpecError(
                "{place}: {value!r} is no name ({allowed}) and no torch.optim class.",
                field="optimizer",
                value=build,
                allowed=tuple(OPTIMIZERS),
            )
        return cls(
            build, _LR.check(_LR.default if lr is None else lr), dict(options), _complete_schedule(schedule)
        )

    @property
    def label(self) -> str:
        """What people call it."""
        if isinstance(self.optimizer, str):
            return OPTIMIZERS[self.optimizer].label
        return getattr(self.optimizer, "__name__", type(self.optimizer).__name__)

    def at(self, lr: float) -> "Run":
        """The same run at another learning rate."""
        return replace(self, lr=_LR.check(lr))

    @property
    def apart_from_lr(self) -> tuple[Any, ...]:
        """What two runs share when only their learning rates differ."""
        texts = [
            tuple(sorted((name, repr(v)) for name, v in d.items())) for d in (self.options, self.schedule)
        ]
        return (self.optimizer, *texts)

    def build(self, params: list[Tensor]) -> torch.optim.Optimizer:
        """A new optimizer over params."""
        if isinstance(self.optimizer, str):
            return OPTIMIZERS[self.optimizer].build(params, self.lr, **self.options)
        return self.optimizer(params, lr=self.lr, **self.options)

    def scheduler(self, optimizer: torch.optim.Optimizer, steps: int) -> LRScheduler | None:
        """The schedule of that optimizer's learning rate over so many steps; None for a constant rate."""
        options = {key: value for key, value in self.schedule.items() if key != "name"}
        return SCHEDULES[self.schedule["name"]].build(optimizer, steps, **options)

    def _refuse_what_cannot_walk(self) -> None:
        point = torch.zeros(2, dtype=torch.float64)
        with self.walking():
            step = self.build([point]).step
        closure = inspect.signature(step).parameters.get("closure")
        if closure is not None and closure.default is inspect.Parameter.empty:
            raise SpecError(
                "{place}: {label} evaluates the surface many times in one step (it needs a closure); "
                "in a race every step is one gradient.",
                field="optimizer",
                value=self.optimizer,
                label=self.label,
            )
        point.grad = torch.ones(2, dtype=torch.float64)
        with self.walking():
            step()

    @contextmanager
    def walking(self) -> Iterator[None]:
        """Within, whatever the optimizer raises is a SpecError that says why it cannot walk."""
        try:
            yield
        except Exception as error:
            raise SpecError(
                "{place}: {label} cannot walk a point (x, y): {why}",
                field="optimizer",
                value=self.optimizer,
                label=self.label,
                why=str(error),
            ) from error


def _complete_schedule(schedule: Any) -> dict[str, Any]:
    schedule = {"name": schedule} if isinstance(schedule, str) else schedule or {"name": "constant"}
    if not isinstance(schedule, Mapping) or "name" not in schedule:
        raise SpecError(
            '{place}: {value!r} is no schedule; give a dict such as {{"name": "cosine"}}.',
            field="schedule",
            value=schedule,
        )
    options = {key: value for key, value in schedule.items() if key != "name"}
    return {"name": schedule["name"], **SCHEDULES[schedule["name"]].complete(options, "schedule")}
