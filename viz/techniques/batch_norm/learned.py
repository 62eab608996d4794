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
from viz.words.language import say
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
        say(
            "**Batch norm {layer} after step {step}**: γ went from 1 to {mean:.3f} (80% of the units between {low:.3f} "
            "and {high:.3f}), β from 0 to {beta:.3f} ({beta_low:.3f} to {beta_high:.3f}). Lines are the mean over "
            "units, bands hold the middle 80% of them.",
            layer=say(seen.labels[layer]),
            step=seen.step[-1],
            mean=mean,
            low=low,
            high=high,
            beta=beta[1],
            beta_low=beta[0],
            beta_high=beta[2],
        )
    )
    charts = (("gamma", say("γ, the learned scale")), ("beta", say("β, the learned shift")))
    for place, (name, title) in zip(st.columns(2), charts, strict=True):
        lines = {say("mean over units"): banded(getattr(seen, name)[:, layer], "weight")}
        figure = through_time(seen.step, lines, title=title, unit=title[0], base=chrome.base())
        chart(figure, f"batch_norm_{name}", place)


def statistics(spec: RunSpec, seen: Bench, layer: int) -> None:
    """What is measured: of each batch, and the averages of that."""
    m = spec.batch_norm_momentum
    st.markdown(
        say(
            "Each step: running = {stays:.3g} · running + {new:.3g} · batch. This is a momentum of {new:.3g} in "
            "PyTorch's convention and of {stays:.3g} in that of Keras and TensorFlow.",
            stays=1 - m,
            new=m,
        )
    )
    for name, unit, titles in (
        ("mean", say("mean"), (say("Mean, first unit"), say("Mean, all units"))),
        ("var", say("variance"), (say("Variance, first unit"), say("Variance, all units"))),
    ):
        for place, of, title in zip(st.columns(2), (one, every), titles, strict=True):
            figure = through_time(
                seen.step, of(seen, name, layer), title=title, unit=unit, base=chrome.base()
            )
            chart(figure, f"batch_norm_{name}_{of.__name__}", place)
    st.caption(
        say(
            "Expect the running line to follow the batches' points, smoother and later. A batch is normalized by its "
            "biased variance (over B); the running one averages the unbiased (over B − 1), so for batches of 2 it is "
            "twice as large."
        )
    )


def one(seen: Bench, name: str, layer: int) -> dict[str, Line]:
    """A single unit: each batch is a point."""
    return {
        say("batch"): Line(getattr(seen, f"first_unit_batch_{name}")[:, layer], BATCH, mode="markers"),
        say("running"): Line(getattr(seen, f"first_unit_running_{name}")[:, layer], RUNNING, "dash"),
    }


def every(seen: Bench, name: str, layer: int) -> dict[str, Line]:
    """Mean and middle 80% over units."""
    return {
        say("batch"): banded(getattr(seen, f"batch_{name}")[:, layer], BATCH),
        say("running"): banded(getattr(seen, f"running_{name}")[:, layer], RUNNING, "dash"),
    }


def banded(spread: np.ndarray, role: str, dash: str = "solid") -> Line:
    """A line with its band, from spreads [moments, 3]."""
    return Line(spread[:, 1], role, dash, band=(spread[:, 0], spread[:, 2]))
