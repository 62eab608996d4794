"""The signal of a net before any training: what theory says of each layer, and what real nets show."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from engine.experiments.audit import PROMISE
from engine.experiments.propagation import Propagation
from engine.spec import RunSpec
from engine.spec.stack import Signal, Stack
from engine.tables.option import SpecError
from engine.theory.criticality import critical_line, plane
from engine.theory.mean_field import Prediction, law, predict
from viz import chrome, controls, session
from viz.figures import signal as figures
from viz.labels import in_labels
from viz.live import bounds
from viz.signal.experiment import propagation
from viz.signal.settings import OPTIONS, setting
from viz.signal.words import factor_of, in_words, of_the_plane, variances
from viz.text import plain
from viz.workbench import progressively

WORK = 7.5e8  # weights x seeds that one visitor may have measured at a control's change, for a small batch
SMALL_BATCH = 64  # samples that take as long as drawing the weights
FINE = 4_000_000  # weights up to which a net is measured in double precision
ROUNDING = 10  # times eps² q: a signal's variance below it is the rounding of z


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


def arguments(spec: RunSpec, batch_size: int) -> dict[str, Any]:
    """The stack that a run's hidden layers are, fed by an input as wide as the first of them."""
    return {
        "activation": spec.activation,
        "activation_options": dict(spec.activation_options),
        "initializer": spec.initializer,
        "initializer_options": dict(spec.initializer_options),
        "widths": (spec.hidden[0], *spec.hidden),
        "batch_norm": spec.batch_norm,
        "batch_size": batch_size,
    }


def weights_of(stack: dict[str, Any]) -> int:
    net = Stack(**stack)
    return net.pieces * sum(fan_in * fan_out for fan_in, fan_out in net.fans())


def seeds_of(stack: dict[str, Any], seeds: int) -> int:
    """The seeds asked for, or as many nets of this size as can be measured while somebody waits; at least one."""
    work = weights_of(stack) * (1 + stack["batch_size"] / SMALL_BATCH)
    return max(1, min(seeds, int(WORK / work)))


def too_many_samples(stack: dict[str, Any]) -> str:
    """Why these samples do not fit through this net on this server; "" where they do."""
    outputs = 2 * (1 + Stack(**stack).pieces) * sum(stack["widths"][1:]) * np.dtype(precision(stack)).itemsize
    if (needed := stack["batch_size"] * outputs) <= bounds.MOST_MEMORY:
        return ""
    return (
        f"{stack['batch_size']} samples through this net would take {needed / 1e9:.1f} GB of this server's memory; "
        f"give at most {int(bounds.MOST_MEMORY / outputs)} samples, or a smaller net."
    )


def precision(stack: dict[str, Any]) -> str:
    """The numbers that a net is measured in: double precision costs a large one too much time."""
    return "float64" if weights_of(stack) <= FINE else "float32"


def measurements(stack: dict[str, Any], seeds: int) -> Iterator[Propagation]:
    """What is measured, as soon as a seed is there and when all are; arrays [seeds, layers]."""
    first = True
    for seen in progressively("signal", seeds=seeds, dtype=precision(stack), **stack):
        if first or seen["done"] == 1:
            yield propagation(seen)
        first = False


def above_rounding(measured: Propagation, dtype: str) -> tuple[Propagation, int]:
    """The same without signal variances that are only the rounding of z, and the first layer that has one; 0: none."""
    lost = measured.signal_var < ROUNDING * np.finfo(dtype).eps ** 2 * measured.q
    kept = replace(measured, signal_var=np.where(lost, np.nan, measured.signal_var))
    return kept, int(lost.any(axis=0).argmax()) + 1 if lost.any() else 0


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
