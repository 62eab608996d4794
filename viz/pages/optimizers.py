"""Race optimizers on a loss surface: the view, its controls beside it, details below."""

from functools import partial

import streamlit as st

from viz.race import controls, details, host, looks, session, takeaway
from viz.race.component import race_view
from viz.race.waits import waits
from viz.server import visitors
from viz.widgets.looks import keep, misread
from viz.widgets.notices import notices


def page() -> None:
    if session.memory.open(owns=lambda key: key not in looks.KEYS):
        session.memory.also(misread(looks.LOOKS))
    with st.sidebar:
        controls.preset()
        controls.everything()
    notices(session.memory)
    host.shared().admit(session.token(), visitors.of_this_page())
    with st.container(key="race_waits"):  # its place stays when the bar goes, and with it that of the view
        waits()
    race_view(
        session.token(),
        session.race(),
        session.revision(),
        key=session.VIEW,
        race=session.adopt_view,
        looks=partial(keep, session.VIEW, looks.LOOKS),
    )
    details.everything(session.race(), session.token())
    takeaway.takeaway(session.race())
