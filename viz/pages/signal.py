"""The signal of a net before any training: what theory says of each layer, and what real nets show."""

import streamlit as st

from engine.tables.option import SpecError
from engine.theory.mean_field import predict
from viz.run import controls, session
from viz.server import bounds
from viz.signal.measured import (
    above_rounding,
    arguments,
    measurements,
    precision,
    seeds_of,
    too_many_samples,
    weights_of,
)
from viz.signal.pictures import chaos, profiles, table
from viz.signal.settings import OPTIONS, setting
from viz.signal.words import in_words
from viz.words.labels import in_labels
from viz.words.text import plain


def page() -> None:
    session.open_page(beside=OPTIONS, check=bounds.check_size)
    controls.notices()
    with st.sidebar, controls.unmarked():
        for group in (controls.network, controls.activation, controls.initializer):
            with st.container(key=f"group_signal_{group.__name__}"):
                group()
        controls.choice("batch_norm")
        seeds, batch = setting("seeds"), setting("samples")
    st.markdown("#### Signal propagation at init")
    st.caption(
        "No training: one pass forward with x ~ N(0, 1), one pass back from S = Σ v z, v ~ N(0, 1). Dashed: theory "
        "of the infinitely wide net. Points: mean of the seeds; band: lowest to highest seed."
    )
    spec = session.spec()
    if not spec.hidden:
        st.info("A net without hidden layers has no depth for a signal to cross. Give it at least one layer.")
        return
    stack = arguments(spec, batch)
    try:
        theory = predict(**stack)
    except SpecError as error:
        st.error(plain(in_labels(str(error))), icon=":material/error:")
        return
    if reason := too_many_samples(stack):
        st.error(reason, icon=":material/error:")
        return
    st.markdown(in_words(stack, theory))
    # Places of their own, filled or not: what comes and goes would close the expanders below it.
    fewer, progress, place, below = st.empty(), st.empty(), st.empty(), st.empty()
    affordable = seeds_of(stack, seeds)
    if affordable < seeds:
        fewer.caption(
            f"This net has {weights_of(stack):,} weights: {affordable} of {seeds} seeds are measured."
        )
    with progress:
        for measured in measurements(stack, affordable):
            measured, first = above_rounding(measured, precision(stack))
            with place.container():
                profiles(theory, measured)
            if first:
                below.caption(
                    f"Below rounding: from layer {first} on samples differ by less than {precision(stack)} can hold "
                    "beside the length of z; what is left of Var z is rounding, and its points are left out."
                )
    with st.container():
        chaos(stack)
    table()
