"""A file of one's own: dropped, its columns chosen, and trained on."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from engine.tables.datasets import Dataset
from engine.tables.errors import SpecError
from engine.tables.own import READINGS, is_missing
from engine.tables.reading import READERS, Columns, read
from engine.tables.wording import Sentence
from viz.exports.parts import table_file
from viz.run import session, tables
from viz.run.fitting import fitting_data
from viz.run.tables import Needed, Reading
from viz.server.bounds import FullError
from viz.server.tables import LIMITS
from viz.widgets.drawer import drawer
from viz.words.labels import LABELS, in_labels
from viz.words.language import say
from viz.words.text import plain

DROPPED, FILE = "own_dropped", "own_file"
MANY = 100  # columns beyond which they are not chosen one by one
CALLED = {
    "path": "File", "target": "Target", "columns": "Learned from", "kind": "Target is", "text": "Text columns",
    "missing": "Missing values",
}  # fmt: skip


@dataclass
class Dropped:
    """The file on the page: its columns, how they are read (None: not at all), and what they make of it."""

    columns: Columns
    reading: Reading | None
    error: Sentence | None = None
    number: int = 0
    made: tuple[Reading, Dataset | Sentence] | None = None

    def table(self) -> Dataset | Sentence:
        """The table, or why there is none."""
        assert self.reading
        if self.made is None or self.made[0] != self.reading:
            try:
                self.made = self.reading, self.reading.table(self.columns)
            except SpecError as error:
                self.made = self.reading, error.sentence
        return self.made[1]


def own_data() -> None:
    """The place to drop a file, and what becomes of the one that was dropped."""
    dropped, need = st.session_state.get(DROPPED), tables.needed()
    title = say("A table of your own")
    if dropped and dropped.reading:
        title = say("Your table: {file}", file=dropped.reading.file)
    size = LIMITS.bytes / 1e6
    with drawer(plain(title), "own_table", bool(dropped or need), icon=":material/table:") as is_open:
        if not is_open:
            return
        st.file_uploader(
            say("CSV, Parquet or NPZ"),
            type=[ending[1:] for ending in READERS],
            key=FILE,
            on_change=_take_up,
            max_upload_size=LIMITS.bytes // 1_000_000,
            help=say(
                "The first line of a CSV names the columns. At most {size:.0f} MB and {cells:,} cells. It is kept in "
                "this server's memory while this page is open, for you alone.",
                size=size,
                cells=LIMITS.cells,
            ),
        )
        if (
            not dropped
        ):  # beside the row of a file that the browser kept back, of which the script never hears
            st.caption(say("At most {size:.0f} MB; a larger file is refused unread.", size=size))
        if dropped and dropped.error:
            _complain(dropped.error)
        if dropped and dropped.reading:
            _read_as(dropped)
            _outcome(dropped)


def _read_as(dropped: Dropped) -> None:
    """The choices of how it is read."""
    reading, names = dropped.reading, list(dropped.columns)
    assert reading
    choose: Callable[[str], str] = lambda name: f"own_{name}_{dropped.number}"  # noqa: E731
    target = st.selectbox(
        say(CALLED["target"]),
        names,
        names.index(reading.target),
        key=choose("target"),
        help=say("What is to be learned."),
    )
    others = [name for name in names if name != target]
    chosen = reading.columns
    if len(others) <= MANY:
        picked = st.multiselect(
            say(CALLED["columns"]), others, [name for name in chosen or () if name in others], key=choose("columns"),
            placeholder=say("all other columns"), help=say("Columns that the target is learned from."),
        )  # fmt: skip
        chosen = tuple(picked) or None
    dropped.reading = replace(reading, target=target, columns=chosen)
    for name, option in READINGS.items():
        if name == "text" and not _has_text(dropped):
            continue
        if name == "missing" and not _has_gaps(dropped):
            continue
        value = st.segmented_control(
            say(CALLED[name]), option.choices, default=getattr(reading, name), required=True, width="stretch",
            format_func=say, key=choose(name), help=say(option.words),
        )  # fmt: skip
        dropped.reading = replace(dropped.reading, **{name: value})


def _inputs(dropped: Dropped) -> list[np.ndarray]:
    reading = dropped.reading
    assert reading
    names = reading.columns or [name for name in dropped.columns if name != reading.target]
    return [dropped.columns[name] for name in names]


def _has_text(dropped: Dropped) -> bool:
    return any(values.dtype.kind == "O" for values in _inputs(dropped))


def _has_gaps(dropped: Dropped) -> bool:
    assert dropped.reading
    columns = [*_inputs(dropped), dropped.columns[dropped.reading.target]]
    return any(is_missing(values).any() for values in columns)


def _outcome(dropped: Dropped) -> None:
    """What the reading makes, and the way to train on it."""
    table = dropped.table()
    if isinstance(table, Sentence):
        _complain(table)
        return
    st.caption(plain(tables.in_words(table)))
    runs = session.spec().dataset == table.name
    with st.container(horizontal=True):
        st.button(
            say("It trains" if runs else "Train on it"), key="own_train", icon=":material/play_arrow:", disabled=runs,
            type="primary", on_click=_train, args=(dropped, table),
        )  # fmt: skip
        st.download_button(
            say("Save as NPZ"), lambda: saved(table), file_name=table_file(table.name),
            mime="application/octet-stream", key="own_save", icon=":material/download:", on_click="ignore",
            help=say("Inputs x and targets y as the net sees them before they are scaled; the run's script reads it."),
        )  # fmt: skip


def saved(table: Dataset) -> bytes:
    """Its inputs and targets as an NPZ file."""
    x, y = table.draw(0)
    content = io.BytesIO()
    np.savez_compressed(content, x=x, y=y)
    return content.getvalue()


def _take_up() -> None:
    """A file was dropped, or taken away; the one that a link waits for is trained on at once."""
    before, file = st.session_state.get(DROPPED), st.session_state[FILE]
    if file is None:
        st.session_state.pop(DROPPED, None)
        return
    dropped = Dropped({}, None, number=before.number + 1 if before else 0)
    st.session_state[DROPPED] = dropped
    try:
        dropped.columns = read(file.getvalue(), file.name, LIMITS)
    except SpecError as error:
        dropped.error = error.sentence
        return
    dropped.reading = tables.guessed(file.name, dropped.columns)
    if need := tables.needed():
        _answer(need, dropped)


def _answer(need: Needed, dropped: Dropped) -> None:
    """Run the link's run on the file that it asks for; say so where it is another."""
    wanted = replace(need.reading, file=dropped.reading.file if dropped.reading else "")
    try:
        table = wanted.table(dropped.columns)
    except SpecError as error:
        dropped.error = Sentence("The link's run cannot be read from this file: {said}", said=error.sentence)
        return
    dropped.reading = wanted
    if table.name != need.name:
        dropped.error = Sentence(
            "This file is another than the link's: read as the link says it is {found}, not {wanted}.",
            found=table.name,
            wanted=need.name,
        )
    elif _held(dropped, table):
        session.read_again("link")


def _train(dropped: Dropped, table: Dataset) -> None:
    """Take the table into the run, with a loss that fits its target."""
    if name := _held(dropped, table):
        try:
            fitting = fitting_data(session.spec(), name)
            session.memory.adopt(session.memory.changed({"dataset": name, **fitting}))
        except SpecError as error:
            dropped.error = error.sentence


def _held(dropped: Dropped, table: Dataset) -> str:
    """Its name, once it is this visitor's; "" where there is no room, with the reason."""
    assert dropped.reading
    dropped.error = None
    try:
        return tables.hold(table, dropped.reading)
    except FullError as error:
        dropped.error = error.sentence
        return ""


def _complain(error: Sentence) -> None:
    st.error(plain(in_labels(error, LABELS | CALLED)), icon=":material/error:")
