"""What lies beside and below a page's view: it is drawn once the view stands."""

import time
from collections.abc import Callable

import streamlit as st

from viz.widgets.delivery import again, visit

DRAWN = "drawn"  # of the session: the visit in which its page was drawn before
SOON, LATEST = 0.3, 10.0  # seconds
AT_ONCE, FIRST_LOOK, TICK = 1.0, 0.1, 0.02  # seconds


def give_way(stands: Callable[[], bool]) -> None:
    """At a visit's first script run: let what was drawn be on screen before what is beside it, a second at most.

    A browser that draws thirty fields first has no time for a view's frames.
    """
    latest = time.monotonic() + AT_ONCE
    # asked for its state, Streamlit looks whether this run is to end: a reloaded tab brings the run it had before
    while st.session_state.get(DRAWN) != visit() and time.monotonic() < latest:
        if stands():
            time.sleep(FIRST_LOOK)
            return
        time.sleep(TICK)


def is_due(stands: Callable[[], bool]) -> bool:
    """Whether to draw it now. A visit's first script run draws none of it, and asks for a second one.

    Its scripts, Plotly's four megabytes, tables and formulas, take a browser almost as long as all that is above.
    stands: whether what is above is on screen, or soon will be; asked every SOON until LATEST.
    """
    if st.session_state.get(DRAWN) == visit():
        return True
    st.session_state[DRAWN] = visit()
    began = time.monotonic()

    @st.fragment(run_every=SOON)
    def await_it() -> None:
        passed = time.monotonic() - began
        if passed > LATEST or (passed > SOON / 2 and stands()):
            again()

    await_it()
    return False
