"""Train a net, live: controls beside it, what was chosen and the paused frame in detail below."""

import streamlit as st

from viz import controls, session


def page() -> None:
    session.open_page()
    with st.sidebar:
        controls.everything()
    for notice in session.take_notices():
        st.toast(notice, icon=":material/info:", duration="long")
    st.write(session.spec().to_dict())
