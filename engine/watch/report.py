"""What was watched, as plain data: a report for programs, and files."""

import csv
import json
import math
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from torch import nn

from engine.diagnosis.finding import Finding
from engine.measure.frame import Frame
from engine.measure.paths import plain_path
from engine.measure.roles import maps_of
from engine.measure.statistics import COLUMNS
from engine.tables.errors import SpecError
from engine.tables.exporters import EXPORTERS
from engine.tables.wording import Sentence, nearest
from engine.watch.record import Record
from engine.watch.reservations import NO_STEP

MOST_BYTES = 256_000
MOST_PATHS = 100  # of what was not seen, where all of it would be too much


class Watch(Protocol):
    """What of a watch is reported."""

    name: str
    model: nn.Module
    layers: list[str]
    frame: Frame | None
    steps: int
    measured: int
    skipped: int
    trouble: str
    doubt: str

    @property
    def last_loss(self) -> float:
        """That of the last step that was taken."""

    @property
    def history(self) -> Record:
        """All frames."""

    def findings(self) -> list[Finding]:
        """What is wrong."""


def plain(value: Any) -> Any:
    """The same as JSON knows it: what is not finite is null, numbers have six digits."""
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(each) for each in value]
    if isinstance(value, float | np.floating):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value


def report(watch: Watch) -> dict[str, Any]:
    """See `Watch.report`; layers from both ends are left out of the middle where it would be too large."""
    frame, record = watch.frame, watch.history
    table = frame.table if frame else np.empty((0, len(COLUMNS)))
    rows = [
        {"path": path, **dict(zip(COLUMNS, values, strict=True))}
        for path, values in zip(watch.layers[: len(table)], table, strict=False)
    ]
    whole = plain(
        {
            "name": watch.name,
            "steps": watch.steps,
            "frames": len(record),
            "skipped_by_scaler": watch.skipped,
            "measured": {"steps": watch.measured, "last": frame.step if frame else None},
            "known": {"losses": len(record.losses), "words": judged(watch)},
            "loss": {"first": record["loss"][0], "last": watch.last_loss} if len(record) else None,
            "gradient_norm": frame.gradient_norm if frame else None,
            "findings": [finding.to_dict() for finding in watch.findings()],
            "layers": rows,
            "layers_left_out": 0,
            "parts": record.parts[-1][1] if record.parts else {},
            "seen": seen(watch),
            "trouble": str(watch.trouble or watch.doubt or ("" if len(record) else NO_STEP)),
        }
    )
    return whole if len(json.dumps(whole)) <= MOST_BYTES else _shorter(whole)


def judged(watch: Watch) -> str:
    """What its findings rest on, and what is not known; "" before the first measured step."""
    record, frame = watch.history, watch.frame
    if not frame or not len(record):
        return ""
    numbers = {
        "measured": watch.measured,
        "steps": watch.steps,
        "last": frame.step,
        "losses": len(record.losses),
    }
    if watch.measured == watch.steps:
        return Sentence("Each of its {steps} {steps:step|steps} was measured.", **numbers)
    return Sentence(
        "Of its {steps} steps {measured} {measured:was|were} measured, the last of them step {last}, and "
        "{losses} {losses:loss is|losses are} known: what its layers did in the other steps is not known. every=1 "
        "measures each step.",
        **numbers,
    )


def _shorter(whole: dict[str, Any]) -> dict[str, Any]:
    """The same within `MOST_BYTES`, with how much of each list was left out."""
    whole["parts"] = {}
    for name in ("never_ran", "not_measured"):
        paths = whole["seen"][name]
        whole["seen"] |= {name: paths[:MOST_PATHS], f"{name}_left_out": len(paths[MOST_PATHS:])}
    while len(json.dumps(whole)) > MOST_BYTES and (layers := whole["layers"]):
        kept = len(layers) // 4
        whole["layers"] = layers[:kept] + layers[len(layers) - kept :]
        whole["layers_left_out"] += len(layers) - 2 * kept
    return whole


def seen(watch: Watch) -> dict[str, Any]:
    """What of the module is measured: layers that ran, layers that did not, parameters that are no layer's weight."""
    if watch.trouble and not watch.layers:
        return {
            "layers": 0,
            "never_ran": [],
            "not_measured": [plain_path(name) for name, _ in watch.model.named_parameters()],
        }
    maps = maps_of(watch.model)
    known = {layer.path for layers in maps.values() for layer in layers}
    ran = {name.split(" (")[0] for name in watch.layers}
    weights = {id(getattr(m.module, m.weight)) for layers in maps.values() for m in layers if m.weight}
    others = [
        plain_path(name)
        for name, parameter in watch.model.named_parameters()
        if id(parameter) not in weights and parameter.dim() > 1
    ]
    return {
        "layers": len(watch.layers),
        "never_ran": sorted(known - ran) if watch.layers else [],
        "not_measured": others,
        "without_compile": Sentence("a measured step runs without torch.compile"),
    }


def columns(watch: Watch) -> dict[str, list[Any]]:
    """The history as a long table, one row a frame and layer."""
    record, layers = watch.history, watch.layers
    frames, count = len(record), len(layers)
    found: dict[str, list[Any]] = {"step": np.repeat(record["step"].astype(int), count).tolist()}
    found["layer"] = layers * frames
    for name in ("loss", "gradient_norm", "gradient_norm_clipped", "lr"):
        found[name] = np.repeat(record[name], count).tolist()
    return found | {name: record[name].reshape(-1).tolist() for name in COLUMNS}


def save(watch: Watch, path: Path) -> None:
    """See `Watch.save`."""
    writers = {".parquet": _parquet, ".csv": _csv, ".json": _json} | EXPORTERS
    if path.suffix == ".html" and ".html" not in EXPORTERS:
        raise SpecError(
            "{path!r}: pages are drawn by the front end: `import viz` first, or save .parquet, .csv or .json",
            path=str(path),
        )
    if path.suffix not in writers:
        raise SpecError(
            "{path!r}: a watched net is saved as one of {allowed}.",
            path=str(path),
            allowed=tuple(writers),
            hint=nearest(path.suffix, writers),
        )
    if not path.parent.is_dir():
        raise SpecError(
            "{path!r}: there is no folder {folder!r} to save it in; nothing was written.",
            path=str(path),
            folder=str(path.parent),
        )
    writers[path.suffix](watch, path)


def _parquet(watch: Watch, path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    notes = {b"gradient_flow_lab": json.dumps(_about(watch)).encode()}
    parquet.write_table(pa.table(columns(watch)).replace_schema_metadata(notes), path)


def _csv(watch: Watch, path: Path) -> None:
    table = columns(watch)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))


def _json(watch: Watch, path: Path) -> None:
    record = watch.history
    names = ("step", "loss", "gradient_norm", "gradient_norm_clipped", "lr", *COLUMNS)
    whole = plain(_about(watch) | {"layers": watch.layers} | {name: record[name] for name in names})
    path.write_text(json.dumps(whole), encoding="utf-8")


def _about(watch: Watch) -> dict[str, Any]:
    return plain(
        {
            "gradient_flow_lab": 1,
            "name": watch.name,
            "steps": watch.steps,
            "findings": [finding.to_dict() for finding in watch.findings()],
        }
    )
