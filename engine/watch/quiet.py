"""A probe in somebody else's training: whatever goes wrong in it is kept, and never raised there."""

import functools
from collections.abc import Callable
from typing import Any

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
    """A `Probe` that keeps no tensors, and has its first error as `trouble`."""

    trouble: Exception | None = None

    _forget = quiet(Probe._forget)  # type: ignore[assignment]
    _weight_layer = quiet(Probe._weight_layer)
    _before = quiet(Probe._before)
    _after = quiet(Probe._after)
    _gradient = quiet(Probe._gradient)
    _recomputed = quiet(Probe._recomputed)
