"""Tables of somebody's own as data sets: columns chosen, told apart and checked, and kept in memory."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.tables.datasets import DATASETS, Dataset
from engine.tables.errors import SpecError
from engine.tables.option import Choice
from engine.tables.reading import FEWEST_ROWS, USUAL, Columns, Limits, read, refuse_cells
from engine.tables.wording import Sentence, nearest

UNNAMED = Sentence("A table of your own")
FEWEST_OF_A_CLASS = 2
MOST_CLASSES = 100
FEW_VALUES = 20  # whole numbers of no more different values are classes

READINGS = {
    "kind": Choice(
        "kind", "auto", choices=("auto", "classes", "numbers"),
        words="What the target is: classes, to be told apart, or numbers, a regression, which are brought to mean 0 "
        "and variance 1; auto takes text and few whole numbers for classes.",
    ),
    "text": Choice(
        "text", "refuse", choices=("refuse", "one_hot"),
        words="Columns of text are refused, or become a column of 0 and 1 for each different text.",
    ),
    "missing": Choice(
        "missing", "refuse", choices=("refuse", "drop"),
        words="Rows with missing or infinite values are refused, or left out.",
    ),
}  # fmt: skip
"""How a table is read, by name."""


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
    others without. kind: "classes", "numbers" or "auto": text and few whole numbers are classes; numbers are brought
    to mean 0 and variance 1 over the training samples. text: columns of text are refused, or taken "one_hot".
    missing: rows with missing values are refused, or left out ("drop"). The same content has the same name. Raises
    SpecError, which says what is wrong with a file and where.
    """
    file = Path(path)
    entry = table_of(read(file, file.name), target, columns, kind, text, missing, label=file.name[:60])
    DATASETS.keep(entry)
    return entry.name


def table_of(
    given: Columns,
    target: str,
    columns: Sequence[str] | None = None,
    kind: str = "auto",
    text: str = "refuse",
    missing: str = "refuse",
    label: str = UNNAMED,
    limits: Limits = USUAL,
) -> Dataset:
    """The data set of a file's columns, not registered; see `load_table`."""
    kind, text, missing = (
        READINGS[name].check(value) for name, value in (("kind", kind), ("text", text), ("missing", missing))
    )
    chosen = _without_missing(_chosen(given, target, columns), missing)
    x = _inputs({name: values for name, values in chosen.items() if name != target}, text, limits)
    return dataset_of(x, *_targets(target, chosen[target], kind), label)


def dataset_of(x: np.ndarray, y: np.ndarray, classes: int, label: str) -> Dataset:
    """The data set of inputs [rows, features] and labels, or with 0 classes numbers, [rows]; its name says them all."""
    content = hashlib.sha256(x.tobytes() + y.tobytes() + bytes([classes > 0]))
    return Dataset(
        name=f"{DATASETS.OWN}{content.hexdigest()[:16]}",
        label=label,
        formula=rf"x \in \mathbb R^{{{x.shape[1]}}}",
        words=Sentence(
            "A table of your own: {rows} rows of {features} features.", rows=len(x), features=x.shape[1]
        ),
        source=Sentence("your own"),
        draw=Table(x, y),
        samples=len(x),
        features=x.shape[1],
        classes=classes,
        shares=tuple((np.bincount(y) / len(y)).tolist()) if classes else (),
    )


def to_values(entry: Dataset) -> dict[str, Any]:
    """All of an own data set as arrays and plain values; `of_values` makes the same of them."""
    x, y = entry.draw(0)
    return {"x": x, "y": y, "classes": entry.classes, "label": entry.label}


def of_values(values: Mapping[str, Any]) -> Dataset:
    """The data set of `to_values`."""
    return dataset_of(values["x"], values["y"], values["classes"], values["label"])


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
    gaps = {name: is_missing(values) for name, values in columns.items()}
    holes = np.any(list(gaps.values()), axis=0)
    if not holes.any():
        return columns
    if missing == "refuse":
        name = next(name for name, gap in gaps.items() if gap.any())
        raise SpecError(
            "{place}: {count} rows have missing or infinite values, the first in {value!r}; give {field:lower} 'drop' "
            "to leave them out.",
            field="missing",
            value=name,
            count=int(holes.sum()),
        )
    if (~holes).sum() < FEWEST_ROWS:
        raise SpecError("{place}: fewer than {fewest} rows are left.", field="missing", fewest=FEWEST_ROWS)
    return {name: values[~holes] for name, values in columns.items()}


def is_missing(values: np.ndarray) -> np.ndarray:
    """Which cells of a column are missing or infinite, [rows] bool."""
    return ~np.isfinite(values) if values.dtype.kind == "f" else values == ""


def _inputs(columns: Columns, text: str, limits: Limits) -> np.ndarray:
    parts: list[np.ndarray] = []
    for name, values in columns.items():
        if values.dtype.kind == "f":
            parts.append(values[:, None])
            continue
        if text == "refuse":
            raise SpecError(
                "{place}: the column {value!r} is text; give {field:lower} 'one_hot', or other columns.",
                field="text",
                value=name,
            )
        kinds, codes = np.unique(values, return_inverse=True)
        refuse_cells(len(values), sum(part.shape[1] for part in parts) + len(kinds), limits)
        parts.append(np.eye(len(kinds))[codes])
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
