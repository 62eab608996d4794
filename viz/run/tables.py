"""Tables that a visitor brought: kept in this session alone, named in a link by what they hold and where it came from.

Another visitor's link does not reach them: it says which file it needs, and whoever has that file drops it.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self
from urllib.parse import parse_qsl

import streamlit as st

from engine.spec import RunSpec
from engine.tables.datasets import DATASETS, Dataset
from engine.tables.errors import UnknownNameError
from engine.tables.own import READINGS, table_of
from engine.tables.reading import Columns
from engine.tables.wording import Sentence
from viz.run import link
from viz.server import tables
from viz.words.language import paragraph, say
from viz.words.spec import entry_label

KEYS = ("file", "target", "columns", *READINGS)
"""What a link to a run on a visitor's table has beside the fields of the run."""
BESIDE = "beside"
"""The key of a link within a link, that of the run beside the page's own."""
LONGEST = 200  # letters of a file's name
MOST_KEPT = 3  # tables of one visitor
HELD = "tables"
NUMBERS = Sentence(
    "Numbers, brought to mean 0 and variance 1 over the training samples: a loss of 1 is guessing their mean."
)
"""What becomes of targets that are numbers."""


@dataclass(frozen=True)
class Reading:
    """How a file is read: the target, the columns that it is learned from (None: all others), and `READINGS`."""

    file: str
    target: str
    columns: tuple[str, ...] | None = None
    kind: str = "auto"
    text: str = "refuse"
    missing: str = "refuse"

    def table(self, columns: Columns) -> Dataset:
        """The data set that the file's columns make; SpecError where they make none."""
        how = {name: getattr(self, name) for name in READINGS}
        return table_of(columns, self.target, self.columns, limits=tables.LIMITS, **how)

    def write(self) -> dict[str, str]:
        """Texts for a link, without what is usual."""
        said = {"file": self.file, "target": self.target}
        if self.columns is not None:
            line = io.StringIO()
            csv.writer(line, lineterminator="\n").writerow(self.columns)
            said["columns"] = line.getvalue()[:-1]
        return said | {
            name: value
            for name, option in READINGS.items()
            if (value := getattr(self, name)) != option.default
        }

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """The reading of a link; what means nothing in it is as usual."""
        columns = (
            tuple(next(csv.reader(io.StringIO(query["columns"], newline=""))))
            if query.get("columns")
            else None
        )
        how = {name: query[name] for name, option in READINGS.items() if query.get(name) in option.choices}
        return cls(query.get("file", "")[:LONGEST], query.get("target", ""), columns, **how)


class Held(NamedTuple):
    """A table that this visitor brought."""

    table: Dataset
    reading: Reading


class Needed(NamedTuple):
    """The table of a link, which is not here: its name, and how its file is to be read."""

    name: str
    reading: Reading


def held() -> dict[str, Held]:
    """This visitor's tables by name, the oldest first."""
    return st.session_state.setdefault(HELD, {})


def hold(table: Dataset, reading: Reading) -> str:
    """Keep a table for this visitor; its name. FullError where this server has no room for one more."""
    mine = held()
    lent = tables.lend(table)
    mine.pop(lent.name, None)
    mine[lent.name] = Held(lent, reading)
    while len(mine) > MOST_KEPT:
        del mine[next(iter(mine))]
    return lent.name


def label(name: str) -> str:
    """What a data set is called: a visitor's own by its file."""
    mine = held().get(name)
    return mine.reading.file if mine else say(entry_label("dataset", name))


def is_here(name: object) -> bool:
    """Whether this visitor may train on the data set: the lab's, or a table of their own."""
    return not str(name).startswith(DATASETS.OWN) or name in held()


def check(spec: RunSpec) -> None:
    """SpecError for a run on a table that this visitor did not bring, whoever else did."""
    if not is_here(spec.dataset):
        raise UnknownNameError(
            "{place}: {value!r} is a table of somebody's own, which is not here; drop its file first.",
            field="dataset",
            value=spec.dataset,
        )


def write(spec: RunSpec) -> dict[str, str]:
    """The query of the spec's link; one on a visitor's table also says which file it is."""
    mine = held().get(spec.dataset)
    return link.write(spec) | (mine.reading.write() if mine else {})


def read(query: Mapping[str, str]) -> tuple[RunSpec, list[Sentence]]:
    """The spec of a link and its notices; as the page opens where the link's table is not here, see `needed`."""
    if not query.get("dataset", "").startswith(DATASETS.OWN):
        return link.read(query)
    if not is_here(query["dataset"]):
        return link.read({})
    return link.read({name: text for name, text in query.items() if name not in KEYS})


def needed() -> Needed | None:
    """The table that the page's link asks for and that is not here; None where there is no such wish."""
    page = st.query_params.to_dict()
    links = page, dict(parse_qsl(page.get(BESIDE, "")))
    query = next((each for each in links if not is_here(each.get("dataset"))), None)
    if query is None:
        return None
    name = query["dataset"]
    try:
        return Needed(name, Reading.read(query))
    except csv.Error:
        return Needed(name, Reading("", ""))


def wishes() -> list[Sentence]:
    """What a page says of a link whose table is not here."""
    need = needed()
    if need is None:
        return []
    wish = Sentence(
        "This link's run was trained on {file} ({name}), a table that stays with whoever dropped it. Drop your copy in "
        "the sidebar, under Data, and the run starts. Until then the page shows its usual net.",
        file=need.reading.file or Sentence("a file"),
        name=need.name,
    )
    return [wish]


def guessed(file: str, columns: Columns) -> Reading:
    """A first reading of a file: the target is the column that bears a usual name for one, else the last."""
    usual = ("target", "label", "class", "y", "species", "price", "quality")
    names = {name.strip().lower(): name for name in columns}
    target = next((names[name] for name in usual if name in names), list(columns)[-1])
    return Reading(file[:LONGEST], target)


def in_words(table: Dataset) -> str:
    """How large it is, and what is learned of it."""
    size = say(
        "{rows:,} rows, {features:,} {features:feature|features}.",
        rows=table.samples,
        features=table.features,
    )
    if table.classes:
        classes = "{classes} classes, the largest of {share:percent}."
        return paragraph(size, say(classes, classes=table.classes, share=max(table.shares)))
    numbers = (
        "The target is numbers, brought to mean 0 and variance 1 over the training samples: a loss of 1 is guessing "
        "their mean."
    )
    return paragraph(size, say(numbers))
