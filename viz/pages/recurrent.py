"""Why gradients vanish and explode in recurrent nets: unrolled nets side by side, theory beside them."""

import streamlit as st

from viz.recurrent import controls, session
from viz.recurrent.pictures import against_radius, gradient, runs, sources, states_and_clipping, verdict
from viz.widgets.notices import notices
from viz.workbench import progressively


def page() -> None:
    session.memory.open()
    with st.sidebar:
        controls.preset()
        controls.everything()
    notices(session.memory)
    st.markdown("#### Why gradients explode and vanish in recurrent nets")
    st.caption(
        "A recurrent net unrolled over T steps, no training: the loss is S = Σ v h_T with v ~ N(0, 1), and the "
        "gradient walks back from it, step by step. Solid: measured. Dashed: theory."
    )
    case = session.case()
    answer = st.empty()
    left, right = (column.empty() for column in st.columns(2))
    below = st.empty()
    drawn = 0
    asked = {"nets": case.nets, "kinds": list(case.kinds.values()), "radii": case.radii}
    for count, seen in enumerate(progressively("recurrent", **asked)):
        found = runs(seen)
        if len(found) > drawn:
            drawn = len(found)
            with answer.container():
                verdict(case, found, seen["predicted"])
            with left.container():
                gradient(case, found, seen["predicted"])
            with below.container():
                states_and_clipping(case, found)
        with right.container():
            against_radius(case, found, seen, count)
    sources()
