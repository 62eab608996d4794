"""The first module that a program trains, found without a word from it, and watched from its second step on."""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook

from viz.own_net.watching import ShownWatch


class First:
    """Waits for an optimizer's first step; `lab` is then the watch of the module that it trained.

    That is the outermost module that ran since and holds most of the optimizer's parameters. make: (model, optimizer)
    -> the watch. Nothing is left in torch once it is found.
    """

    def __init__(self, make: Callable[[nn.Module, Optimizer], ShownWatch]) -> None:
        self.make = make
        self.lab: ShownWatch | None = None
        self._ran: WeakKeyDictionary[nn.Module, None] = WeakKeyDictionary()
        self._inner: WeakSet[nn.Module] = WeakSet()
        self._handles: list[Any] = []

    def attach(self) -> None:
        """Begin to wait."""
        self._handles = [
            register_module_forward_pre_hook(self._runs),
            register_optimizer_step_post_hook(self._stepped),
        ]

    def detach(self) -> None:
        """Wait no more; what was found is watched on."""
        while self._handles:
            self._handles.pop().remove()

    def _runs(self, module: nn.Module, _: Any) -> None:
        if torch.compiler.is_compiling() or not torch.is_grad_enabled() or module in self._inner:
            return
        if module not in self._ran:
            self._ran[module] = None
            self._inner.update(each for each in module.modules() if each is not module)

    def _stepped(self, optimizer: Optimizer, *_: Any) -> None:
        if self.lab is not None:
            return
        trained = {id(p) for group in optimizer.param_groups for p in group["params"]}
        held = {module: sum(id(p) in trained for p in module.parameters()) for module in self._ran}
        model = max(held, key=lambda module: held[module], default=None)
        if model is None or not held[model]:
            return
        self.detach()
        self.lab = self.make(model, optimizer)
        self.lab.attach()
