"""torch without its compiler, which no process of the server needs: importing it takes as long as half of torch.

Every optimizer of torch imports `torch._dynamo` to tell it to keep out of its steps. This stands in its place.
"""

import importlib
import sys
import threading
from types import ModuleType
from typing import Any

import torch

NAME = "torch._dynamo"


class Uncompiled(ModuleType):
    """What an optimizer asks of the compiler where nothing is compiled; the real one comes for whatever else."""

    def __init__(self) -> None:
        super().__init__(NAME)
        self._lock = threading.RLock()

    def disable(self, fn: Any = None, recursive: bool = True, **_: Any) -> Any:
        """The function as it is: nobody compiles it."""
        return fn if fn is not None else lambda function: function

    def graph_break(self, msg: str = "") -> None:
        """Nothing to break."""

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            if sys.modules.get(NAME) is self:
                del sys.modules[NAME]
            return getattr(importlib.import_module(NAME), name)


def keep_out() -> None:
    """From now on the compiler is imported when something is to be compiled, and not before."""
    if NAME not in sys.modules:
        sys.modules[NAME] = torch._dynamo = Uncompiled()  # type: ignore[assignment]
