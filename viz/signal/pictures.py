"""The figures of the Signal page."""

from typing import Any

import numpy as np
import streamlit as st

from engine.experiments.audit import PROMISE
from engine.experiments.propagation import Propagation
from engine.spec.stack import Signal
from engine.tables.errors import SpecError
from engine.theory.mean_field import Prediction, predict
from viz import chrome
from viz.figures import signal as figures
from viz.signal.measured import (
    above_rounding,
    are_known,
    measurements,
    nothing,
    precision,
    seeds_of,
    too_many_samples,
    weights_of,
)
from viz.signal.words import in_words, plainly
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.words.labels import in_labels
from viz.words.text import plain
from viz.workbench import progressively


class Pictures:
    """The figures of one net, in a place of their own: theory at once, and nets once they are measured."""

    def __init__(self, stack: dict[str, Any], theory: Prediction, seeds: int) -> None:
        self.stack, self.theory, self.seeds = stack, theory, seeds_of(stack, seeds)
        # Places of their own, filled or not: what comes and goes would close the expanders below it.
        fewer, self.progress, self.place, self.below = (st.empty() for _ in range(4))
        if self.seeds < seeds:
            fewer.caption(
                f"This net has {weights_of(stack):,} weights: {self.seeds} of {seeds} seeds are measured."
            )
        if not are_known(stack, self.seeds):
            grow(self.place, [nothing(stack)], self._draw)

    def measure(self) -> None:
        """Draw the first seed and then all of them, as they come."""
        with self.progress:
            grow(self.place, measurements(self.stack, self.seeds), self._draw, before=1)

    def _draw(self, seen: Propagation) -> None:
        measured, first = above_rounding(seen, precision(self.stack))
        profiles(self.theory, measured)
        if first:
            self.below.caption(
                f"Below rounding: from layer {first} on samples differ by less than {precision(self.stack)} can hold "
                "beside the length of z; what is left of Var z is rounding, and its points are left out."
            )


def expectation(stack: dict[str, Any], seeds: int) -> Pictures | None:
    """Theory in words and as lines, at once; None where nothing can be measured, and it is said why."""
    try:
        theory = expected(stack)
    except SpecError as error:
        st.error(plain(in_labels(str(error))), icon=":material/error:")
        return None
    if reason := too_many_samples(stack):
        st.error(reason, icon=":material/error:")
        return None
    if said := plainly(theory):
        st.markdown(said)
    st.caption(
        "One pass forward with random inputs x ~ N(0, 1), one back from L = Σ v z, v ~ N(0, 1), in place of a loss. "
        "Dashed: theory of the infinitely wide net. Points: mean of the seeds; band: lowest to highest seed."
    )
    st.markdown(in_words(stack, theory))
    return Pictures(stack, theory, seeds)


@st.cache_data(max_entries=64, show_spinner=False)
def expected(stack: dict[str, Any]) -> Prediction:
    """What theory says of the layers, kept: most script runs ask again. SpecError where it says nothing."""
    return predict(**stack)


def profiles(theory: Prediction, measured: Signal) -> None:
    """Forward, backward and saturation, side by side."""
    left, right = st.columns(2)
    charts = {
        "variances": (left, ("activation_var", "signal_var"), "Variance, forward", "variance"),
        "gradients": (right, ("gradient_ms",), "Squared gradient E[(dL/dz)²], backward", "mean square"),
        "lengths": (left, ("q",), "Length q = E[z²], before any batch norm", "mean square"),
        "shares": (right, ("saturated", "dead"), "Saturated outputs and dead units", "share"),
    }
    for key, (place, names, title, unit) in charts.items():
        log = key != "shares"
        figure = figures.band(
            predicted={LABELS[name]: shown(theory, name, log) for name in names},
            measured={LABELS[name]: shown(measured, name, log) for name in names},
            roles={LABELS[name]: ROLES[name] for name in names},
            title=title,
            unit=unit,
            log=log,
            base=chrome.base(),
        )
        chart(figure, f"signal_{key}", place)


LABELS = {
    "q": "q",
    "activation_var": "Var a, pooled",
    "signal_var": "Var z, signal",
    "gradient_ms": "E[(dL/dz)²]",
    "saturated": "saturated outputs",
    "dead": "dead units",
}


ROLES = {
    "q": "activation",
    "activation_var": "activation",
    "signal_var": "weight",
    "gradient_ms": "gradient",
    "saturated": "warning",
    "dead": "danger",
}


def shown(signal: Signal, name: str, log: bool) -> np.ndarray:
    """What a chart shows of a quantity: log10 of it, or the share itself."""
    if not log:
        return signal[name]
    if name == "gradient_ms":
        return signal.gradient_ms_log10
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log10(signal[name])


def table() -> None:
    """Glorot's initializer as Géron's table gives it, audited."""
    with st.expander("Géron's Table 11-1, audited: what each row promises, and what a 20-layer net shows"):
        st.caption(
            "Aurélien Géron, *Hands-On Machine Learning with Scikit-Learn and TensorFlow*, 1st edition, 2017, "
            "Table 11-1: Xavier Glorot's weights for the logistic function, tanh and ReLU, with gains 1, 4 and √2."
        )
        if not st.toggle("Run the six nets", key="audit", help="256 wide, 20 layers, 4 seeds each."):
            return
        st.caption(f"{PROMISE} That is what each row promises.")
        bar, rows = st.empty(), st.empty()
        with bar:
            grow(rows, progressively(_rows, "audit"), lambda seen: st.table(seen, hide_index=True))


def _rows(rows: list[dict[str, str]], done: float) -> list[dict[str, str]]:
    return rows
