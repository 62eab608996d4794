"""Tables of somebody's own as data sets: read, checked and kept in memory; nothing in a file is ever executed."""

import csv
import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.tables.datasets import DATASETS, Dataset
from engine.tables.errors import SpecError
from engine.tables.later import Later
from engine.tables.option import Choice
from engine.tables.wording import nearest

read_parquet = Later("pyarrow.parquet.read_table")

MOST_BYTES = 64_000_000  # of a file, and of what it unpacks to
MOST_FEATURES = 2048
MOST_ROWS = 1_000_000
FEWEST_ROWS = 10
FEWEST_OF_A_CLASS = 2
MOST_CLASSES = 100
FEW_VALUES = 20  # whole numbers of no more different values are classes

Columns = dict[str, np.ndarray]
"""name -> values [rows]: float64, or text."""


@dataclass(frozen=True, eq=False)
class Table:
    """Inputs [rows, features] and labels or numbers [rows], as `Dataset.draw` gives them."""

    x: np.ndarray
    y: np.ndarray

    def __call__(self, seed: int) -> tuple[np.ndarray, np.ndarray]:
        return self.x, self.y


def load_table(
    path: str | Path,
    target: str,
    columns: Sequence[str] | None = None,
    kind: str = "auto",
    text: str = "refuse",
    missing: str = "refuse",
) -> str:
    """Register a CSV, Parquet or NPZ file as a data set; returns its name for `RunSpec(dataset=...)`, "own:<hash>".

    target: the column, or the array of an NPZ, that is to be learned; columns: those that it is learned from, all
    others without. kind: "classes", "numbers" or "auto": text and few whole numbers are classes. text: columns of
    text are refused, or taken "one_hot". missing: rows with missing values are refused, or left out ("drop"). The
    same content has the same name. Raises SpecError, which says what is wrong with a file and where.
    """
    kind = Choice("kind", "auto", choices=("auto", "classes", "numbers")).check(kind)
    text = Choice("text", "refuse", choices=("refuse", "one_hot")).check(text)
    missing = Choice("missing", "refuse", choices=("refuse", "drop")).check(missing)
    file = Path(path)
    given = _without_missing(_chosen(_read(file), target, columns), missing)
    x = _inputs({name: values for name, values in given.items() if name != target}, text)
    y, classes = _targets(target, given[target], kind)
    name = f"own:{hashlib.sha256(x.tobytes() + y.tobytes() + bytes([classes > 0])).hexdigest()[:16]}"
    DATASETS.keep(
        Dataset(
            name=name,
            label=file.name[:60],
            formula=rf"x \in \mathbb R^{{{x.shape[1]}}}",
            words=f"A table of your own: {len(x)} rows of {x.shape[1]} features.",
            source="your own",
            draw=Table(x, y),
            samples=len(x),
            features=x.shape[1],
            classes=classes,
            shares=tuple((np.bincount(y) / len(y)).tolist()) if classes else (),
        )
    )
    return name


def _wrong(template: str, **named: Any) -> SpecError:
    return SpecError(template, field="path", **named)


def _read(file: Path) -> Columns:
    readers = {".csv": _read_csv, ".parquet": _read_parquet, ".npz": _read_npz}
    reader = readers.get(file.suffix.lower())
    if not reader:
        raise _wrong(
            "{place}: {value!r} is no table that can be read; give a file that ends in {allowed}.",
            value=file.name,
            allowed=tuple(readers),
        )
    if not file.is_file():
        raise _wrong("{place}: there is no file {value!r}.", value=file.name)
    if (size := file.stat().st_size) > MOST_BYTES:
        raise _too_large(file, size)
    try:
        columns = reader(file)
    except SpecError:
        raise
    except Exception as error:  # whatever a reader makes of a broken file
        raise _wrong(
            "{place}: {value!r} cannot be read as {kind}.", value=file.name, kind=file.suffix[1:]
        ) from error
    rows = len(next(iter(columns.values()), ()))
    if not FEWEST_ROWS <= rows <= MOST_ROWS:
        raise _wrong(
            "{place}: {value!r} has {rows} rows; give {fewest} to {most}.",
            value=file.name,
            rows=rows,
            fewest=FEWEST_ROWS,
            most=MOST_ROWS,
        )
    return columns


def _too_large(file: Path, size: int) -> SpecError:
    return _wrong(
        "{place}: {value!r} has {size:.0f} MB; give at most {most:.0f}.",
        value=file.name,
        size=size / 1e6,
        most=MOST_BYTES / 1e6,
    )


def _read_csv(file: Path) -> Columns:
    with file.open(newline="", encoding="utf-8-sig") as lines:
        head, *rows = [row for row in csv.reader(lines, strict=True) if row]
    for number, row in enumerate(rows, start=2):
        if len(row) != len(head):
            raise _wrong(
                "{place}: row {row} has {cells} cells, and there are {columns} columns.",
                row=number,
                cells=len(row),
                columns=len(head),
            )
    _refuse_width(len(head))
    _refuse_twins(head)
    return (
        {name: _values(column) for name, column in zip(head, zip(*rows, strict=True), strict=True)}
        if rows
        else {}
    )


