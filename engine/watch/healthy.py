"""A net's health as a test of one's own."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from inspect import signature
from itertools import cycle, islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from engine.tables.errors import SpecError
from engine.tables.option import Whole
from engine.watch.watching import Watch


def assert_healthy(
    model: nn.Module,
    loss_of: Callable[..., Tensor],
    batches: Iterable[Any],
    optimizer: Optimizer | None = None,
    steps: int = 50,
) -> None:
    """Train a model for some steps and raise AssertionError with what is found wrong with it, if anything.

    loss_of: (model, batch) -> a scalar, or (batch) -> one. batches: as many as there are, again from the first where
    that is fewer than `steps`. optimizer: Adam at 1e-3 where none is given. Afterwards parameters, buffers, gradients,
    modes, the optimizer and torch's random state are what they were. Raises SpecError where there is no batch.
    """
    __tracebackhide__ = True  # what pytest shows of a failure is then the test's line and the findings
    steps = Whole("steps", 50, 1, 10**6).check(steps)
    kept = list(islice(iter(batches), steps))
    if not kept:
        raise SpecError("batches must hold at least one batch; got none")
    given = () if len(signature(loss_of).parameters) == 1 else (model,)
    used = optimizer if optimizer is not None else torch.optim.Adam(model.parameters(), 1e-3)
    with _as_it_was(model, used), Watch(model, used, every=1) as lab:
        for batch in islice(cycle(kept), steps):
            used.zero_grad()
            loss_of(*given, batch).backward()
            used.step()
        found = lab.findings()
    if lab.trouble:
        raise AssertionError(f"{type(model).__name__} could not be watched: {lab.trouble}")
    if found:
        told = "\n".join(f"- {each.words}\n  {each.advice}".replace("\n", "\n  ") for each in found)
        raise AssertionError(f"{type(model).__name__} is not healthy after {steps} steps:\n{told}")


@contextmanager
def _as_it_was(model: nn.Module, optimizer: Optimizer) -> Iterator[None]:
    """Within, a model may be trained; afterwards all of it is what it was."""
    state, options = deepcopy(model.state_dict()), deepcopy(optimizer.state_dict())
    gradients = [(parameter, parameter.grad) for parameter in model.parameters()]
    modes = [(module, module.training) for module in model.modules()]
    random = torch.get_rng_state()
    for parameter, _ in gradients:
        parameter.grad = None
    try:
        yield
    finally:
        model.load_state_dict(state)
        optimizer.load_state_dict(options)
        for parameter, gradient in gradients:
            parameter.grad = gradient
        for module, mode in modes:
            module.training = mode
        torch.set_rng_state(random)
