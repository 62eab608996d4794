"""ELU and SELU: mean and variance from layer to layer."""

import streamlit as st

from engine.experiments.activations.self_normalizing import Settling, selu_fixed_point
from engine.spec import RunSpec
from engine.tables.activations import ACTIVATIONS
from engine.tables.wording import Sentence
from viz import chrome
from viz.figures import activations as figures
from viz.widgets import kept
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.words.language import say, series
from viz.workbench import progressively


def show(spec: RunSpec) -> None:
    st.markdown(
        say(
            "**ELU** goes smoothly to a floor below zero, which keeps the mean of the outputs closer to 0 than ReLU's "
            "(Clevert, Unterthiner and Hochreiter, 2016). **SELU** is an ELU scaled so that mean 0 and variance 1 are "
            "a fixed point that attracts: with LeCun's weights any start is drawn there (Klambauer et al., 2017)."
        )
    )
    first, second, third, _ = st.columns([2, 1, 1, 1])
    depth = kept.number(
        first.slider, say("Layers"), 2, 64, 32, key="activations_settling_depth", name="depth"
    )
    mean = kept.number(
        second.number_input,
        say("Mean of the input"),
        -3.0,
        3.0,
        0.5,
        step=0.25,
        key="activations_mean",
        name="mean",
    )
    variance = kept.number(
        third.number_input,
        say("Its variance"),
        0.01,
        10.0,
        2.0,
        step=0.25,
        key="activations_variance",
        name="variance",
    )
    results = progressively(Settling, "settling", depth=depth, mean=mean, variance=variance)
    grow(st.empty(), results, picture)
    st.caption(
        say(
            "Nets of width 256 before any training: SELU with LeCun's weights, ELU and ReLU with He's, tanh with "
            "Glorot's. Pooled over units and samples. Points: mean of the nets; dashed: theory of the infinitely wide "
            "net."
        )
    )


def picture(one: Settling) -> None:
    st.markdown(in_words(one))
    labels = [say(ACTIVATIONS[name].label) for name in one.names]
    charts = {
        "mean": (one.means, one.predicted_means, 0.0, say("Mean of the outputs"), False),
        "variance": (one.variances, one.predicted_variances, 1.0, say("Variance of the outputs"), True),
    }
    for column, (key, (measured, predicted, target, title, log)) in zip(
        st.columns(2), charts.items(), strict=True
    ):
        figure = figures.settling(
            measured=dict(zip(labels, measured, strict=True)),
            predicted=dict(zip(labels, predicted, strict=True)),
            target=target,
            title=title,
            unit=say("mean" if key == "mean" else "variance"),
            log=log,
            base=chrome.base(),
        )
        chart(figure, f"activations_settling_{key}", column)


def in_words(one: Settling) -> str:
    """Where SELU arrives, where the others are, and what SELU's fixed point does to the gradient."""
    mean, variance = one.means[:, :, -1].mean(axis=1), one.variances[:, :, -1].mean(axis=1)
    layers = one.means.shape[2] - 1
    ends = [
        Sentence(
            "{activation} {mean:z.2f} and {variance:.3g}",
            activation=say(ACTIVATIONS[name].label),
            mean=mean[k],
            variance=variance[k],
        )
        for k, name in enumerate(one.names)
        if name != "selu"
    ]
    k = one.names.index("selu")
    return say(
        "**SELU is at mean {mean:z.2f} and variance {variance:.2f} after {layers} layers** (its fixed point: 0 and 1). "
        "The others: {ends}. At its fixed point SELU multiplies the squared gradient by {factor:.3f} a layer, so very "
        "deep nets explode, if slowly.",
        mean=mean[k],
        variance=variance[k],
        layers=layers,
        ends=series(ends),
        factor=selu_fixed_point()[2],
    )
