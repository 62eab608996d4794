"""The table that each frame holds: a row a layer, a column a statistic. The hello tells it to whoever reads frames."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

SHARE = "0 to 1"


@dataclass(frozen=True)
class Column:
    """One statistic of a layer, and how it is read.

    kind: how it travels, as a float64 ("mean"), as a float32 ("fraction") or, where it spans many decades, as the
    log10 of what is not negative in a float32. label, words: what people read of it. panel: where it is drawn, "" for
    nowhere. theory: which of the hello's theories speaks of it; relative: that one says ratios to the output layer.
    guide: a value that is about healthy.
    """

    name: str
    kind: Literal["mean", "log10", "fraction"]
    unit: str
    label: str
    words: str
    panel: str = ""
    theory: str | None = None
    relative: bool = False
    guide: float | None = None

    @property
    def key(self) -> str:
        """What its values are called in a frame that was decoded: a logarithm says so."""
        return f"{self.name}_log10" if self.kind == "log10" else self.name


@dataclass(frozen=True)
class Row:
    """A layer: what it is called, what it is ("hidden", "output", or "layer" of whoever's net), and its size."""

    name: str
    kind: Literal["hidden", "output", "layer"] = "layer"
    units: int | None = None
    fan_in: int | None = None


COLUMNS = (
    Column("activation_mean", "mean", "a", "mean a", "mean of the activations a, pooled over units and samples"),
    Column(
        "preactivation_mean", "mean", "z", "mean z",
        "mean of z, the linear map's output before any batch norm, pooled over units and samples",
    ),
    Column(
        "activation_var", "log10", "a^2", "Var a, pooled",
        "variance of the activations a, pooled over units and samples (mean removed)",
        panel="activation-variance", theory="activation_var",
    ),
    Column(
        "signal_var", "log10", "z^2", "Var z, signal",
        "variance of z over the samples, averaged over units: how far apart the layer still keeps its inputs",
        panel="activation-variance", theory="signal_var",
    ),
    Column(
        "preactivation_var", "log10", "z^2", "Var z, pooled",
        "variance of z, the linear map's output before any batch norm, pooled over units and samples",
        panel="activation-variance", theory="preactivation_var",
    ),
    Column(
        "gradient_var", "log10", "(dL/dz)^2", "Var dL/dz, pooled",
        "variance of the gradient dL/dz, pooled over units and samples, before clipping",
        panel="gradient-variance", theory="gradient_ms_relative", relative=True,
    ),
    Column(
        "gradient_rms", "log10", "dL/dz", "rms dL/dz",
        "root mean square of the gradient dL/dz, before clipping",
        panel="gradient-variance",
    ),
    Column("weight_var", "log10", "w^2", "Var W", "variance of the weights that this step's forward pass used"),
    Column(
        "weight_gradient_var", "log10", "(dL/dw)^2", "Var dL/dW, pooled",
        "variance of the gradient of the weights, pooled over all weights of the layer, before clipping",
        panel="gradient-variance",
    ),
    Column(
        "update_ratio", "log10", "norm of change / norm of weights", "update : weight",
        "norm of the last change of W over the norm of W; about 1e-3 is healthy",
        panel="updates", guide=1e-3,
    ),
    Column(
        "saturated", "fraction", SHARE, "saturated", "outputs on a flat part of the activation", panel="fractions"
    ),
    Column("dead", "fraction", SHARE, "dead", "units saturated on every sample of the batch", panel="fractions"),
    Column("nonfinite", "fraction", SHARE, "NaN or infinite", "outputs that are not numbers any more"),
)  # fmt: skip
"""In the order they travel: float64 first, so that each array lies where its type may."""

STREAM = (
    Column(
        "stream_after", "log10", "h", "rms after the block",
        "root mean square of what stands on the residual path behind the block that ends in this layer",
        panel="stream", theory="stream_after",
    ),
    Column(
        "stream_before", "log10", "h", "rms before the block",
        "root mean square of what stands on the residual path as it enters the block that ends in this layer",
        panel="stream", theory="stream_before",
    ),
    Column(
        "stream_written", "log10", "1", "written : stream",
        "root mean square of what the block adds to the path, over that of what stood on it before",
        panel="stream", theory="stream_written",
    ),
)  # fmt: skip
"""Behind the others in a net with a residual path; none where no block ends."""

NAMED = {column.name: column for column in COLUMNS}


def told(rows: Iterable[Row], columns: Iterable[Column] = COLUMNS) -> dict[str, Any]:
    """What a hello says of the table: its columns and its rows, as plain JSON."""
    return {
        "columns": [asdict(column) | {"key": column.key} for column in columns],
        "rows": [asdict(row) for row in rows],
    }


def columns(hello: Mapping[str, Any]) -> tuple[Column, ...]:
    """The columns of the frames that follow this hello."""
    return tuple(
        Column(**{name: value for name, value in each.items() if name != "key"}) for each in hello["columns"]
    )
