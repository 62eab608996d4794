"""The net of one visitor, as Train, Signal and Techniques share it: its spec, the run that trains it, its cures.

On Train another run may stand beside it: that one is A then, and the spec is B's.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import streamlit as st

from engine.spec import RunSpec, SpecError
from viz.live import host
from viz.proof import host as proof
from viz.run import beside, looks, tables, task
from viz.server import bounds, tokens
from viz.widgets.memory import Memory
from viz.words.labels import LABELS
from viz.workbench import host as workbench

LIVE = "live"  # the key of the live view's component

memory = Memory("run", task.held, tables.write, change=RunSpec.replace, labels=LABELS, keeps_typed=True)


def spec() -> RunSpec:
    """The spec that runs."""
    return memory.value


def open_page(
    beside: Collection[str] = (),
    check: Callable[[RunSpec], None] = bounds.check,
    acts: Callable[[], None] = lambda: None,
) -> bool:
    """Find the spec, in the address or as it was left; whether the address was read.

    beside: keys of the address that are the page's own and no part of the run. check: raises SpecError for a net that
    the page cannot do its work on. Whatever it is, no run is on a table that another visitor brought. acts: see
    `Memory.open`.
    """

    def check_both(new: RunSpec) -> None:
        tables.check(new)
        task.check(new)
        check(new)

    return memory.open(owns=lambda key: key not in beside, check=check_both, acts=acts)


def open_pair(acts: Callable[[], None]) -> bool:
    """The same for Train, where a second net may stand beside it."""
    task.memory.open(owns=lambda key: key in task.KEYS)
    is_read = open_page(beside=(beside.KEY, *looks.KEYS, *task.KEYS), acts=acts)
    beside.memory.open(owns=lambda key: key == beside.KEY)
    return is_read


def first() -> RunSpec | None:
    """A, the net beside which the spec's is B; None while it is alone."""
    return beside.memory.value


def set_beside() -> None:
    """The view's button or a verdict's was pressed: the net on screen is A from now on, and the cure makes B."""
    cure = st.session_state[LIVE].get("set_beside")
    if not isinstance(cure, Mapping):
        return
    a = first() or spec()
    try:
        b = a.replace(**cure)
        tables.check(b)
        task.check(b)
        bounds.check(b)
    except SpecError as error:
        memory.say(error.sentence)
        return
    beside.memory.adopt(a)
    if b != spec():
        memory.adopt(b)


def doubt() -> None:
    """The view's button was pressed: whether B differs from A by luck is to be tried on more seeds."""
    a, steps = first(), st.session_state[LIVE].get("luck")
    if a is not None and isinstance(steps, int):
        proof.shared(host.shared, workbench.shared).doubt(second(), a, spec(), steps)


def keep() -> None:
    """Go on with one of the two alone, as it stands."""
    a, kept = first(), st.session_state[LIVE].get("keep")
    if a is None or kept not in ("a", "b"):
        return
    both = token(), second()
    if kept == "a":
        memory.adopt(task.holding(a))
        host.shared().forget(both[1])
    elif spec() != a:
        tokens.adopt(both[1])
        host.shared().forget(both[0])
    beside.memory.adopt(None)


def adopt(new: RunSpec) -> None:
    """Run this spec."""
    memory.adopt(new)


def begin_again() -> None:
    """The task's button was pressed: all settings as it begins with them."""
    if now := task.now():
        beside.memory.adopt(None)
        memory.adopt(now.begin)


def is_linked() -> bool:
    """Whether the spec is that of a link: whatever this tab trained before, its net waits to be started."""
    return memory.kept.came_by == "link"


def is_cured() -> bool:
    """Whether the spec is a verdict's cure: a net that is sick already, no change now would make well."""
    return memory.kept.came_by == "cure"


def apply_cure() -> None:
    """The live view's button was pressed: run the spec with the fields that the verdict offers."""
    cure = st.session_state[LIVE].get("cure")
    if not isinstance(cure, Mapping):
        return
    try:
        memory.adopt(memory.changed(cure), came_by="cure")
    except SpecError as error:
        memory.say(error.sentence)


def branch() -> None:
    """The live view asked to go on from a step of before: with the settings of then or of now, or to undo a change."""
    asked = st.session_state[LIVE].get("branch")
    if not isinstance(asked, Mapping):
        return
    if first() is not None:
        memory.say("Two nets stand side by side: keep one of them, and it can go on from an earlier step.")
        return
    changes = host.shared().changes(token())
    settings, step = asked.get("settings"), asked.get("step")
    if settings == "undo" and changes:
        step, undone = changes[-1]["step"] - 1, changes[-1:]
    elif isinstance(step, int) and not isinstance(step, bool):
        undone = [] if settings == "now" else [each for each in changes if each["step"] > step]
    else:
        return
    try:
        new = before(spec(), undone)
        memory.kept.check(new)
        refused = host.shared().branch(token(), step, new, plays=settings != "undo")
    except SpecError as error:
        refused = error.sentence
    if refused:
        memory.say(refused)
    else:
        memory.adopt(new, came_by="control")


def before(now: RunSpec, changes: Sequence[Mapping[str, Any]]) -> RunSpec:
    """The spec as it was before these changes of the running net, the last of which led to `now`."""
    undone: dict[str, Any] = {}
    for change in reversed(changes):
        undone |= change["before"]
    return now.replace(**undone)


def token() -> str:
    """The name of this visitor's run, A's where there are two."""
    return tokens.visitor()


def second() -> str:
    """The name of the run beside this visitor's, which follows from its own: a reload finds both."""
    return tokens.derived(token(), "beside")


def adopt_token() -> None:
    """The tab kept a run through a reload: it is this visitor's from now on."""
    kept = st.session_state[LIVE].get("token")
    if isinstance(kept, str) and tokens.TOKEN.fullmatch(kept) and kept != token():
        for each in (token(), second()):
            host.shared().forget(each)
        tokens.adopt(kept)
        _take_back(kept)


def _take_back(kept: str) -> None:
    """A page that was loaded anew lost its tables; the one that the run trains on is here again."""
    need, table = tables.needed(), host.shared().table(kept)
    if need and table and table.name == need.name:
        tables.hold(table, need.reading)
        read_again("view")


def read_again(came_by: str) -> None:
    """Take the runs of the address, whose table is here now."""
    if task.now():
        task.memory.read_again(came_by)
    memory.read_again(came_by)
    if beside.KEY in st.query_params:
        beside.memory.read_again(came_by)
