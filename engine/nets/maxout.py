"""Maxout as a module: the largest of several linear pieces."""

from torch import Tensor, nn


class Maxout(nn.Module):
    """The largest of `pieces` linear maps: [batch, pieces * width] -> [batch, width].

    The maps lie one after another: piece k is columns k * width to (k + 1) * width.
    """

    def __init__(self, pieces: int = 2) -> None:
        super().__init__()
        self.pieces = pieces

    def forward(self, z: Tensor) -> Tensor:
        return z.view(len(z), self.pieces, -1).amax(1)

    def extra_repr(self) -> str:
        return f"pieces={self.pieces}"
