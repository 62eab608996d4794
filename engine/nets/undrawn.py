"""A module of torch's whose weights are still to be drawn: torch's own draw would touch the global generator."""

from typing import Any, TypeVar

import torch
from torch import nn

Undrawn = TypeVar("Undrawn", bound=nn.Module)


def undrawn(kind: type[Undrawn], *sizes: int, **options: Any) -> Undrawn:
    """A module of this kind with room for its weights and nothing in it, on the CPU.

    As `nn.utils.skip_init`, which imports sympy for it (`to_empty` of what lies on "meta"): a third of a second.
    """
    module = kind(*sizes, device="meta", **options)
    for name, there in list(module.named_parameters(recurse=False)):
        setattr(module, name, nn.Parameter(torch.empty(there.shape, dtype=there.dtype)))
    return module
