"""A task that a link carries: its text, where it begins, what is locked there and what is out of sight.

Its text is a stranger's: it is shown as text, never as markup. A lock keeps a class together, it keeps no secret: who
rewrites the link can take it off, and who only changes a setting in the address is told that it is locked.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from engine.spec import FIELDS, RunSpec
from engine.spec.fields import EntryOptions
from engine.tables.errors import SpecError
from engine.tables.wording import Name, Sentence, nearest
from viz.run import tables
from viz.run.lessons import PANELS
from viz.server import bounds
from viz.widgets.memory import Memory
from viz.words.labels import LABELS
from viz.words.text import left_out

VERSION = 2
"""Of links: 1 is a run, 2 also carries a task. A link says its own where a run is not all that it carries."""
WORDS, BEGIN, LOCKS, HIDES, LOOK, WRITTEN = KEYS = (
    "task", "task_begin", "task_locks", "task_hides", "task_look", "version",
)  # fmt: skip
LONGEST = 2000  # characters of a task
MOST_SAID = 5  # unknown names of one key that are said one by one
OPENING = "opening"  # what the link says of a task that begins with the net that the page opens with

PARTS = {
    "lesson": "Try this",
    "data": "Data",
    "network": "Layers and widths",
    "activation": "Activation",
    "initializer": "Weights",
    "path": "Residual",
    "regularization": "Norms and dropout",
    "optimizer": "Optimizer and rate",
    "repeatability": "Seed",
    "more": "More: loss, inputs, schedule",
    "verdict": "The verdict and its cures",
} | {name: Sentence("Panel: {title}", title=Sentence(title)) for name, title in PANELS.items()}
"""What a task can put out of sight -> what it is called: groups of the sidebar, the verdict, panels of the view."""
LOCKABLE = {name: label for name, label in LABELS.items() if name in FIELDS}
"""Fields that a task can lock -> what each is called; an entry's options are locked with it."""


CALLED = LABELS | {
    WORDS: "Task",
    BEGIN: "Beginning of the task",
    LOCKS: "Locked",
    HIDES: "Out of sight",
    LOOK: "Look here first",
    WRITTEN: "Version of the link",
}
"""What is said of a link calls its keys as the form does in which a task is made."""


@dataclass(frozen=True)
class Task:
    """What is asked, the run that it begins with, the fields locked at what that has, the parts out of sight, and the
    panel that is marked ("" for none)."""

    words: str
    begin: RunSpec
    locks: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    look: str = ""

    @property
    def locked(self) -> frozenset[str]:
        """All fields that stay as they are at the beginning."""
        options = {
            name
            for name, option in FIELDS.items()
            if isinstance(option, EntryOptions) and option.of in self.locks
        }
        return frozenset(self.locks) | options

    def broken(self, spec: RunSpec) -> list[str]:
        """The locked fields that differ in this spec, in the order of the locks."""
        changed = self.begin.differences(spec).keys() & self.locked
        return [name for name in FIELDS if name in changed]

    def held(self, spec: RunSpec) -> RunSpec:
        """The spec with all that is locked as at the beginning; the beginning where that makes no run."""
        try:
            return spec.replace(**{name: getattr(self.begin, name) for name in FIELDS if name in self.locked})
        except SpecError:
            return self.begin


def write(task: Task | None) -> dict[str, str]:
    """The keys of a task's link; `read` gives back the same task."""
    if task is None:
        return {}
    said = {
        WORDS: task.words,
        BEGIN: urlencode(tables.write(task.begin)) or OPENING,
        LOCKS: ",".join(task.locks),
        HIDES: ",".join(task.hides),
        LOOK: task.look,
    }
    return {WRITTEN: str(VERSION)} | {key: text for key, text in said.items() if text}


def link(task: Task) -> str:
    """The query of a link that opens the task at its beginning."""
    return urlencode(tables.write(task.begin) | write(task))


def read(query: Mapping[str, str]) -> tuple[Task | None, list[Sentence]]:
    """The task of a link, None where it has none, and what was left out of it."""
    said = _version(query)
    if not query.keys() & {WORDS, BEGIN, LOCKS, HIDES, LOOK}:
        return None, said
    words = cleaned(query.get(WORDS, ""))
    if len(words) > LONGEST:
        cut = "The task has {given:,} characters; the first {most:,} are shown, the rest was left out."
        said.append(Sentence(cut, given=len(words), most=LONGEST))
    begin, of_begin = _begin(query)
    locks, of_locks = _names(query, LOCKS, LOCKABLE, Sentence("field that can be locked"))
    hides, of_hides = _names(query, HIDES, PARTS, Sentence("part of the page that can be hidden"))
    looks, of_look = _names(query, LOOK, PANELS, Sentence("panel"))
    return (
        Task(words[:LONGEST], begin, locks, hides, looks[0] if looks else ""),
        [*said, *of_begin, *of_locks, *of_hides, *of_look],
    )