def _read_parquet(file: Path) -> Columns:
    table = read_parquet(file)
    _refuse_width(table.num_columns)
    return {name: _values(table.column(name).to_pylist()) for name in table.column_names}


def _read_npz(file: Path) -> Columns:
    with zipfile.ZipFile(file) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > MOST_BYTES:
        raise _too_large(file, unpacked)
    columns: Columns = {}
    try:
        with np.load(file, allow_pickle=False) as arrays:
            for name in arrays.files:
                array = arrays[name]
                wide = array[:, None] if array.ndim == 1 else array.reshape(len(array), -1)
                _refuse_width(len(columns) + wide.shape[1])
                names = [name] if array.ndim == 1 else [f"{name}{k}" for k in range(wide.shape[1])]
                columns |= {each: _values(column) for each, column in zip(names, wide.T, strict=True)}
    except ValueError as error:
        if "pickle" in str(error):
            raise _wrong("{place}: {value!r} holds pickled objects, which are programs; give plain arrays.",
                         value=file.name) from error  # fmt: skip
        raise
    if len({len(values) for values in columns.values()}) > 1:
        raise _wrong("{place}: the arrays of {value!r} have different lengths.", value=file.name)
    return columns


def _refuse_twins(names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        twin = next(name for name in names if names.count(name) > 1)
        raise _wrong("{place}: two columns are called {value!r}.", value=twin)


def _refuse_width(columns: int) -> None:
    if columns > MOST_FEATURES + 1:
        raise _wrong(
            "{place}: {count} columns are too many; give at most {most}.", count=columns, most=MOST_FEATURES
        )


def _values(column: Any) -> np.ndarray:
    """Numbers where all cells are, empty ones as NaN; else text."""
    cells = [None if cell is None or cell == "" else cell for cell in column]
    try:
        return np.array([np.nan if cell is None else float(cell) for cell in cells])
    except (TypeError, ValueError):
        return np.array(["" if cell is None else str(cell) for cell in cells])


def _chosen(columns: Columns, target: str, wanted: Sequence[str] | None) -> Columns:
    names = [name for name in columns if name != target] if wanted is None else list(wanted)
    for name in (target, *names):
        if name not in columns:
            raise SpecError(
                "{place}: there is no column {value!r}.",
                field="target" if name == target else "columns",
                value=name,
                hint=nearest(name, columns),
            )
    if not names or target in names:
        raise SpecError("{place}: no column is left to learn {value!r} from.", field="columns", value=target)
    return {name: columns[name] for name in (*names, target)}


def _without_missing(columns: Columns, missing: str) -> Columns:
    gaps = {name: _is_missing(values) for name, values in columns.items()}
    holes = np.any(list(gaps.values()), axis=0)
    if not holes.any():
        return columns
    if missing == "refuse":
        name = next(name for name, gap in gaps.items() if gap.any())
        raise SpecError(
            "{place}: {count} rows have missing or infinite values, the first in {value!r}; give missing='drop' to "
            "leave them out.",
            field="missing",
            value=name,
            count=int(holes.sum()),
        )
    if (~holes).sum() < FEWEST_ROWS:
        raise SpecError("{place}: fewer than {fewest} rows are left.", field="missing", fewest=FEWEST_ROWS)
    return {name: values[~holes] for name, values in columns.items()}


def _is_missing(values: np.ndarray) -> np.ndarray:
    return ~np.isfinite(values) if values.dtype.kind == "f" else values == ""


def _inputs(columns: Columns, text: str) -> np.ndarray:
    parts = []
    for name, values in columns.items():
        if values.dtype.kind == "f":
            parts.append(values[:, None])
            continue
        if text == "refuse":
            raise SpecError(
                "{place}: the column {value!r} is text; give text='one_hot', or other columns.",
                field="text",
                value=name,
            )
        kinds = np.unique(values)
        _refuse_width(sum(part.shape[1] for part in parts) + len(kinds))
        parts.append((values[:, None] == kinds).astype(float))
    return np.ascontiguousarray(np.concatenate(parts, axis=1))


def _targets(name: str, values: np.ndarray, kind: str) -> tuple[np.ndarray, int]:
    """Labels from 0 and how many classes there are; or numbers, and 0."""
    different = np.unique(values)
    is_text = values.dtype.kind != "f"
    if kind == "numbers" and is_text:
        raise SpecError("{place}: {value!r} is text, no numbers.", field="target", value=name)
    few = len(different) <= FEW_VALUES and not is_text and bool((different == different.round()).all())
    if len(different) < 2:
        raise SpecError("{place}: {value!r} is the same in every row; nothing is to be learned.", field="target",
                        value=name)  # fmt: skip
    if kind == "numbers" or (kind == "auto" and not is_text and not few):
        return values, 0
    _, labels, counts = np.unique(values, return_inverse=True, return_counts=True)
    if len(counts) > MOST_CLASSES or counts.min() < FEWEST_OF_A_CLASS:
        raise SpecError(
            "{place}: {value!r} has {classes} classes, the smallest of {smallest} rows; give at most {most}, each of "
            "{fewest} rows.",
            field="target",
            value=name,
            classes=len(counts),
            smallest=int(counts.min()),
            most=MOST_CLASSES,
            fewest=FEWEST_OF_A_CLASS,
        )
    return labels.astype(np.int64), len(counts)
