"""Where batch norm stands: before the activation, after it, on the data, on the logits."""

import numpy as np
import streamlit as st

from engine.experiments.batch_norm.placements import PLACES, Placements
from engine.spec import RunSpec
from viz import chrome
from viz.figures.lines import Line
from viz.figures.shared_axis import through_time
from viz.techniques.batch_norm.choices import steps_of
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.words.text import plain
from viz.workbench import progressively

STYLES = (
    ("muted", "dot"),
    ("activation", "solid"),
    ("test", "dash"),
    ("ok", "dashdot"),
    ("gradient", "longdash"),
)


def show(spec: RunSpec) -> None:
    first, _, _ = st.columns(3)
    steps = steps_of(first, spec, runs=len(PLACES))
    grow(
        st.empty(),
        progressively(Placements, "batch_norm_placements", spec=spec.to_dict(), steps=steps),
        picture,
    )


def picture(seen: Placements) -> None:
    for name, end in zip(seen.places, seen.diverged_at, strict=True):
        if end >= 0:
            st.warning(f"{plain(name.capitalize())}: diverged at step {end}.", icon=":material/warning:")
    words(seen)
    charts(seen)


def words(seen: Placements) -> None:
    """Who is ahead."""
    last = [row[np.isfinite(row)][-1] if np.isfinite(row).any() else np.nan for row in seen.loss]
    if np.isfinite(last).all():
        order = np.argsort(last)
        st.markdown(
            "**Test loss at inference, best first**: "
            + "; ".join(f"{seen.places[k]} {last[k]:.3g}" for k in order)
            + ". One seed each: small differences are chance."
        )


def charts(seen: Placements) -> None:
    for place, (name, title, unit) in zip(
        st.columns(2),
        (("loss", "Test loss", "cross-entropy"), ("accuracy", "Test accuracy", "accuracy")),
        strict=True,
    ):
        lines = {
            where: Line(row, *style)
            for where, row, style in zip(seen.places, getattr(seen, name), STYLES, strict=True)
        }
        figure = through_time(
            seen.step,
            lines,
            title=title,
            unit=unit,
            base=chrome.base(),
            log=name == "loss",
            share=name == "accuracy",
        )
        chart(figure, f"batch_norm_placement_{name}", place)
    st.caption(
        "Ioffe and Szegedy (2015) normalize the linear map's output, before the activation. After the activation the "
        "next layer's input has mean 0 and variance 1. On the data it replaces standardizing them; on the logits it "
        "fixes how sure the net can be until γ has grown. All nets begin with the same weights."
    )