def cleaned(text: str) -> str:
    """Text without control characters, but for its lines."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(filter(str.isprintable, line)).rstrip() for line in lines).strip()


def _version(query: Mapping[str, str]) -> list[Sentence]:
    written = query.get(WRITTEN, "1")
    if not (written.isascii() and written.isdigit() and len(written) < 10):
        bad = "{name}: {written!r} is none. The link is read as one of version {version}."
        return [Sentence(bad, name=Name(WRITTEN), written=written[:40], version=VERSION)]
    if int(written) <= VERSION:
        return []
    newer = (
        "This link was made by a newer Gradient Flow Lab: it is of version {written}, and this one reads links up to "
        "version {version}. Open it where the lab is as new; here all that is not known is left out."
    )
    return [Sentence(newer, written=int(written), version=VERSION)]


def _begin(query: Mapping[str, str]) -> tuple[RunSpec, list[Sentence]]:
    """The run that the task begins with: as the page opens where its key says nothing."""
    text = query.get(BEGIN, OPENING)
    try:
        inner = {} if text == OPENING else dict(parse_qsl(text, strict_parsing=True))
        spec, notices = tables.read(inner)
        bounds.check(spec)
    except SpecError as error:
        return tables.read({})[0], [left_out(BEGIN, error)]
    except ValueError:
        bad = "{name}: {text!r} is no run. The task begins as the page opens."
        return tables.read({})[0], [Sentence(bad, name=Name(BEGIN), text=text[:80])]
    return spec, notices


def _names(
    query: Mapping[str, str], key: str, known: Collection[str], kind: str
) -> tuple[tuple[str, ...], list[Sentence]]:
    """The names that a key lists, and a notice for each that is none."""
    given = dict.fromkeys(name.strip() for name in query.get(key, "").split(",") if name.strip())
    strangers = [name for name in given if name not in known]
    said = [
        Sentence(
            "{key}: {name!r} is no {kind}. {hint} Left out." if hint else "{key}: {name!r} is no {kind}. Left out.",
            key=Name(key), name=name[:40], kind=kind, hint=hint,
        )
        for name in strangers[:MOST_SAID]
        for hint in [nearest(name, known)]
    ]  # fmt: skip
    if len(strangers) > MOST_SAID:
        more = "{key}: {more} more names mean nothing here and were left out."
        said.append(Sentence(more, key=Name(key), more=len(strangers) - MOST_SAID))
    return tuple(name for name in given if name in known), said


memory: Memory[Task | None] = Memory("task", read, write, labels=CALLED, keeps_typed=True)


def now() -> Task | None:
    """The task of this visit; None where its link carried none."""
    return memory.value if memory.key in st.session_state else None


def is_hidden(part: str) -> bool:
    """Whether the task puts this one of `PARTS` out of sight; lessons also where they would change what it locks."""
    task = now()
    return bool(task and (part in task.hides or (part == "lesson" and task.locks)))


def is_locked(field: str) -> bool:
    """Whether the task locks this field."""
    task = now()
    return bool(task and field in task.locked)


def free(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What a choice sets beside itself, without what is locked."""
    return {field: value for field, value in fields.items() if not is_locked(field)}


def holding(spec: RunSpec) -> RunSpec:
    """The spec with all that the task locks as it is there."""
    task = now()
    return task.held(spec) if task else spec


def check(spec: RunSpec) -> None:
    """SpecError for a run in which something is changed that the task locks."""
    task = now()
    if task and (broken := task.broken(spec)):
        raise locked(task, broken[0], spec)


def locked(task: Task, field: str, spec: RunSpec) -> SpecError:
    """What is said of a setting that the task locks."""
    return SpecError(
        "{place}: the task locks it at {now}, so {value!r} was left out.",
        field=field,
        value=_said(spec, field),
        now=_said(task.begin, field),
    )


def _said(spec: RunSpec, field: str) -> str:
    return spec.to_query().get(field) or _usual(spec, field)


def _usual(spec: RunSpec, field: str) -> str:
    option = FIELDS[field]
    return "usual" if isinstance(option, EntryOptions) else option.write(getattr(spec, field))


def held(query: Mapping[str, str]) -> tuple[RunSpec, list[Sentence]]:
    """The run of an address, with all that the page's task locks as it is there, and what was left out for it."""
    spec, notices = tables.read(query)
    task = now()
    if not task or not (broken := task.broken(spec)):
        return spec, notices
    asked = (field for field in broken if field in query)  # else nothing of the link was left out
    return task.held(spec), [*notices, *(locked(task, field, spec).sentence for field in asked)]
