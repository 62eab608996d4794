"""A sequence of modules whose turns somebody else may take for a while."""

from collections.abc import Iterable

from torch import Tensor, nn


class Chain(nn.Sequential):
    """As `nn.Sequential`. Who measures the modules puts a `turn` of their own in the place of ours: to hear of each
    module by a hook takes longer than to call it."""

    def forward(self, x: Tensor) -> Tensor:
        return self.turn(self, x)

    @staticmethod
    def turn(modules: Iterable[nn.Module], x: Tensor) -> Tensor:
        """What leaves the last of the modules when x enters the first."""
        for module in modules:
            x = module(x)
        return x
