"""The signal of a net before any training: what theory says of each layer, and what real nets show."""

import streamlit as st

from viz.run import session, tables
from viz.server import bounds
from viz.signal import controls, settings
from viz.signal.audited import table
from viz.signal.chaos import chaos
from viz.signal.measured import arguments
from viz.signal.pictures import expectation
from viz.widgets.notices import notices
from viz.words.language import say


def page() -> None:
    session.open_page(beside=settings.OPTIONS, check=bounds.check_size)
    settings.open_page()
    notices(session.memory, more=tables.wishes())
    with st.sidebar:
        controls.lesson()
        controls.everything()
    st.markdown(f"## {say('What passes through this net before any training')}")
    net = session.spec()
    pictures = None
    if net.hidden:
        stack = arguments(net, settings.memory.value.samples)
        pictures = expectation(stack, settings.memory.value.seeds)
    else:
        no_depth = (
            "A net without hidden layers has no depth for a signal to cross. Give it at least one layer."
        )
        st.info(say(no_depth))
    if pictures:
        pictures.measure()
        chaos(stack)
        table()
