"""The live view of the net that runs."""

from typing import Any

import streamlit as st

from engine.spec import SpecError
from viz.exports import takes
from viz.live import host
from viz.live.component import live
from viz.run import session
from viz.server import visitors
from viz.server.bounds import FullError
from viz.words.labels import in_labels
from viz.words.spec import caption
from viz.words.text import plain


def watched() -> Any | None:
    """See to it that the spec runs, and show it; None where the net is too large to train, with the reason.

    A page calls it before it draws its controls: the net and the view's scripts are under way meanwhile.
    """
    try:
        waits = session.is_linked()
        anew = waits or session.is_cured()
        host.shared().want(
            session.token(), session.spec(), anew=anew, waits=waits, visitor=visitors.of_this_page()
        )
    except SpecError as error:  # a net of the Signal page
        st.error(plain(in_labels(str(error))), icon=":material/error:")
        return None
    except FullError as error:
        st.error(plain(in_labels(str(error))), icon=":material/error:")
    return live(
        session.token(),
        key=session.LIVE,
        takes=takes.offered(),
        caption=caption(session.spec()),
        token=session.adopt_token,
        cure=session.apply_cure,
    )
