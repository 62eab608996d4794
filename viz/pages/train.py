"""Train a net, live: controls beside it, the paused frame and what was chosen in detail below."""

import streamlit as st

from engine.spec import SpecError
from viz.live import host
from viz.live.component import live
from viz.run import controls, details, session
from viz.server.bounds import FullError
from viz.words.labels import in_labels
from viz.words.text import plain


def page() -> None:
    session.open_page()
    controls.notices()
    with st.sidebar:
        controls.lesson()
        controls.everything()
    try:
        waits = session.is_linked()
        host.shared().want(session.token(), session.spec(), anew=waits or session.is_cured(), waits=waits)
    except SpecError as error:  # a net of the Signal page, too large to train
        st.error(plain(in_labels(str(error))), icon=":material/error:")
        return
    except FullError as error:
        st.error(plain(in_labels(str(error))), icon=":material/error:")
    view = live(
        session.token(),
        key=session.LIVE,
        token=session.adopt_token,
        cure=session.apply_cure,
    )
    if view.paused:
        details.paused_frame(view.paused)
    details.choices(session.spec())
