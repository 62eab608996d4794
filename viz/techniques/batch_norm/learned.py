"""Gamma, beta, mean and variance of each batch norm layer through time."""

from typing import Any

import numpy as np
import streamlit as st

from engine.experiments.batch_norm.bench import Bench
from engine.spec import RunSpec
from engine.spec.variants import labels
from viz import chrome
from viz.figures.lines import Line
from viz.figures.shared_axis import through_time
from viz.techniques.batch_norm.choices import BATCH, RUNNING, layer_of, look_often, say_how_it_ended, steps_of
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.workbench import progressively


def show(spec: RunSpec) -> None:
    first, second, _ = st.columns(3)
    steps, layer = steps_of(first, spec), layer_of(second, labels(spec))
    arguments: dict[str, Any] = {"spec": spec.to_dict(), "steps": steps, "moments": look_often(spec)}
    grow(
        st.empty(),
        progressively(Bench, "batch_norm_bench", **arguments),
        lambda seen: picture(spec, seen, layer),
    )


def picture(spec: RunSpec, seen: Bench, layer: int) -> None:
    say_how_it_ended(seen)
    if len(seen.step):
        parameters(seen, layer)
        statistics(spec, seen, layer)


def parameters(seen: Bench, layer: int) -> None:
    """What gradient descent moves."""
    (low, mean, high), beta = seen.gamma[-1, layer], seen.beta[-1, layer]
    st.markdown(
        f"**Batch norm {seen.labels[layer]} after step {seen.step[-1]}**: γ went from 1 to {mean:.3f} (80% of "
        f"the units between {low:.3f} and {high:.3f}), β from 0 to {beta[1]:.3f} ({beta[0]:.3f} to {beta[2]:.3f}). "
        "Lines are the mean over units, bands hold the middle 80% of them."
    )
    charts = (("gamma", "γ, the learned scale"), ("beta", "β, the learned shift"))
    for place, (name, title) in zip(st.columns(2), charts, strict=True):
        lines = {"mean over units": banded(getattr(seen, name)[:, layer], "weight")}
        figure = through_time(seen.step, lines, title=title, unit=title[0], base=chrome.base())
        chart(figure, f"batch_norm_{name}", place)


def statistics(spec: RunSpec, seen: Bench, layer: int) -> None:
    """What is measured: of each batch, and the averages of that."""
    m = spec.batch_norm_momentum
    st.markdown(
        f"Each step: running = {1 - m:.3g} · running + {m:.3g} · batch. This is a momentum of {m:.3g} in PyTorch's "
        f"convention and of {1 - m:.3g} in that of Keras and TensorFlow."
    )
    for name, title in (("mean", "Mean"), ("var", "Variance")):
        left, right = st.columns(2)
        for place, of in ((left, "first unit"), (right, "all units")):
            lines = one(seen, name, layer) if of == "first unit" else every(seen, name, layer)
            figure = through_time(
                seen.step, lines, title=f"{title}, {of}", unit=title.lower(), base=chrome.base()
            )
            chart(figure, f"batch_norm_{name}_{of}", place)
    st.caption(
        "Expect the running line to follow the batches' points, smoother and later. A batch is normalized by its "
        "biased variance (over B); the running one averages the unbiased (over B − 1), so for batches of 2 it is "
        "twice as large."
    )


def one(seen: Bench, name: str, layer: int) -> dict[str, Line]:
    """A single unit: each batch is a point."""
    return {
        "batch": Line(getattr(seen, f"first_unit_batch_{name}")[:, layer], BATCH, mode="markers"),
        "running": Line(getattr(seen, f"first_unit_running_{name}")[:, layer], RUNNING, "dash"),
    }


def every(seen: Bench, name: str, layer: int) -> dict[str, Line]:
    """Mean and middle 80% over units."""
    return {
        "batch": banded(getattr(seen, f"batch_{name}")[:, layer], BATCH),
        "running": banded(getattr(seen, f"running_{name}")[:, layer], RUNNING, "dash"),
    }


def banded(spread: np.ndarray, role: str, dash: str = "solid") -> Line:
    """A line with its band, from spreads [moments, 3]."""
    return Line(spread[:, 1], role, dash, band=(spread[:, 0], spread[:, 2]))
