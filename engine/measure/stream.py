"""The residual stream of a net while it runs: its size before and after each block, and what the block writes to it."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from engine.measure.statistics import Measure, as_units, readable
from engine.nets.residual import Residual

STREAM = {
    "stream_after": "root mean square of the residual stream behind the block that ends in this layer",
    "stream_before": "root mean square of the residual stream as it enters that block",
    "stream_written": "root mean square of what the block adds to the stream, over that of the stream before it",
}


class Stream:
    """Measures the residual blocks of a module, in passes with a graph while it is attached.

    layers: the module's weight layers in the order data flows, one of which ends each block.
    """

    def __init__(self, model: nn.Module, layers: Sequence[nn.Linear]) -> None:
        at = {layer: index for index, layer in enumerate(layers)}
        blocks = [module for module in model.modules() if isinstance(module, Residual)]
        self._ends = {block: at[_last_map(block)] for block in blocks}
        self._layers = len(layers)
        self._measure = Measure(compiled=all(map(readable, model.parameters())))
        self._seen: dict[int, tuple[float, float, float]] = {}
        self._behind: tuple[Tensor | None, float] = (None, math.nan)

    @property
    def blocks(self) -> int:
        """How many there are."""
        return len(self._ends)

    def attach(self) -> None:
        """Install the hooks."""
        for block in self._ends:
            block._forward_hooks[self._passed] = self._passed  # type: ignore[index]

    def detach(self) -> None:
        """Remove them; what was measured stays."""
        for block in self._ends:
            block._forward_hooks.pop(self._passed, None)  # type: ignore[call-overload]

    def table(self, preactivation_ms: np.ndarray) -> np.ndarray | None:
        """The last pass's columns of `STREAM`, [layers, 3], NaN where no block ends; None for a net without blocks.

        preactivation_ms: mean square of each layer's z, [layers]: a block writes the z of its last layer, scaled.
        """
        if not self._ends:
            return None
        self._behind = None, math.nan
        table = np.full((self._layers, len(STREAM)), math.nan)
        for layer, (after, before, scale) in self._seen.items():
            written = scale * math.sqrt(preactivation_ms[layer])
            table[layer] = after, before, written / before if before else math.nan
        return table

    def _passed(self, block: Residual, inputs: tuple[Tensor], output: Tensor) -> None:
        if not torch.is_grad_enabled():
            return
        (entered,), (behind, size) = inputs, self._behind
        before = size if entered is behind else self._size(entered)
        after = self._size(output)
        self._behind = output, after
        scale = block.scale.item() if isinstance(block.scale, Tensor) else block.scale
        self._seen[self._ends[block]] = after, before, abs(scale)

    def _size(self, x: Tensor) -> float:
        return self._measure.moments(as_units(x))[2]


def _last_map(block: Residual) -> nn.Linear:
    *_, last = (module for module in block.body.modules() if isinstance(module, nn.Linear))
    return last
