"""The figures of the Signal page."""

from typing import Any

import numpy as np
import streamlit as st

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
from viz.words.language import say
from viz.words.text import plain


class Pictures:
    """The figures of one net, in a place of their own: theory at once, and nets once they are measured."""

    def __init__(self, stack: dict[str, Any], theory: Prediction, seeds: int) -> None:
        self.stack, self.theory, self.seeds = stack, theory, seeds_of(stack, seeds)
        # Places of their own, filled or not: what comes and goes would close the expanders below it.
        fewer, self.progress, self.place, self.below = (st.empty() for _ in range(4))
        if self.seeds < seeds:
            words = "This net has {weights:,} weights: {measured} of {seeds} seeds are measured."
            fewer.caption(say(words, weights=weights_of(stack), measured=self.seeds, seeds=seeds))
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
                say(
                    "Below rounding: from layer {first} on samples differ by less than {precision} can hold beside the "
                    "length of z; what is left of Var z is rounding, and its points are left out.",
                    first=first,
                    precision=precision(self.stack),
                )
            )


def expectation(stack: dict[str, Any], seeds: int) -> Pictures | None:
    """Theory in words and as lines, at once; None where nothing can be measured, and it is said why."""
    try:
        theory = expected(stack)
    except SpecError as error:
        st.error(plain(in_labels(str(error))), icon=":material/error:")
        return None
    if reason := too_many_samples(stack):
        st.error(say(reason), icon=":material/error:")
        return None
    if said := plainly(theory):
        st.markdown(said)
    st.caption(
        say(
            "One pass forward with random inputs x ~ N(0, 1), one back from L = Σ v z, v ~ N(0, 1), in place of a "
            "loss. Dashed: theory of the infinitely wide net. Points: mean of the seeds; band: lowest to highest seed."
        )
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
        "variances": (left, ("activation_var", "signal_var"), say("Variance, forward"), say("variance")),
        "gradients": (
            right,
            ("gradient_ms",),
            say("Squared gradient E[(dL/dz)²], backward"),
            say("mean square"),
        ),
        "lengths": (left, ("q",), say("Length q = E[z²], before any batch norm"), say("mean square")),
        "shares": (right, ("saturated", "dead"), say("Saturated outputs and dead units"), say("share")),
    }
    for key, (place, names, title, unit) in charts.items():
        log = key != "shares"
        figure = figures.band(
            predicted={say(LABELS[name]): shown(theory, name, log) for name in names},
            measured={say(LABELS[name]): shown(measured, name, log) for name in names},
            roles={say(LABELS[name]): ROLES[name] for name in names},
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
