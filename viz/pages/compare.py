"""Many settings times many seeds: who leads, by how much, and what no seed can tell apart."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import streamlit as st

from engine.experiments.standing import Grid, Nested
from engine.tables.datasets import DATASETS
from engine.tables.errors import SpecError
from viz.compare import controls, crossed, pictures, session, stopped, words
from viz.compare.plan import INNER, KEYS, NONE, Cells, Plan, cells, families, work
from viz.run import controls as run_controls
from viz.run import session as run
from viz.run import tables
from viz.run.fields import unmarked
from viz.widgets.growing import grow
from viz.widgets.notices import notices
from viz.words.labels import LABELS, in_labels
from viz.words.language import say
from viz.words.text import plain
from viz.workbench import progressively

BETWEEN = 1.5  # seconds between two drawings while it grows
SEEN, STOPPED = "compare_seen", "compare_stopped"


def page() -> None:
    run.open_page(beside=KEYS)
    session.open_page()
    notices(run.memory, more=tables.wishes())
    for said in session.memory.notices():
        st.info(plain(said), icon=":material/info:")
    with st.sidebar:
        controls.preset()
        controls.everything(run.spec())
        with unmarked():
            run_controls.everything()
    if refused := [*session.memory.reasons(), *run.memory.reasons()]:
        last = say(
            "This is the comparison of the last settings that were right. At the left stands what cannot be done:"
        )
        st.warning("\n\n".join(map(plain, (last, *refused))), icon=":material/warning:")
    plan = session.plan()
    if plan.rank == "accuracy" and not DATASETS[run.spec().dataset].classes:
        plan = plan.change(rank="test_loss")
        numbers = "These targets are numbers, of which none is right or wrong: ranked by test loss."
        st.info(say(numbers), icon=":material/info:")
    try:
        found = cells(run.spec(), plan)
    except SpecError as error:
        st.error(plain(in_labels(error.sentence, LABELS | session.LABELS)), icon=":material/error:")
        return
    if found.left_out:
        st.info("\n\n".join(map(plain, (say("Left out:"), *found.left_out))), icon=":material/info:")
    compared(found, plan)


def compared(found: Cells, plan: Plan) -> None:
    """The comparison as it grows, or as it was when it was stopped."""
    asked: dict[str, Any] = {
        "specs": [cell.spec.to_dict() for cell in found.cells],
        "seeds": plan.seeds,
        "steps": plan.steps,
        "metric": plan.rank,
    }
    of: Any = Grid
    shown: Any = pictures
    name = "compare"
    if plan.folds != NONE:
        of, name, shown = Nested, "nested", crossed
        asked |= {"families": families(found), "folds": int(plan.folds), "inner": INNER}
    with st.container(key="compare_progress"):
        waits, button = st.columns([6, 1], vertical_alignment="bottom")
    with button:
        end = st.empty()
    place = st.empty()
    if STOPPED not in st.session_state:  # a new tab, or one that was loaded anew
        st.session_state[STOPPED], st.session_state[SEEN] = stopped.found(asked)
    if st.session_state[STOPPED] == asked:
        seen = st.session_state.get(SEEN)
        how = say("Stopped before the first run began.")
        if seen:
            how = say("Stopped: {progress}. What is done is kept.", progress=words.progress(seen))
        waits.caption(how)
        end.button(say("Go on"), key="compare_go_on", icon=":material/play_arrow:", on_click=_go_on)
    else:
        _go_on()  # another comparison that was stopped keeps what is done, and goes on when it is asked for again
        end.button(say("Stop"), key="compare_stop", icon=":material/stop:", on_click=_stop, args=(asked,))
        st.session_state[SEEN] = seen = None
        with waits:
            said = _said(work([cell.spec for cell in found.cells], plan)[1])
            results = progressively(of, name, parts=None, say=said, **asked)
            seen = grow(place, paced(results), lambda seen: shown.everything(seen, found, plan))
        end.empty()
        if seen is not None and seen.done >= 1:
            waits.caption(say(words.progress(seen)))
        elif seen is not None:
            end.button(say("Go on"), key="compare_go_on", icon=":material/play_arrow:")
    if seen is not None and seen.ranking:
        with place.container():
            shown.everything(seen, found, plan)
            shown.downloads(seen, found, plan, run.spec())


def paced(results: Iterable[Grid | Nested]) -> Iterator[Grid | Nested]:
    """The first result, then the newest one every so many seconds; the last is the caller's."""
    due = 0.0
    for result in results:
        st.session_state[SEEN] = result
        if result.done == 1 or (result.ranking and time.monotonic() >= due):
            yield result
            due = time.monotonic() + BETWEEN


def _said(reckoned: float) -> Callable[[Grid | Nested], str]:
    """Says of each result how far it is, and how long the rest takes if it goes on so; at first, as it was reckoned."""
    first: list[tuple[float, float]] = []

    def progress(seen: Grid | Nested) -> str:
        now = time.monotonic()
        first.append((seen.done, now))
        done, began = first[0]
        gone = seen.done - done
        return words.progress(seen, (1 - seen.done) * ((now - began) / gone if gone > 0 else reckoned))

    return progress


def _stop(asked: Mapping[str, Any]) -> None:
    st.session_state[STOPPED] = asked
    stopped.keep(asked, st.session_state.get(SEEN))


def _go_on() -> None:
    if left := st.session_state.get(STOPPED):
        stopped.forget(left)
    st.session_state[STOPPED] = None
