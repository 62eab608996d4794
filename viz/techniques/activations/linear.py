"""No activation at all: any stack of layers is one linear map."""

import numpy as np
import streamlit as st

from engine.experiments.activations.linear_map import OneMap
from engine.spec import RunSpec
from engine.tables.activations import ACTIVATIONS
from viz import chrome
from viz.figures import activations as figures
from viz.figures.lines import Axis, Line, lines
from viz.techniques.budget import affordable
from viz.widgets import kept
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.workbench import progressively

NOTHING = 1e-9  # of the largest singular value: what rounding leaves of a zero


def show(spec: RunSpec) -> None:
    st.markdown(
        "Layers without an activation are **one linear map**: W₃(W₂(W₁x + b₁) + b₂) + b₃ = Wx + b with W = W₃W₂W₁. "
        "Depth adds nothing that such a net could say, though it changes how it learns (Saxe, McClelland and Ganguli, "
        "2014).\n\n"
        "Left: the net of the sidebar without activations, against the product of its matrices. Right: the same net "
        "with its activation, against the linear map that comes closest to it."
    )
    steps = kept.one_of(
        st.columns(2)[0].select_slider,
        "Steps",
        (0, 100, 300, 1000),
        300,
        key="activations_linear_steps",
        name="steps",
    )
    place, steps = st.empty(), affordable(spec, steps, runs=2)
    results = progressively(OneMap, "one_map", spec=spec.to_dict(), steps=steps)
    grow(place, results, lambda one: picture(spec, one))
    st.caption(
        "Both nets train by Adam at 0.001, without batch norm and dropout; the one without activations starts from "
        "Glorot's weights. Outputs for test samples."
    )


def picture(spec: RunSpec, one: OneMap) -> None:
    st.markdown(in_words(spec, one))
    label = ACTIVATIONS[spec.activation].label
    left, right = st.columns(2)
    figure = figures.against(
        x=one.outputs,
        y=one.product,
        title=f"Without activation: {len(spec.hidden) + 1} layers and their product",
        across="output of the net, layer by layer",
        up="output of the one matrix",
        role="weight",
        base=chrome.base(),
    )
    chart(figure, "activations_product", left)
    figure = figures.against(
        x=one.curved,
        y=one.best,
        title=f"With {label}: the net and its best linear map",
        across="output of the net",
        up="output of the linear map",
        role="activation",
        base=chrome.base(),
    )
    chart(figure, "activations_best", right)
    index = np.arange(1, one.singular.shape[1] + 1)
    figure = lines(
        curves={
            "at the start": Line(x=index, y=one.singular[0], role="muted", dash="dash", mode="lines+markers"),
            f"after {one.steps[-1]:,} steps": Line(
                x=index, y=one.singular[-1], role="weight", mode="lines+markers"
            ),
        },
        title="Singular values of the product",
        across=Axis("number"),
        up=Axis("singular value", log=True),
        base=chrome.base(),
    )
    chart(figure, "activations_singular")


def in_words(spec: RunSpec, one: OneMap) -> str:
    """The difference of the outputs, the accuracies, and how far the net with activations is from linear."""
    rows, columns = one.matrix.shape
    plain, product, curved = one.accuracy
    layers = f"the {len(spec.hidden) + 1} layers are" if spec.hidden else "its only layer is"
    said = (
        f"**Net and product differ by at most {one.difference:.1e} of the largest output**, which is rounding "
        f"({spec.dtype}): {layers} one {rows} × {columns} matrix. Right on the test set: {plain:.1%} and "
        f"{product:.1%}, with activations {curved:.1%}."
    )
    if not ACTIVATIONS[spec.activation].linear and spec.hidden and np.isfinite(one.unexplained):
        said += (
            f" With {ACTIVATIONS[spec.activation].label} the best linear map misses {one.unexplained:.0%} of the "
            "variance of the outputs."
        )
    values = one.singular[-1]
    told = values[values > NOTHING * values[0]]
    if len(told) < len(values):
        said += f" The narrowest layer leaves the product rank {len(told)}."
    if len(told) > 1:
        said += f" The product stretches one direction {told[0] / told[-1]:,.3g} times as much as another."
    return f"{said} A run diverged." if one.diverged_at >= 0 else said
