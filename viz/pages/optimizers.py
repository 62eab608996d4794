"""Race optimizers on a loss surface: the view, its controls beside it, details below."""

import streamlit as st

from viz.race import controls, details, host, session
from viz.race.component import race_view
from viz.words.labels import in_labels
from viz.words.text import plain


def page() -> None:
    session.open_page()
    with st.sidebar:
        controls.preset()
        controls.everything()
    with st.container(key="notices"):
        if said := session.notices():
            st.info(
                "\n\n".join(plain(in_labels(one, controls.LABELS)) for one in said), icon=":material/info:"
            )
    host.shared().admit(session.token())
    race_view(session.token(), session.race(), session.revision(), key=session.VIEW, race=session.adopt_view)
    details.everything(session.race(), session.token())
