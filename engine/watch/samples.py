"""Samples of what passed through the layers, for who draws it."""

from collections.abc import Sequence

from torch import Tensor

from engine.watch.names import numbered
from engine.watch.quiet import Quiet

Samples = list[Tensor | None]


def samples(probe: Quiet, layers: Sequence[str], scale: float) -> tuple[Samples, Samples]:
    """Those of the last pass by layer; those of a pass that nothing came back through are none."""
    kept = list(zip(probe.outputs, probe.gradients, strict=True))
    names = numbered(probe.paths) if len(kept) == len(probe.paths) else []
    seen: dict[str, tuple[Tensor, Tensor | None]] = dict(zip(names, kept, strict=False))
    pairs = [seen.get(name, (None, None)) for name in layers]
    return [out for out, _ in pairs], [None if g is None else g / scale for _, g in pairs]
