"""Where batch norm stands: before the activation, after it, on the data, on the logits."""

import numpy as np
import streamlit as st

from engine.experiments.batch_norm.placements import PLACES, Placements
from engine.spec import RunSpec
from engine.tables.wording import Sentence
from viz import chrome
from viz.figures.lines import Line
from viz.figures.shared_axis import through_time
from viz.techniques.batch_norm.choices import steps_of
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.words.language import say, series
from viz.words.text import plain
from viz.workbench import progressively

NAMES = {
    "none": "none",
    "before": "before",
    "after": "after",
    "before + data": "before + data",
    "before + logits": "before + logits",
}
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
            words = say(
                "{where}: diverged at step {step}.", where=plain(say(NAMES[name]).capitalize()), step=end
            )
            st.warning(words, icon=":material/warning:")
    ranked(seen)
    charts(seen)


def ranked(seen: Placements) -> None:
    """Who is ahead."""
    last = [row[np.isfinite(row)][-1] if np.isfinite(row).any() else np.nan for row in seen.loss]
    if np.isfinite(last).all():
        order = np.argsort(last)
        each = series(
            Sentence("{place} {loss:.3g}", place=say(NAMES[seen.places[k]]), loss=last[k]) for k in order
        )
        st.markdown(
            say(
                "**Test loss at inference, best first**: {each}. One seed each: small differences are chance.",
                each=each,
            )
        )


def charts(seen: Placements) -> None:
    for place, (name, title, unit) in zip(
        st.columns(2),
        (
            ("loss", say("Test loss"), say("cross-entropy")),
            ("accuracy", say("Test accuracy"), say("accuracy")),
        ),
        strict=True,
    ):
        lines = {
            say(NAMES[where]): Line(row, *style)
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
        say(
            "Ioffe and Szegedy (2015) normalize the linear map's output, before the activation. After the activation "
            "the next layer's input has mean 0 and variance 1. On the data it replaces standardizing them; on the "
            "logits it fixes how sure the net can be until γ has grown. All nets begin with the same weights."
        )
    )
