"""What a `Watch` saved, opened again: a file's bytes become a net that is looked at, or words about what is wrong."""

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.tables.errors import ToldError
from engine.tables.telling import told
from engine.tables.wording import Sentence
from viz.nets.host import MOST_LAYERS, shared
from viz.replay.watched import encoded, plain
from viz.wire.table import NAMED

MOST_BYTES = 32_000_000
MOST_VALUES = 1_000_000  # of one column: frames times layers
FRAMES = 600  # of more, as many evenly through the run
SCALARS = ("step", "loss", "gradient_norm", "gradient_norm_clipped", "lr")
ENDED = Sentence(
    "A file: what was watched once. The panels show it from its first measured step to its last. It has no rows of "
    'activations and gradients, for this kind of file holds no histograms; lab.save("net.html") keeps them.'
)
MAKES_ONE = Sentence('lab.save("net.parquet") or lab.save("net.json") makes one')

Columns = Mapping[str, np.ndarray]


class FileError(ToldError, ValueError):
    """A file that cannot be shown; says why, and what could be."""


def show(token: str, name: str, data: bytes) -> None:
    """Show what a file holds as the net of this token. Raises FileError."""
    about, layers, columns = read(name, data)
    nets = shared()
    hello = {
        "name": about.get("name") or name,
        "place": name,
        "labels": layers,
        "epoch": 1,
        "histograms": False,
    }
    net = nets.arrive(token, hello)
    steps = columns["step"]
    rows = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), FRAMES)).astype(int))
    for row in rows:
        nets.hear(net, {"say": "frame"}, encoded(columns, int(row), len(layers), epoch=1))
    findings = about.get("findings")
    if isinstance(findings, list) and all(isinstance(each, dict) for each in findings):
        nets.hear(net, {"say": "verdict", "findings": plain(findings), "past": [], "progress": None}, b"")
    nets.hear(net, told({"say": "end", "words": ENDED}), b"")


def read(name: str, data: bytes) -> tuple[dict[str, Any], list[str], Columns]:
    """What the file says about itself, its layers, and its columns [frames] and [frames, layers]. Raises FileError."""
    if len(data) > MOST_BYTES:
        words = "{name} has {size:.0f} MB; give a file of at most {most:.0f}"
        raise FileError(words, name=name, size=len(data) / 1e6, most=MOST_BYTES / 1e6)
    reads = {"parquet": _parquet, "json": _json}.get(name.rpartition(".")[2].lower())
    if reads is None:
        raise FileError("{name} is neither .parquet nor .json: {makes_one}", name=name, makes_one=MAKES_ONE)
    try:
        about, layers, columns = reads(data)
    except FileError as error:
        raise FileError("{name}: {said}", name=name, said=error.sentence) from None
    except Exception as error:  # whatever a library makes of bytes that are none of its own
        words = "{name} could not be read ({kind}): {makes_one}"
        raise FileError(words, name=name, kind=type(error).__name__, makes_one=MAKES_ONE) from None
    if not layers or not len(columns["step"]):
        raise FileError("{name} holds no frame: nothing was watched when it was saved", name=name)
    if np.any(np.diff(columns["step"]) <= 0) or columns["step"][0] < 0:
        raise FileError("{name}: its steps do not rise", name=name)
    return about, layers, columns


def _json(data: bytes) -> tuple[dict[str, Any], list[str], Columns]:
    said = json.loads(data)
    if not isinstance(said, dict) or "gradient_flow_lab" not in said:
        raise FileError("this JSON is nothing that a watch saved; {makes_one}", makes_one=MAKES_ONE)
    layers = [str(layer) for layer in said["layers"]]
    frames = len(said["step"])
    _check(frames, len(layers))
    columns: dict[str, np.ndarray] = {name: np.array(said[name], float).reshape(frames) for name in SCALARS}
    columns |= {name: np.array(said[name], float).reshape(frames, len(layers)) for name in NAMED}
    return said, layers, _whole(columns)


def _parquet(data: bytes) -> tuple[dict[str, Any], list[str], Columns]:
    from pyarrow import parquet

    file = parquet.ParquetFile(io.BytesIO(data))
    notes = (file.schema_arrow.metadata or {}).get(b"gradient_flow_lab")
    if notes is None:
        raise FileError("this table is nothing that a watch saved; {makes_one}", makes_one=MAKES_ONE)
    if file.metadata.num_rows > MOST_VALUES:
        raise FileError("{rows:,} rows; give at most {most:,}", rows=file.metadata.num_rows, most=MOST_VALUES)
    layer = file.read(columns=["layer"])["layer"].to_pylist()
    step = file.read(columns=["step"])["step"].to_numpy()
    count = int(np.argmax(step != step[0])) if len(step) and step[-1] != step[0] else len(step)
    frames = len(step) // max(count, 1)
    _check(frames, count)
    table = file.read(columns=[*SCALARS, *NAMED])
    columns: dict[str, np.ndarray] = {
        name: table[name].to_numpy().astype(float).reshape(frames, count) for name in table.column_names
    }
    columns |= {name: columns[name][:, 0] for name in SCALARS}
    return json.loads(notes), [str(each) for each in layer[:count]], _whole(columns)


def _check(frames: int, layers: int) -> None:
    if layers > MOST_LAYERS or frames * layers > MOST_VALUES:
        words = "{frames:,} frames of {layers:,} layers; give at most {most:,} values a column"
        raise FileError(words, frames=frames, layers=layers, most=MOST_VALUES)


def _whole(columns: dict[str, np.ndarray]) -> Columns:
    return columns | {"accuracy": np.full(len(columns["step"]), np.nan)}
