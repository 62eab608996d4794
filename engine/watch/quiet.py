"""A probe in somebody else's training: whatever goes wrong in it is kept, and never raised there."""

import functools
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from engine.measure.histograms import fair_share
from engine.measure.probe import Probe


def quiet(hook: Callable) -> Callable:
    """The hook, which once something went wrong does nothing any more."""

    @functools.wraps(hook)
    def quietly(self: Any, *args: Any) -> Any:
        if self.trouble is not None:
            return None
        try:
            return hook(self, *args)
        except Exception as error:
            self.trouble = error
            return None

    return quietly


class Quiet(Probe):
    """A `Probe` that keeps no tensors, and has its first error as `trouble`.

    shows: whether as many of each tensor's first samples are copied as a histogram is counted from. bends: goes to hold
    each layer's path -> where its activation is flat.
    """

    trouble: Exception | None = None

    def __init__(
        self,
        model: nn.Module,
        shows: bool,
        heard: dict[str, Callable[[tuple, dict], None]],
        bends: dict[str, tuple[float, float]],
    ) -> None:
        super().__init__(model, keeps=False, heard=heard)
        self.shows, self._limit = shows, fair_share(len(self._maps))
        self.bends = bends

    def _is_activation_of_layer(self, module: nn.Module, inputs: tuple) -> bool:
        if found := super()._is_activation_of_layer(module, inputs):
            self.bends[self._ran[self._at].path] = self._flatness(module)
        return found

    def _kept(self, units: Tensor) -> Tensor:
        return units.detach()[: max(1, self._limit // max(units.shape[1], 1))].clone()

    _forget = quiet(Probe._forget)  # type: ignore[assignment]
    _weight_layer = quiet(Probe._weight_layer)
    _before = quiet(Probe._before)
    _after = quiet(Probe._after)
    _gradient = quiet(Probe._gradient)
    _recomputed = quiet(Probe._recomputed)
