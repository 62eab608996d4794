"""Tables of numbers as files: CSV that a spreadsheet reads, and Parquet with the settings in its metadata."""

import csv as comma
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

Column = Sequence[Any] | np.ndarray
Table = Mapping[str, Column]
"""Header, with the unit in brackets, -> its column; all columns are equally long."""

FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # a cell of text that begins so is computed by a spreadsheet


def csv(table: Table) -> str:
    """RFC 4180 with a header line. NaN is an empty cell; text is never a formula."""
    text = io.StringIO()
    lines = comma.writer(text)
    lines.writerow(map(cell, table))
    lines.writerows([cell(value) for value in row] for row in zip(*table.values(), strict=True))
    return text.getvalue()


def cell(value: Any) -> Any:
    """A value as it stands in a CSV cell."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULAS) else value
    if isinstance(value, float | np.floating):
        return "" if math.isnan(value) else f"{value:.9g}"
    return value


def parquet(table: Table, about: Mapping[str, str]) -> bytes:
    """The same columns with their types. about: texts for the file's metadata."""
    import pyarrow
    from pyarrow import parquet as files

    columns = {name: pyarrow.array(column, from_pandas=True) for name, column in table.items()}
    made = pyarrow.table(columns).replace_schema_metadata(dict(about))
    written = io.BytesIO()
    files.write_table(made, written)
    return written.getvalue()


def stacked(rows: Iterable[np.ndarray]) -> np.ndarray:
    """Rows of one length as columns."""
    return np.array(list(rows), dtype=float).T
