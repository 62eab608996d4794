"""The live view of the net that runs."""

from functools import partial
from typing import Any

import streamlit as st

from engine.spec import RunSpec, SpecError
from viz.exports import takes
from viz.live.component import Given, live
from viz.run import looks, running, session, tables, task
from viz.run.lessons import LESSONS, PANELS
from viz.server.bounds import FullError
from viz.widgets.looks import keep
from viz.words.difference import batches, difference
from viz.words.labels import in_labels
from viz.words.language import say
from viz.words.spec import described
from viz.words.text import plain


def watched() -> Any | None:
    """See to it that the spec runs, and show it; None where the net is too large to train, with the reason.

    A page calls it before it draws its controls: the net and the view's scripts are under way meanwhile.
    """
    first = session.first()
    try:
        running.run()
    except SpecError as error:  # a net of the Signal page
        st.error(plain(in_labels(str(error))), icon=":material/error:")
        return None
    except FullError as error:
        st.error(plain(in_labels(error.sentence)), icon=":material/error:")
    given = Given(
        session.token(),
        takes=takes.offered(),
        caption=_caption(first),
        beside=_second(first),
        lesson=_panel(),
        hides=[part for part in (*PANELS, "verdict") if task.is_hidden(part)],
    )
    return live(
        given,
        key=session.LIVE,
        token=session.adopt_token,
        cure=session.apply_cure,
        set_beside=session.set_beside,
        keep=session.keep,
        luck=session.doubt,
        branch=session.branch,
        looks=partial(keep, session.LIVE, looks.KEYS),
    )


def _panel() -> str | None:
    """The panel to look at first: the task's, or that of the lesson on screen."""
    now = task.now()
    if now and now.look:
        return now.look
    return next((lesson.panel for lesson in LESSONS.values() if lesson.spec == session.spec()), None)


def _second(first: RunSpec | None) -> dict[str, Any] | None:
    """What the view is told of B: its run, None as long as it is no other than A, and what makes it of A."""
    if first is None:
        return None
    b = session.spec()
    return {
        "token": None if b == first else session.second(),
        "words": difference(first, b),
        "batches": batches(first, b),
        "labels": list(b.layer_names),
        "stream": b.residual != "none",
    }


def _caption(first: RunSpec | None) -> str:
    if first is None:
        return _settings(session.spec())
    other = difference(first, session.spec()) or say("the same")
    return say("A, solid: {a}. B, dashed: {b}.", a=_settings(first), b=other)


def _settings(spec: RunSpec) -> str:
    return say(described(spec, tables.label(spec.dataset)))
