"""The replay of a net that somebody else trained: what a `Watch` has seen, layer by layer."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np

from viz.replay.run import replay
from viz.wire import frame as wire
from viz.wire import table
from viz.words.language import language, say, speaking


class Columns(Protocol):
    """Columns by name, [frames] or [frames, layers]."""

    def __getitem__(self, name: str, /) -> np.ndarray:
        """A column."""


class History(Columns, Protocol):
    """Columns of so many frames."""

    def __len__(self) -> int:
        """Frames."""


class Watch(Protocol):
    """What of an `engine.Watch` is shown."""

    name: str
    layers: list[str]
    history: History
    steps: int

    def findings(self) -> list[Any]:
        """What is wrong now."""


def save(watch: Watch, path: Path) -> None:
    """Write the HTML file that plays what was watched, in the watch's language. WireError when nothing was."""
    with speaking(getattr(watch, "language", language())):
        path.write_text(page(watch), encoding="utf-8")


def page(watch: Watch) -> str:
    """The file's text."""
    history, layers = watch.history, list(watch.layers)
    if not len(history):
        raise wire.WireError("nothing was watched so far: a replay needs one training step at least")
    recorder = getattr(watch, "recorders", {}).get(".html")  # none where `viz` came after the watching began
    plainly = [encoded(history, row, len(layers)) for row in range(len(history))] if not recorder else []
    frames = recorder.frames() if recorder else plainly
    caption = _caption(watch)
    told, title = hello(layers, histograms=bool(recorder)), say("{net}, watched", net=watch.name)
    return replay(frames, told, verdicts(watch.findings()), title=title, caption=caption)


def _caption(watch: Watch) -> str:
    frames, layers, last = len(watch.history), len(watch.layers), int(watch.history["step"][-1])
    if watch.steps <= frames:
        return say("{layers} layers, {frames} frames", layers=layers, frames=frames)
    if last == watch.steps:
        said = "{layers} layers; of {steps} steps {frames} are here"
        return say(said, layers=layers, steps=watch.steps, frames=frames)
    said = (
        "{layers} layers; of {steps} steps {frames} are here, and of the last one the loss, beside the layers as they "
        "were at step {last}"
    )
    return say(said, layers=layers, steps=watch.steps, frames=frames, last=last)


def hello(layers: Iterable[str], epoch: int = 0, histograms: bool = True) -> dict[str, Any]:
    """What the canvas hears of a watched net before its frames; histograms: whether its layers' values are counted."""
    rows = table.told(map(table.Row, layers))
    return {"say": "hello", "epoch": epoch, **rows, "theory": None, "watched": True, "histograms": histograms}


def encoded(history: Columns, row: int, layers: int, epoch: int = 0) -> bytes:
    """One row of a history as a frame with empty histograms."""
    scalars = ("loss", "accuracy", "gradient_norm", "gradient_norm_clipped")
    frame = SimpleNamespace(
        step=int(history["step"][row]),
        finite=True,
        **{name: float(history[name][row]) for name in scalars},
        **{column.name: history[column.name][row] for column in table.COLUMNS},
    )
    none = np.zeros(layers)
    empty = SimpleNamespace(
        counts=np.zeros((layers, wire.BINS), int),
        **dict.fromkeys(("low", "high", "threshold"), none),
        **dict.fromkeys(("zeros", "underflow", "nan", "inf"), none.astype(int)),
    )
    none_counted = SimpleNamespace(activations=empty, gradients=empty)
    return wire.encode(frame, none_counted, epoch=epoch, lr=float(history["lr"][row]))


def verdicts(findings: list[Any]) -> list[tuple[int, Mapping[str, Any]]]:
    """What was found by each step at which something began to be wrong."""
    began = sorted({finding.began or 0 for finding in findings})
    return [
        (step, {"findings": [plain(each.to_dict()) for each in findings if (each.began or 0) <= step]})
        for step in began
    ]


def plain(value: Any) -> Any:
    """As JSON knows it: what is not finite is null."""
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value if isinstance(value, bool | int | str) or value is None else str(value)
