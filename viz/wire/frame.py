"""One frame as bytes: everything a browser draws at one training step, self-contained. `frame.js` is its twin.

Little-endian: a header, the columns of `table.COLUMNS` (and, with a residual path, of `table.STREAM`) one after the
other, each `[layers]`, then one record for each layer's activation histogram and one for its gradients. 2.9 KB for ten
hidden layers.

Non-negative quantities that span many decades travel as log10: -inf is an exact 0, NaN says there is none.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from viz.wire.table import COLUMNS, STREAM, Column

MAGIC = b"GF"
VERSION = 1
BINS = 64
FINITE, LINEAR = 1, 2
NO_STEP = 2**32 - 1

HEADER = {
    "magic": "2s", "version": "B", "flags": "B", "layers": "H", "bins": "H", "epoch": "I", "step": "I",
    "loss": "d", "gradient_norm": "d", "gradient_norm_clipped": "d", "test_loss": "d", "lr": "d",
    "made_at": "d", "accuracy": "f", "test_accuracy": "f", "test_step": "I",
    "steps_per_second": "f", "frames_per_second": "f", "weight_norm": "f",
}  # fmt: skip
HEAD = struct.Struct("<" + "".join(HEADER.values()))
EPOCH_AT = struct.calcsize("<2sBBHH")  # what stands before it

TYPES: Mapping[str, np.dtype[Any]] = {
    "mean": np.dtype("<f8"),
    "log10": np.dtype("<f4"),
    "fraction": np.dtype("<f4"),
}

COUNTS = ("peak", "total", "zeros", "underflow", "nan", "inf")
# The axis is kept as `low` and `high` in units of 10**unit_log10, on the symmetric-log scale unless LINEAR:
# four bytes each then hold the ends of a float64 network's 1e-200 as well as those of its 1e+200.
RECORD = np.dtype(
    [(name, "<f4") for name in ("low", "high", "unit_log10")]
    + [(name, "<u4") for name in COUNTS]
    + [("codes", "u1", (BINS,))]
)


class WireError(ValueError):
    """Bytes that are no frame of this version; a template and its values, for who says it in another language."""

    def __init__(self, template: str, **values: Any) -> None:
        super().__init__(template.format(**values) if values else template)
        self.template, self.values = template, values


class HistogramSet(Protocol):
    """What `encode` reads of a set of histograms: arrays over `[layers]`, and `counts [layers, 64]`."""

    low: NDArray
    high: NDArray
    threshold: NDArray
    counts: NDArray
    zeros: NDArray
    underflow: NDArray
    nan: NDArray
    inf: NDArray


def size(layers: int, columns: Sequence[Column] = COLUMNS) -> int:
    """Bytes of a frame with this many weight layers."""
    per_layer = sum(TYPES[column.kind].itemsize for column in columns) + 2 * RECORD.itemsize
    return HEAD.size + layers * per_layer


def encode(
    frame: Any,
    histograms: Any,
    *,
    epoch: int = 0,
    lr: float = np.nan,
    test: tuple[float, float, int] | None = None,
    steps_per_second: float = np.nan,
    frames_per_second: float = np.nan,
    weight_norm: float = np.nan,
    made_at: float = 0.0,
) -> bytes:
    """A `Frame` and its `Histograms` as `size(layers)` bytes.

    `test` is (loss, accuracy, step) of the last evaluation on the test set; `made_at` is Unix time, seconds;
    `weight_norm` that of all layers' weights together.
    """
    layers = len(frame.activation_var)
    linear = not np.any(histograms.activations.threshold) and not np.any(histograms.gradients.threshold)
    test_loss, test_accuracy, test_step = test or (np.nan, np.nan, NO_STEP)
    head = HEAD.pack(
        MAGIC, VERSION, FINITE * bool(frame.finite) | LINEAR * linear, layers, BINS, epoch, frame.step,
        frame.loss, frame.gradient_norm, frame.gradient_norm_clipped, test_loss, lr, made_at,
        _single(frame.accuracy), _single(test_accuracy), test_step,
        _single(steps_per_second), _single(frames_per_second), _single(weight_norm),
    )  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        columns = [_sent(getattr(frame, column.name), column) for column in columns_of(frame)]
        records = [
            _records(each, linear).tobytes() for each in (histograms.activations, histograms.gradients)
        ]
    return b"".join([head, *columns, *records])


def columns_of(frame: Any) -> Sequence[Column]:
    """What a frame has columns for: those of a residual path where it has one."""
    return COLUMNS if getattr(frame, "stream", None) is None else (*COLUMNS, *STREAM)


def decode(data: bytes, columns: Sequence[Column] = COLUMNS) -> dict[str, Any]:
    """The frame in these bytes, in the shape that `frame.js` gives a browser.

    columns: as its run's hello told them. `stats` maps each one's key to its array `[layers]`, as it travels, see
    `values`; `activations` and `gradients` are lists of dicts.
    Raises WireError when the bytes are no whole frame of this version.
    """
    head = _header(data, columns)
    layers, linear = head["layers"], bool(head["flags"] & LINEAR)
    at = HEAD.size
    stats: dict[str, NDArray] = {}
    for column in columns:
        stats[column.key] = np.frombuffer(data, TYPES[column.kind], layers, at)
        at += stats[column.key].nbytes
    records = np.frombuffer(data, RECORD, 2 * layers, at)
    sets = [_histogram(record, linear) for record in records]
    plain = {name: head[name] for name in HEADER if name not in ("magic", "version", "flags", "bins")}
    plain["test_step"] = None if head["test_step"] == NO_STEP else head["test_step"]
    return plain | {
        "finite": bool(head["flags"] & FINITE),
        "linear": linear,
        "stats": stats,
        "activations": sets[:layers],
        "gradients": sets[layers:],
    }


def values(frame: Mapping[str, Any], column: Column) -> NDArray:
    """A column of a decoded frame [layers] in its own unit, as float64: -inf that traveled is exactly 0."""
    sent = frame["stats"][column.key].astype(float)
    return 10.0**sent if column.kind == "log10" else sent


def join(frames: list[bytes]) -> bytes:
    """A polling answer: each part, as a frame, preceded by its length (uint32)."""
    return b"".join(part for data in frames for part in (struct.pack("<I", len(data)), data))


def step(data: bytes, columns: Sequence[Column] = COLUMNS) -> int:
    """The step of a frame. Raises WireError when these bytes are no whole one of this version."""
    return int(_header(data, columns)["step"])


def head(data: bytes) -> bytes:
    """The same frame without its layers, in `size(0)` bytes: what it says of the net as a whole."""
    return data[:4] + bytes(2) + data[6 : HEAD.size]


def of_epoch(data: bytes, epoch: int) -> bytes:
    """The same frame, or head, as one of another epoch."""
    return data[:EPOCH_AT] + struct.pack("<I", epoch) + data[EPOCH_AT + 4 :]


def of_step(data: bytes, step: int, loss: float) -> bytes:
    """The same layers with the loss of a later step, of which nothing else is known."""
    names = dict(zip(HEADER, HEAD.unpack_from(data), strict=True))
    unknown = dict.fromkeys(("gradient_norm", "gradient_norm_clipped", "accuracy"), np.nan)
    return HEAD.pack(*(names | unknown | {"step": step, "loss": loss}).values()) + data[HEAD.size :]


def codes_of(counts: NDArray) -> NDArray:
    """Counts `[..., bins]` as one byte each, the root of the share of the peak; 0 only for an empty bin."""
    peak = np.maximum(counts.max(-1, keepdims=True), 1)
    return np.ceil(255 * np.sqrt(counts / peak)).astype("u1")


def _sent(values: Any, column: Column) -> bytes:
    """A column as it travels."""
    values = np.log10(values) if column.kind == "log10" else np.asarray(values)
    return values.astype(TYPES[column.kind]).tobytes()


def _header(data: bytes, columns: Sequence[Column]) -> Mapping[str, Any]:
    if len(data) < HEAD.size or data[:2] != MAGIC:
        raise WireError("{length} bytes that do not begin with a frame's header", length=len(data))
    head = dict(zip(HEADER, HEAD.unpack_from(data), strict=True))
    if head["version"] != VERSION or head["bins"] != BINS:
        words = "a frame of version {version} with {bins} bins; this is version {own}"
        raise WireError(words, version=head["version"], bins=head["bins"], own=VERSION)
    if len(data) != (whole := size(head["layers"], columns)):
        words = "{length} bytes for {layers} layers, which take {whole}"
        raise WireError(words, length=len(data), layers=head["layers"], whole=whole)
    return head


def _single(value: float) -> float:
    """A float that fits in four bytes: beyond their range it is inf, as NumPy's cast has it."""
    with np.errstate(over="ignore"):
        return float(np.float32(value))


