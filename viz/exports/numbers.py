"""A run's numbers as tables, read from its frames."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from viz.exports.tables import Table, stacked
from viz.live.run import Recording
from viz.wire import frame as wire

NATS, SHARE = "nats", "0 to 1"
STEPS = {
    "accuracy": SHARE,
    "gradient_norm": "dL/dw",
    "gradient_norm_clipped": "dL/dw",
    "lr": "1",
    "test_accuracy": SHARE,
}
"""What a frame says of the net as a whole -> its unit."""

LAYERS = {
    "activation_mean": "a",
    "activation_var": "a^2",
    "preactivation_mean": "z",
    "preactivation_var": "z^2",
    "signal_var": "z^2",
    "gradient_var": "(dL/dz)^2",
    "gradient_rms": "dL/dz",
    "weight_var": "w^2",
    "weight_gradient_var": "(dL/dw)^2",
    "update_ratio": "norm of change / norm of weights",
    "saturated": SHARE,
    "dead": SHARE,
    "nonfinite": SHARE,
}
"""What it says of each layer -> its unit."""


def history(run: Recording) -> Table:
    """A row a step: the net as a whole, then each statistic of each layer, empty where only the head was kept."""
    frames = [wire.decode(frame) for frame in run.frames]
    table: dict[str, Any] = {"step": np.array([frame["step"] for frame in frames])}
    for name, unit in {"loss": of_loss(run), "test_loss": of_loss(run), **STEPS}.items():
        table[f"{name} [{unit}]"] = np.array([frame[name] for frame in frames])
    names = layers(run)
    for name, unit in LAYERS.items():
        for label, column in zip(
            names, stacked(statistic(frame, name, len(names)) for frame in frames), strict=True
        ):
            table[f"{name}, layer {label} [{unit}]"] = column
    return table


def frame(run: Recording) -> Table:
    """A row a layer: all statistics of the newest frame that is whole."""
    newest = wire.decode(next(frame for frame in reversed(run.frames) if len(frame) > wire.HEAD.size))
    names = layers(run)
    table: dict[str, Any] = {"step": np.full(len(names), newest["step"]), "layer": names}
    for name, unit in LAYERS.items():
        table[f"{name} [{unit}]"] = statistic(newest, name, len(names))
    return table


def of_loss(run: Recording) -> str:
    """The unit of the loss."""
    return "1" if getattr(run.spec, "loss", None) == "mse" else NATS


def layers(run: Recording) -> Sequence[str]:
    """What the layers are called, in the order data flows."""
    return list(run.hello["labels"])


def statistic(frame: Mapping[str, Any], name: str, count: int) -> np.ndarray:
    """One statistic of every layer [count] as float64; NaN where it was not kept."""
    stats = frame["stats"]
    if not frame["layers"]:
        return np.full(count, np.nan)
    return (
        10.0 ** stats[f"{name}_log10"].astype(float)
        if f"{name}_log10" in stats
        else stats[name].astype(float)
    )
