"""The signal of a net before any training: what theory says of each layer, and what real nets show."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import streamlit as st

from engine.audit import Audit, audit
from engine.criticality import critical_line, fixed_point, plane
from engine.propagation import Propagation, propagate_seeds
from engine.registry import SpecError, readable
from engine.spec import RunSpec
from engine.stack import Signal, Stack
from engine.symptoms import number
from engine.theory import Prediction, law, predict
from viz import chrome, controls, session
from viz.figures import signal as figures
from viz.text import plain

WORK = 5e8  # weights x seeds that one visitor may have measured at a control's change


def page() -> None:
    session.open_page()
    controls.notices()
    with st.sidebar, controls.unmarked():
        for group in (controls.network, controls.activation, controls.initializer):
            with st.container(key=f"group_signal_{group.__name__}"):
                group()
        controls.choice("batch_norm")
        seeds = st.slider(
            "Seeds", 1, 16, 8, key="signal_seeds", help="Nets drawn; the band spans all of them."
        )
        batch = st.number_input(
            "Samples", 2, 1024, 32, key="signal_batch", help="Inputs x ~ N(0, 1) sent through each net."
        )
    st.markdown("#### Signal propagation at init")
    st.caption(
        "No training: one pass forward with x ~ N(0, 1), one pass back from S = Σ v z, v ~ N(0, 1). Dashed: theory "
        "of the infinitely wide net. Points: mean of the seeds; band: lowest to highest seed."
    )
    spec = session.spec()
    if not spec.hidden:
        st.info("A net without hidden layers has no depth for a signal to cross. Give it at least one layer.")
        return
    stack = arguments(spec, int(batch))
    try:
        theory = predict(**stack)
    except SpecError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.markdown(in_words(stack, theory))
    place = st.empty()
    for measured in progressively(stack, seeds):
        with place.container():
            profiles(theory, measured)
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


def progressively(stack: dict[str, Any], seeds: int) -> Iterator[Signal]:
    """What is measured, after the first seed and when all are in; arrays [seeds, layers]. Fewer seeds of a huge net."""
    weights = sum(a * b for a, b in zip(stack["widths"], stack["widths"][1:], strict=False))
    affordable = max(1, min(seeds, int(WORK / weights)))
    if affordable < seeds:
        st.caption(f"This net has {weights:,} weights: {affordable} of {seeds} seeds are measured.")
    kept = _cache()
    key = (repr(stack), affordable)
    if key in kept:
        yield kept[key]
        return
    rows, progress = [], st.empty()
    progress.progress(0.0, "Measuring ...")
    for row in propagate_seeds(seeds=affordable, dtype="float32", **stack):
        rows.append(row)
        progress.progress(len(rows) / affordable, f"Measuring: {len(rows)} of {affordable} seeds")
        if len(rows) in (1, affordable):
            yield (together := stacked(rows))
    progress.empty()
    kept[key] = together
    while len(kept) > 32:
        kept.pop(next(iter(kept)))


@st.cache_resource
def _cache() -> dict[tuple, Propagation]:
    return {}


def stacked(rows: list[Propagation]) -> Propagation:
    """One propagation [seeds, layers] of several [layers]."""
    return Propagation(**{name: np.stack([row[name] for row in rows]) for name in Propagation.names()})


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


def in_words(stack: dict[str, Any], theory: Prediction) -> str:
    """What theory says of this net, in a sentence or two with its numbers."""
    if np.isnan(theory.q).all():
        return "No theory covers this net: its weights do not have mean 0."
    depth = len(theory.q)
    flow = in_decades(theory.gradient_ms_log10[0] - theory.gradient_ms_log10[-1])
    said = (
        f"**The squared gradient {flow} from layer {depth} back to layer 1** "
        f"(χ = {readable(theory.chi[-1], 3)} a layer at the end)."
    )
    if stack["batch_norm"] != "none":
        return f"{said} With batch norm this does not depend on the weights' scale."
    point = fixed_point(law(stack["activation"], stack["activation_options"]), *variances(stack))
    scale = "follows a power law" if np.isinf(point.depth_c) else f"is {point.depth_c:.1f} layers deep"
    q, chi = readable(point.q, 3), readable(point.chi, 3)
    return (
        f"{said} Very deep, q settles at q* = {q} and χ at {chi}: the net is {point.phase}; two inputs end with "
        f"correlation {point.correlation:.2f}, and their memory of each other {scale}."
    )


def in_decades(decades: float) -> str:
    """What becomes of a gradient that changes by so many powers of ten: "vanishes by 11.4 decades (a factor 4e-12)"."""
    if not np.isfinite(decades):
        return "is lost"
    factor = number(10**decades) if abs(decades) < 300 else f"1e{decades:.0f}"
    if abs(decades) <= 1:
        return f"keeps its size (a factor {factor})"
    return f"{'vanishes' if decades < 0 else 'explodes'} by {abs(decades):.1f} decades (a factor {factor})"


def variances(stack: dict[str, Any]) -> tuple[float, float]:
    """(weight variance, bias variance) of the deepest layer: fan_in Var w and Var b."""
    net = Stack(**stack)
    (fan_in, _), weight, bias = [*net.fans()][-1], net.weight_variances()[-1], net.bias_variances()[-1]
    return fan_in * weight, bias


def chaos(stack: dict[str, Any]) -> None:
    """The plane of order and chaos, for nets without batch norm."""
    if stack["batch_norm"] != "none":
        return
    here = variances(stack)
    sw2 = np.linspace(0.02, max(4.0, 1.3 * here[0]), 60)
    sb2 = np.linspace(0.0, max(1.0, 1.3 * here[1]), 40)
    with st.expander("Order and chaos: where this net stands", expanded=False):
        phi = law(stack["activation"], stack["activation_options"])
        st.caption(
            "Below χ = 1 gradients vanish and all inputs become alike (order); above it gradients explode and alike "
            "inputs part (chaos). Deep nets train near the line (Poole et al. 2016; Schoenholz et al. 2017)."
        )
        figure = figures.phases(
            sw2=sw2,
            sb2=sb2,
            chi=plane(phi, sw2, sb2)[1],
            critical=critical_line(phi),
            here=here,
            title="χ, the factor of the squared gradient in each layer of a very deep net",
            base=chrome.base(),
        )
        st.plotly_chart(figure, key="chaos_chart", theme=None)


def table() -> None:
    """Table 11-1 of the chapter, audited."""
    with st.expander("Table 11-1, audited: what each row promises, and what a 20-layer net shows"):
        if not st.toggle("Run the six nets", key="audit", help="256 wide, 20 layers, 4 seeds each."):
            return
        rows = _audit()
        st.caption(rows[0].promise + " That is what each row promises.")
        st.dataframe([described(row) for row in rows], hide_index=True)


@st.cache_data(show_spinner="Six nets, four seeds each ...")
def _audit() -> list[Audit]:
    return list(audit(dtype="float32"))


def described(row: Audit) -> dict[str, Any]:
    """A row of the audit as the page shows it."""
    return {
        "activation": row.row.activation,
        "weights": f"Glorot {row.row.distribution}, gain {row.row.gain:.3g}",
        "gradient, theory": f"{row.predicted['gradient']:+.2f} decades",
        "gradient, measured": f"{row.measured['gradient']:+.2f} decades",
        "activation variance, measured": f"{row.measured['activation_var']:+.2f} decades",
        "saturated outputs": f"{row.measured['saturated']:.0%}",
        "verdict": row.verdict,
    }