def _records(histograms: HistogramSet, linear: bool) -> NDArray:
    low, high = np.asarray(histograms.low, float), np.asarray(histograms.high, float)
    unit = np.fmax(np.abs(low), np.abs(high)) if linear else np.asarray(histograms.threshold, float)
    records = np.zeros(len(low), RECORD)
    records["unit_log10"] = np.log10(unit)
    records["low"], records["high"] = (_position(end, unit, linear) for end in (low, high))
    counts = np.asarray(histograms.counts)
    records["peak"] = counts.max(-1)
    for name in COUNTS[2:]:
        records[name] = getattr(histograms, name)
    records["total"] = counts.sum(-1) + sum(records[name].astype(int) for name in COUNTS[2:])
    records["codes"] = codes_of(counts)
    return records


def _position(value: NDArray, unit: NDArray, linear: bool) -> NDArray:
    """s(v): v in units, and beyond one unit a decade is one more."""
    ratio = np.divide(value, unit, out=np.zeros_like(value), where=unit != 0)
    if linear:
        return ratio
    return np.where(np.abs(ratio) > 1, np.sign(ratio) * (1 + np.log10(np.abs(ratio))), ratio)


def _value(position: float, unit_log10: float, linear: bool) -> float:
    """The inverse of `_position`, with the power taken once so that neither factor overflows alone."""
    if position == 0 or np.isneginf(unit_log10):
        return 0.0
    decades = 0.0 if linear or abs(position) <= 1 else abs(position) - 1
    ratio = position if linear or abs(position) <= 1 else np.sign(position)
    with np.errstate(over="ignore"):
        return float(ratio * np.power(10.0, unit_log10 + decades))


def _histogram(record: np.void, linear: bool) -> dict[str, Any]:
    low, high, unit = (float(record[name]) for name in ("low", "high", "unit_log10"))
    return {
        "low": _value(low, unit, linear),
        "high": _value(high, unit, linear),
        "threshold": 0.0 if linear else _value(1.0, unit, linear),
        "codes": record["codes"],
    } | {name: int(record[name]) for name in COUNTS}
