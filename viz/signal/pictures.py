"""The figures of the Signal page."""

from typing import Any

import numpy as np
import streamlit as st

from engine.experiments.audit import PROMISE
from engine.spec.stack import Signal
from engine.theory.criticality import critical_line, plane
from engine.theory.laws import law
from engine.theory.mean_field import Prediction
from viz import chrome
from viz.figures import signal as figures
from viz.signal.words import factor_of, of_the_plane, variances
from viz.words.text import plain
from viz.workbench import progressively


def profiles(theory: Prediction, measured: Signal) -> None:
    """Forward, backward and saturation, side by side."""
    left, right = st.columns(2)
    charts = {
        "variances": (left, ("activation_var", "signal_var"), "Variance, forward", "variance"),
        "gradients": (right, ("gradient_ms",), "Squared gradient E[(dS/dz)²], backward", "mean square"),
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
        place.plotly_chart(figure, key=f"signal_{key}_{len(measured.q)}_chart", theme=None)


LABELS = {
    "q": "q",
    "activation_var": "Var h, pooled",
    "signal_var": "Var z, signal",
    "gradient_ms": "E[(dS/dz)²]",
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


def chaos(stack: dict[str, Any]) -> None:
    """The plane of order and chaos, for nets without batch norm."""
    if stack["batch_norm"] != "none":
        return
    here = variances(stack)
    sw2 = np.linspace(0.02, max(4.0, 1.3 * here[0]), 60)
    sb2 = np.linspace(0.0, max(1.0, 1.3 * here[1]), 40)
    with st.expander("Order and chaos: where this net stands", expanded=False):
        phi = law(stack["activation"], stack["activation_options"])
        critical = critical_line(phi)
        st.caption(plain(of_the_plane(phi, critical, sw2[-1], sb2[-1])))
        if slope := factor_of(phi):
            critical = np.full(2, 1 / slope), sb2[[0, -1]]
        figure = figures.phases(
            sw2=sw2,
            sb2=sb2,
            chi=plane(phi, sw2, sb2)[1],
            critical=critical,
            here=here,
            title="χ, the factor of the squared gradient in each layer of a very deep net",
            base=chrome.base(),
        )
        st.plotly_chart(figure, key="chaos_chart", theme=None)


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
            for seen in progressively("audit"):
                rows.table(seen["rows"], hide_index=True)
