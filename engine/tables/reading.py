"""Files of tables: CSV, Parquet and NPZ as columns by name. Bounded before they are unpacked; nothing is executed."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from engine.tables.errors import SpecError
from engine.tables.later import Later

ParquetFile = Later("pyarrow.parquet.ParquetFile")

MOST_FEATURES = 2048
MOST_ROWS = 1_000_000
FEWEST_ROWS = 10
MISSING = ("", "?", "NA", "N/A", "null")  # among numbers

Columns = dict[str, np.ndarray]
"""name -> values [rows]: float64, or text."""


@dataclass(frozen=True)
class Limits:
    """How large a table may be. bytes: of a file, and of what it unpacks to; cells: rows times columns."""

    bytes: int = 64_000_000
    cells: int = 32_000_000


USUAL = Limits()


def read(source: Path | bytes, name: str, limits: Limits = USUAL) -> Columns:
    """The columns of a file, or of the content of one; name: what it is called, whose ending says what it is.

    Raises SpecError, which says what is wrong with it and where.
    """
    kind = Path(name).suffix.lower()
    if kind not in READERS:
        raise wrong(
            "{place}: {value!r} is no table that can be read; give a file that ends in {allowed}.",
            value=name,
            allowed=tuple(READERS),
        )
    if isinstance(source, Path) and not source.is_file():
        raise wrong("{place}: there is no file {value!r}.", value=name)
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    _refuse_size(name, size, limits)
    try:
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
            columns = READERS[kind](file, name, limits)
    except SpecError:
        raise
    except Exception as error:  # whatever a reader makes of a broken file
        raise wrong("{place}: {value!r} cannot be read as {kind}.", value=name, kind=kind[1:]) from error
    rows = len(next(iter(columns.values()), ()))
    _refuse_rows(name, rows)
    return columns


def wrong(template: str, **named: Any) -> SpecError:
    """The error of a file."""
    return SpecError(template, field="path", **named)


def refuse_cells(rows: int, columns: int, limits: Limits) -> None:
    """SpecError for more columns than a net takes inputs, or more cells than there is room for."""
    if columns > MOST_FEATURES + 1:
        raise wrong(
            "{place}: {count} columns are too many; give at most {most}.", count=columns, most=MOST_FEATURES
        )
    if rows * columns > limits.cells:
        raise wrong(
            "{place}: {rows} rows of {count} columns are too many; give at most {most} cells in all.",
            rows=rows,
            count=columns,
            most=limits.cells,
        )


def _refuse_size(name: str, size: int, limits: Limits) -> None:
    if size > limits.bytes:
        raise wrong(
            "{place}: {value!r} has {size:.0f} MB; give at most {most:.0f}.",
            value=name,
            size=size / 1e6,
            most=limits.bytes / 1e6,
        )


def _refuse_rows(name: str, rows: int) -> None:
    if not FEWEST_ROWS <= rows <= MOST_ROWS:
        raise wrong(
            "{place}: {value!r} has {rows} rows; give {fewest} to {most}.",
            value=name,
            rows=rows,
            fewest=FEWEST_ROWS,
            most=MOST_ROWS,
        )


def _refuse_twins(names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        twin = next(name for name in names if names.count(name) > 1)
        raise wrong("{place}: two columns are called {value!r}.", value=twin)


def _read_csv(file: BinaryIO, name: str, limits: Limits) -> Columns:
    with io.TextIOWrapper(file, newline="", encoding="utf-8-sig") as lines:
        first = lines.readline(limits.bytes)
        lines.seek(0)
        delimiter = max(",;\t", key=first.count)
        head, *rows = [row for row in csv.reader(lines, strict=True, delimiter=delimiter) if row]
    for number, row in enumerate(rows, start=2):
        if len(row) != len(head):
            raise wrong(
                "{place}: row {row} has {cells} cells, and there are {columns} columns.",
                row=number,
                cells=len(row),
                columns=len(head),
            )
    refuse_cells(len(rows), len(head), limits)
    _refuse_twins(head)
    return (
        {name: _values(column) for name, column in zip(head, zip(*rows, strict=True), strict=True)}
        if rows
        else {}
    )


def _read_parquet(file: BinaryIO, name: str, limits: Limits) -> Columns:
    """What a file of a few kilobytes unpacks to is known before: texts are kept once each, as it has them."""
    about = ParquetFile(file)
    rows, names = about.metadata.num_rows, about.schema_arrow.names
    groups = [about.metadata.row_group(group) for group in range(about.metadata.num_row_groups)]
    _refuse_size(name, sum(group.total_byte_size for group in groups), limits)
    refuse_cells(rows, len(names), limits)
    _refuse_rows(name, rows)
    _refuse_twins(names)
    texts = [field.name for field in about.schema_arrow if str(field.type) == "string"]
    table = ParquetFile(file, read_dictionary=texts).read(use_threads=False)
    return {
        name: _texts(table.column(name)) if name in texts else _values(table.column(name).to_pylist())
        for name in names
    }


def _texts(column: Any) -> np.ndarray:
    """A column of text, each different one kept once."""
    parts = []
    for chunk in column.chunks:
        different = np.array([*(cell or "" for cell in chunk.dictionary.to_pylist()), ""], dtype=object)
        parts.append(different[chunk.indices.fill_null(len(different) - 1).to_numpy(zero_copy_only=False)])
    return _values(np.concatenate(parts))


def _read_npz(file: BinaryIO, name: str, limits: Limits) -> Columns:
    with zipfile.ZipFile(file) as archive:
        _refuse_size(name, sum(member.file_size for member in archive.infolist()), limits)
    file.seek(0)
    columns: Columns = {}
    try:
        with np.load(file, allow_pickle=False) as arrays:
            for key in arrays.files:
                array = arrays[key]
                wide = array[:, None] if array.ndim == 1 else array.reshape(len(array), -1)
                refuse_cells(len(array), len(columns) + wide.shape[1], limits)
                names = [key] if array.ndim == 1 else [f"{key}{k}" for k in range(wide.shape[1])]
                columns |= {each: _values(column) for each, column in zip(names, wide.T, strict=True)}
    except ValueError as error:
        if "pickle" in str(error):
            raise wrong("{place}: {value!r} holds pickled objects, which are programs; give plain arrays.",
                        value=name) from error  # fmt: skip
        raise
    if len({len(values) for values in columns.values()}) > 1:
        raise wrong("{place}: the arrays of {value!r} have different lengths.", value=name)
    return columns


def _values(column: Any) -> np.ndarray:
    """Numbers where all cells are, missing ones as NaN; else text, as objects: a long cell widens no other."""
    if isinstance(column, np.ndarray) and column.dtype.kind in "fiub":
        return column.astype(np.float64)
    try:
        return np.array([np.nan if cell is None or cell in MISSING else float(cell) for cell in column])
    except (TypeError, ValueError):
        return np.array(["" if cell is None else str(cell) for cell in column], dtype=object)


READERS: Mapping[str, Any] = {".csv": _read_csv, ".parquet": _read_parquet, ".npz": _read_npz}
