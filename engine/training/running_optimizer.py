"""The optimizer of a running net: built for a spec, changed without forgetting, carried from one process to another."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from engine.spec import RunSpec
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.schedules import SCHEDULES


def build_optimizer(spec: RunSpec, parameters: Sequence[Tensor]) -> torch.optim.Optimizer:
    """The spec's optimizer over a net's parameters, all of them in one call where that changes no bit."""
    entry = OPTIMIZERS[spec.optimizer]
    optimizer = entry.build(parameters, spec.lr, **spec.optimizer_options)
    if entry.at_once(spec.optimizer_options):
        for group in optimizer.param_groups:
            group["foreach"] = True
    return optimizer


def rate_of(spec: RunSpec, steps: int) -> float:
    """The learning rate of the step that follows on so many: the schedule's, over a warmup its share of that."""
    rate = SCHEDULES[spec.schedule].rate(spec.lr, steps, spec.schedule_steps, **spec.schedule_options)
    return rate * min(1.0, (steps + 1) / spec.warmup) if spec.warmup else rate


def keep_pace(optimizer: torch.optim.Optimizer, spec: RunSpec, steps: int) -> None:
    """Give the optimizer the rate of its next step."""
    for group in optimizer.param_groups:
        group["lr"] = rate_of(spec, steps)


def change_options(optimizer: torch.optim.Optimizer, spec: RunSpec) -> None:
    """Go on with the spec's rate and options, of the same optimizer; what it has learned stays."""
    (group,) = optimizer.param_groups
    (fresh,) = build_optimizer(spec, group["params"]).param_groups
    group.update({name: value for name, value in fresh.items() if name != "params"})
    _complete_state(optimizer, spec)


def _complete_state(optimizer: torch.optim.Optimizer, spec: RunSpec) -> None:
    """The buffers that options switched on mid-run need (amsgrad, centered, momentum), at zero as at the first step."""
    example = torch.zeros(1, requires_grad=True)
    example.grad = torch.zeros(1)
    fresh = build_optimizer(spec, [example])
    fresh.step()
    for parameter, state in optimizer.state.items():
        for name in fresh.state[example].keys() - state.keys() if state else ():
            state[name] = torch.zeros_like(parameter)


def learned(optimizer: torch.optim.Optimizer, parameters: Sequence[Tensor]) -> list[dict[str, Any]]:
    """What the optimizer keeps of each parameter (velocity, moments, step count); {} before the first step."""
    return [optimizer.state.get(parameter, {}) for parameter in parameters]


def recall(
    optimizer: torch.optim.Optimizer, parameters: Sequence[Tensor], states: Sequence[dict[str, Any]]
) -> None:
    """Go on from what was `learned` elsewhere, to the bit."""
    for parameter, state in zip(parameters, states, strict=True):
        # optimizer.load_state_dict would cast scalars to the parameters' type, and NAdam's next step with them
        optimizer.state[parameter] = state
