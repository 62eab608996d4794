"""Train a net, live: controls beside it, the paused frame and what was chosen in detail below."""

from contextlib import nullcontext

import streamlit as st

from viz.live import host
from viz.run import beside, controls, details, fields, looks, running, session, tables, takeaway, task, tasks
from viz.run.more import more
from viz.run.view import watched
from viz.widgets import below
from viz.widgets.notices import notices
from viz.words.language import say


def page() -> None:
    if session.open_pair(acts=running.at_once):
        session.memory.also(looks.said())
    notices(task.memory, session.memory, beside.memory, more=tables.wishes())
    tasks.board()
    view = watched()
    below.give_way(lambda: host.shared().is_watched(session.token()))
    is_pair = session.first() is not None  # whatever changes then, B is a net from its first step
    with st.sidebar, fields.unmarked() if is_pair else nullcontext():
        if is_pair:
            st.caption(say("B has these settings. A stays as it is."))
        controls.lesson()
        controls.everything(more)
    if view is None:
        return
    if below.is_due(lambda: host.shared().is_watched(session.token())):
        details.choices(session.spec())
        takeaway.shelf(session.first() or session.spec(), session.token())
        takeaway.script(session.spec())
        tasks.share(session.spec())
    if (
        view.paused
    ):  # below all that is there already: it comes late, and pushes nothing away under somebody's hands
        with st.container(key="step_in_detail"):
            details.paused_frame(view.paused)
