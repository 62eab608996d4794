"""What a training loop does besides calling modules: it starts backward passes, and may scale its loss.

Torch tells nobody of either, so `torch.autograd.backward` and two methods of `torch.amp.GradScaler` are wrapped while
somebody listens; they are what they were when the last one leaves.
"""

import functools
from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from engine.measure.passes import within_backward


class Listener(Protocol):
    """Who wants to hear of a model's training."""

    model: nn.Module

    def after_backward(self, loss: Tensor) -> None:
        """A backward pass that began at this tensor has come back."""

    def after_scaling(self, scaler: Any) -> None:
        """A scaler has scaled a loss."""

    def after_scaler_step(self, optimizer: Any) -> None:
        """A scaler was asked for a step of this optimizer, and made it or skipped it."""


_listeners: list[Listener] = []
_plain: dict[tuple[Any, str], Callable] = {}


def listen(listener: Listener) -> None:
    """From now on tell this listener too."""
    _listeners.append(listener)
    if _plain:
        return
    _follow(torch.autograd, "backward", _came_back)
    _follow(torch.amp.GradScaler, "scale", _scaled)
    _follow(torch.amp.GradScaler, "step", _stepped)


def hears_of(model: nn.Module) -> bool:
    """Whether somebody listens for this very model."""
    return any(each.model is model for each in _listeners)


def leave(listener: Listener) -> None:
    """Tell this one no more."""
    if listener in _listeners:
        _listeners.remove(listener)
    while _plain and not _listeners:
        (owner, name), plain = _plain.popitem()
        setattr(owner, name, plain)


def after_closure(
    args: tuple, options: dict[str, Any], then: Callable[[], None]
) -> tuple[tuple, dict] | None:
    """What to give an optimizer's step for `then` to follow its closure, which runs the passes; None without one."""
    closure = options.get("closure", args[1] if len(args) > 1 else None)
    if not callable(closure):
        return None

    def followed(*given: Any) -> Any:
        loss = closure(*given)
        then()
        return loss

    return (args[0], followed, *args[2:]), {name: each for name, each in options.items() if name != "closure"}


def _follow(owner: Any, name: str, then: Callable) -> None:
    """After each call of the owner's function, call another one with the same arguments."""
    plain = _plain[owner, name] = getattr(owner, name)

    @functools.wraps(plain)
    def followed(*args: Any, **kwargs: Any) -> Any:
        out = plain(*args, **kwargs)
        if not torch.compiler.is_compiling():
            then(*args, **kwargs)
        return out

    setattr(owner, name, followed)


def _came_back(tensors: Any = None, *_: Any, **__: Any) -> None:
    if within_backward():  # checkpointing's own
        return
    first = tensors if isinstance(tensors, Tensor) else next(iter(tensors or ()), None)
    if isinstance(first, Tensor):
        for each in list(_listeners):
            each.after_backward(first)


def _scaled(scaler: Any, *_: Any, **__: Any) -> None:
    for each in list(_listeners):
        each.after_scaling(scaler)


def _stepped(scaler: Any, optimizer: Any = None, *_: Any, **__: Any) -> None:
    for each in list(_listeners):
        each.after_scaler_step(optimizer)
