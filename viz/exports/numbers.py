"""A run's numbers as tables, read from its frames."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from viz.exports.tables import Table, stacked
from viz.live.run import Recording
from viz.wire import frame as wire
from viz.wire.table import SHARE, Column, columns

NATS = "nats"
STEPS = {
    "accuracy": SHARE,
    "gradient_norm": "dL/dw",
    "gradient_norm_clipped": "dL/dw",
    "lr": "1",
    "test_accuracy": SHARE,
}
"""What a frame says of the net as a whole -> its unit."""


def history(run: Recording) -> Table:
    """A row a step: the net as a whole, then each statistic of each layer, empty where only the head was kept."""
    frames = [wire.decode(frame, columns(run.hello)) for frame in run.frames]
    table: dict[str, Any] = {"step": np.array([frame["step"] for frame in frames])}
    for name, unit in {"loss": of_loss(run), "test_loss": of_loss(run), **STEPS}.items():
        table[f"{name} [{unit}]"] = np.array([frame[name] for frame in frames])
    names = layers(run)
    for column in columns(run.hello):
        each = stacked(statistic(frame, column, len(names)) for frame in frames)
        for label, values in zip(names, each, strict=True):
            table[f"{column.name}, layer {label} [{column.unit}]"] = values
    return table


def frame(run: Recording) -> Table:
    """A row a layer: all statistics of the newest frame that is whole."""
    whole = next(frame for frame in reversed(run.frames) if len(frame) > wire.HEAD.size)
    newest = wire.decode(whole, columns(run.hello))
    names = layers(run)
    table: dict[str, Any] = {"step": np.full(len(names), newest["step"]), "layer": names}
    for column in columns(run.hello):
        table[f"{column.name} [{column.unit}]"] = wire.values(newest, column)
    return table


def of_loss(run: Recording) -> str:
    """The unit of the loss."""
    return "1" if getattr(run.spec, "loss", None) == "mse" else NATS


def layers(run: Recording) -> Sequence[str]:
    """What the layers are called, in the order data flows."""
    return [row["name"] for row in run.hello["rows"]]


def statistic(frame: Mapping[str, Any], column: Column, count: int) -> np.ndarray:
    """One statistic of every layer [count] as float64; NaN where it was not kept."""
    return wire.values(frame, column) if frame["layers"] else np.full(count, np.nan)
