"""The same net with several rates: its loss on training and on test samples."""

import numpy as np
import streamlit as st

from engine.experiments.dropout.rates import RATES, DropoutRates
from engine.spec import RunSpec
from engine.tables.wording import Sentence
from viz import chrome
from viz.figures.lines import Line
from viz.figures.shared_axis import through_time
from viz.techniques.dropout.choices import steps_of
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.words.language import say, series
from viz.workbench import progressively

STYLES = (
    ("muted", "dot"),
    ("activation", "solid"),
    ("test", "dash"),
    ("gradient", "dashdot"),
    ("ok", "longdash"),
)


def show(spec: RunSpec) -> None:
    every = sorted({*RATES, spec.dropout})
    first, _, _ = st.columns(3)
    steps = steps_of(first, spec, runs=len(every))
    results = progressively(DropoutRates, "dropout_rates", spec=spec.to_dict(), steps=steps, rates=every)
    grow(st.empty(), results, picture)


def picture(seen: DropoutRates) -> None:
    for rate, end in zip(seen.rates, seen.diverged_at, strict=True):
        if end >= 0:
            st.warning(
                say("p = {rate:g}: diverged at step {step}.", rate=rate, step=end), icon=":material/warning:"
            )
    by_rate(seen)


def by_rate(seen: DropoutRates) -> None:
    whole = seen.diverged_at < 0
    known = np.isfinite(seen.loss[whole]).all(axis=(0, 2))
    if whole.any() and known.any():
        at = np.flatnonzero(known)[-1]
        said = series(
            Sentence("p = {rate:g}: {train:.2g} and {test:.2g}", rate=rate, train=train, test=test)
            for rate, (train, test), runs in zip(seen.rates, seen.loss[:, at], whole, strict=True)
            if runs
        )
        st.markdown(
            say(
                "**Loss on training and on test samples at inference, after step {step}.** {each}.",
                step=seen.step[at],
                each=said,
            )
        )
    for place, (which, title) in zip(
        st.columns(2), enumerate((say("Training samples, loss"), say("Test samples, loss"))), strict=True
    ):
        lines = {
            f"p = {rate:g}": Line(seen.loss[k, :, which], *STYLES[k % len(STYLES)])
            for k, rate in enumerate(seen.rates)
        }
        figure = through_time(
            seen.step, lines, title=title, unit=say("cross-entropy"), base=chrome.base(), log=True
        )
        chart(figure, f"dropout_rate_{which}", place)
    st.caption(
        say(
            "Dropout slows learning and narrows the distance between the two. It pays where a net learns its "
            "training samples by heart, and costs where it has not even learned them: expect little from it in a "
            "few hundred steps, and a deep net at p = 0.8 may not learn at all. All runs begin with the same "
            "weights and see the same batches."
        )
    )
