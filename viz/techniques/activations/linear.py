"""No activation at all: any stack of layers is one linear map."""

import numpy as np
import streamlit as st

from engine.experiments.activations.linear_map import OneMap
from engine.spec import RunSpec
from engine.tables.activations import ACTIVATIONS
from engine.tables.wording import Sentence
from viz import chrome
from viz.figures import activations as figures
from viz.figures.lines import Axis, Line, lines
from viz.techniques.budget import affordable
from viz.widgets import kept
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.words.language import paragraph, say
from viz.workbench import progressively

NOTHING = 1e-9  # of the largest singular value: what rounding leaves of a zero


def show(spec: RunSpec) -> None:
    st.markdown(
        say(
            "Layers without an activation are **one linear map**: W₃(W₂(W₁x + b₁) + b₂) + b₃ = Wx + b with W = W₃W₂W₁. "
            "Depth adds nothing that such a net could say, though it changes how it learns (Saxe, McClelland and "
            "Ganguli, 2014).\n\nLeft: the net of the sidebar without activations, against the product of its matrices. "
            "Right: the same net with its activation, against the linear map that comes closest to it."
        )
    )
    steps = kept.one_of(
        st.columns(2)[0].select_slider,
        say("Steps"),
        (0, 100, 300, 1000),
        300,
        key="activations_linear_steps",
        name="steps",
    )
    place, steps = st.empty(), affordable(spec, steps, runs=2)
    results = progressively(OneMap, "one_map", spec=spec.to_dict(), steps=steps)
    grow(place, results, lambda one: picture(spec, one))
    st.caption(
        say(
            "Both nets train by Adam at 0.001, without batch norm and dropout; the one without activations starts from "
            "Glorot's weights. Outputs for test samples."
        )
    )


def picture(spec: RunSpec, one: OneMap) -> None:
    st.markdown(in_words(spec, one))
    label = say(ACTIVATIONS[spec.activation].label)
    left, right = st.columns(2)
    figure = figures.against(
        x=one.outputs,
        y=one.product,
        title=say("Without activation: {layers} layers and their product", layers=len(spec.hidden) + 1),
        across=say("output of the net, layer by layer"),
        up=say("output of the one matrix"),
        role="weight",
        base=chrome.base(),
    )
    chart(figure, "activations_product", left)
    figure = figures.against(
        x=one.curved,
        y=one.best,
        title=say("With {label}: the net and its best linear map", label=label),
        across=say("output of the net"),
        up=say("output of the linear map"),
        role="activation",
        base=chrome.base(),
    )
    chart(figure, "activations_best", right)
    index = np.arange(1, one.singular.shape[1] + 1)
    figure = lines(
        curves={
            say("at the start"): Line(
                x=index, y=one.singular[0], role="muted", dash="dash", mode="lines+markers"
            ),
            say("after {steps:,} steps", steps=one.steps[-1]): Line(
                x=index, y=one.singular[-1], role="weight", mode="lines+markers"
            ),
        },
        title=say("Singular values of the product"),
        across=Axis(say("number")),
        up=Axis(say("singular value"), log=True),
        base=chrome.base(),
    )
    chart(figure, "activations_singular")


def in_words(spec: RunSpec, one: OneMap) -> str:
    """The difference of the outputs, the accuracies, and how far the net with activations is from linear."""
    rows, columns = one.matrix.shape
    plain, product, curved = one.accuracy
    matrix = Sentence(
        "the {layers} layers are one {rows} × {columns} matrix"
        if spec.hidden
        else "its only layer is one {rows} × {columns} matrix",
        layers=len(spec.hidden) + 1,
        rows=rows,
        columns=columns,
    )
    said = [
        say(
            "**Net and product differ by at most {difference:.1e} of the largest output**, which is rounding "
            "({dtype}): {matrix}. Right on the test set: {plain:.1%} and {product:.1%}, with activations {curved:.1%}.",
            difference=one.difference,
            dtype=spec.dtype,
            matrix=matrix,
            plain=plain,
            product=product,
            curved=curved,
        )
    ]
    if not ACTIVATIONS[spec.activation].linear and spec.hidden and np.isfinite(one.unexplained):
        said.append(
            say(
                "With {activation} the best linear map misses {share:.0%} of the variance of the outputs.",
                activation=say(ACTIVATIONS[spec.activation].label),
                share=one.unexplained,
            )
        )
    values = one.singular[-1]
    told = values[values > NOTHING * values[0]]
    if len(told) < len(values):
        said.append(say("The narrowest layer leaves the product rank {rank}.", rank=len(told)))
    if len(told) > 1:
        stretch = told[0] / told[-1]
        said.append(
            say("The product stretches one direction {times:,.3g} times as much as another.", times=stretch)
        )
    if one.diverged_at >= 0:
        said.append(say("A run diverged."))
    return paragraph(*said)
