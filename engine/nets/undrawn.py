"""A module of torch's whose weights are still to be drawn: torch's own draw would touch the global generator."""

from typing import Any, TypeVar

from torch import nn
from torch.overrides import TorchFunctionMode

Undrawn = TypeVar("Undrawn", bound=nn.Module)


class _Undrawn(TorchFunctionMode):
    """While it is on, what torch's initializers are given stays as it is."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        draws = getattr(func, "__module__", "") == "torch.nn.init"
        return None if draws else func(*args, **(kwargs or {}))


def undrawn(kind: type[Undrawn], *sizes: int, **options: Any) -> Undrawn:
    """A module of this kind with room for its weights and nothing in it, on the CPU.

    As `nn.utils.skip_init`, which imports sympy for it (`to_empty` of what lies on "meta"): a third of a second.
    """
    with _Undrawn():
        return kind(*sizes, **options)
