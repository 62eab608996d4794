"""The signal of a net before any training: what theory says of each layer, and what real nets show."""

import streamlit as st

from viz.run import session, tables
from viz.server import bounds
from viz.signal import controls, settings
from viz.signal.chaos import chaos
from viz.signal.measured import arguments
from viz.signal.pictures import signal, table
from viz.widgets.notices import notices


def page() -> None:
    session.open_page(beside=settings.OPTIONS, check=bounds.check_size)
    settings.open_page()
    notices(session.memory, more=tables.wishes())
    with st.sidebar:
        controls.everything()
    st.markdown("#### Signal propagation at init")
    st.caption(
        "No training: one pass forward with x ~ N(0, 1), one pass back from S = Σ v z, v ~ N(0, 1). Dashed: theory "
        "of the infinitely wide net. Points: mean of the seeds; band: lowest to highest seed."
    )
    if not session.spec().hidden:
        st.info("A net without hidden layers has no depth for a signal to cross. Give it at least one layer.")
        return
    stack = arguments(session.spec(), settings.memory.value.samples)
    if signal(stack, settings.memory.value.seeds):
        chaos(stack)
        table()
