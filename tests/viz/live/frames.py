"""Hand-made frames with no symmetry and no ordinary number left out."""

from types import SimpleNamespace

import numpy as np

from viz.wire import frame as wire
from viz.wire import table


def named(kind: str) -> list[str]:
    """The columns of a kind."""
    return [column.name for column in table.COLUMNS if column.kind == kind]


def frame(layers: int = 11, step: int = 732, seed: int = 5, loss: float = 2.3025) -> SimpleNamespace:
    """A frame whose statistics span 1e-200 to 1e30, with one exact zero and one NaN."""
    draw = np.random.default_rng(seed)
    positive = {name: 10.0 ** draw.uniform(-200, 30, layers) for name in named("log10")}
    positive["gradient_var"][0] = 0.0
    positive["update_ratio"][-1] = np.nan
    return SimpleNamespace(
        step=step, loss=loss, accuracy=0.1171875, finite=True,
        gradient_norm=3.5e-12, gradient_norm_clipped=1e-12,
        **{name: draw.normal(size=layers) * 1e-60 for name in named("mean")},
        **{name: draw.uniform(size=layers) for name in named("fraction")},
        **positive,
    )  # fmt: skip


def histogram_set(layers: int = 11, linear: bool = False, seed: int = 7) -> SimpleNamespace:
    """Lopsided counts over axes of every scale; the first layer holds nothing but zeros."""
    draw = np.random.default_rng(seed)
    threshold = 10.0 ** draw.uniform(-200, 3, layers)
    low, high = -threshold * 10.0 ** draw.uniform(0, 30, layers), threshold * draw.uniform(0.2, 1, layers)
    counts = draw.integers(0, 5000, (layers, wire.BINS))
    counts[:, 40:] //= 1000
    if layers > 1:
        low[0] = high[0] = threshold[0] = counts[0] = 0
    return SimpleNamespace(
        low=low,
        high=high,
        threshold=threshold * (not linear),
        counts=counts,
        zeros=draw.integers(0, 900, layers),
        underflow=draw.integers(0, 90, layers),
        nan=draw.integers(0, 9, layers),
        inf=draw.integers(0, 3, layers),
    )


def histograms(layers: int = 11, linear: bool = False) -> SimpleNamespace:
    return SimpleNamespace(
        activations=histogram_set(layers, linear, 7), gradients=histogram_set(layers, linear, 8)
    )


def encoded(
    layers: int = 11, step: int = 732, epoch: int = 3, linear: bool = False, loss: float = 2.3025
) -> bytes:
    return wire.encode(
        frame(layers, step, loss=loss),
        histograms(layers, linear),
        epoch=epoch,
        lr=0.03,
        weight_norm=8.25,
        test=(2.25, 0.125, step // 2),
        steps_per_second=412.5,
        frames_per_second=9.75,
        made_at=1.7e9,
    )
