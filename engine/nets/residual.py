"""Modules of the residual path: a body beside its input, and the linear path where the two differ in width."""

import torch
from torch import Tensor, nn


class Residual(nn.Module):
    """x + scale * body(x), x taken through `path` where there is one (He et al. 2016).

    learned: the scale is a parameter; from 0 on this is ReZero (Bachlechner et al. 2020), at first the identity.
    """

    def __init__(
        self, body: nn.Module, path: nn.Module | None = None, scale: float = 1.0, learned: bool = False
    ) -> None:
        super().__init__()
        self.body, self.path = body, path
        self.scale = nn.Parameter(torch.tensor(float(scale))) if learned else scale

    def forward(self, x: Tensor) -> Tensor:
        return (x if self.path is None else self.path(x)) + self.scale * self.body(x)

    def extra_repr(self) -> str:
        return f"scale={'learned' if isinstance(self.scale, nn.Parameter) else f'{self.scale:.3g}'}"


class LinearPath(nn.Module):
    """A linear map of the path itself, [batch, fan_in] -> [batch, fan_out], without a bias.

    No `nn.Linear`: it stands beside the weight layers, and whoever looks at a net layer by layer passes it by.
    """

    def __init__(self, fan_in: int, fan_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(fan_out, fan_in))

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.linear(x, self.weight)

    def extra_repr(self) -> str:
        return f"{self.weight.shape[1]}, {self.weight.shape[0]}"
