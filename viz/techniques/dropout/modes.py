"""Loss in both modes through time, and one sample under many masks."""

import numpy as np
import streamlit as st

from engine.experiments.dropout.masks import Dropout
from engine.spec import RunSpec
from viz import chrome
from viz.figures.batch_norm import draws
from viz.figures.lines import Line
from viz.figures.shared_axis import through_time
from viz.techniques.dropout.choices import MASKED, MEAN, WHOLE, masks_of, show_growing, steps_of
from viz.widgets.chart import chart
from viz.words.language import paragraph, say


def show(spec: RunSpec) -> None:
    first, second, _ = st.columns(3)
    show_growing(spec, steps_of(first, spec), masks_of(second), picture)


def picture(seen: Dropout) -> None:
    step, base, p = seen.step, chrome.base(), seen.p
    masked, whole, mixed = seen.accuracy[-1]
    right, wrong = seen.agreement[-1]
    agree = "Of the samples that inference gets right, {right:.0%} of the masks agree with it."
    if wrong < right - 0.01:
        agree = (
            "Of the samples that inference gets right, {right:.0%} of the masks agree with it, of those it gets wrong "
            "only {wrong:.0%}."
        )
    elif not np.isnan(wrong):
        agree = (
            "Of the samples that inference gets right, {right:.0%} of the masks agree with it, of those it gets wrong "
            "{wrong:.0%}."
        )
    st.markdown(
        paragraph(
            say(
                "**After step {step}, with p = {p:g}, the same net gets {masked:.1%} of the test samples right in "
                "training mode, {whole:.1%} at inference**, {mixed:.1%} by the mean of its answers under all masks.",
                step=step[-1],
                p=p,
                masked=masked,
                whole=whole,
                mixed=mixed,
            ),
            say(agree, right=right, wrong=wrong),
        )
    )
    left, middle = st.columns(2)
    lines = {
        say("training"): Line(seen.loss[:, 0], MASKED),
        say("inference"): Line(seen.loss[:, 1], WHOLE, "dash"),
        say("mean of masks"): Line(seen.loss[:, 2], MEAN, "dot"),
    }
    figure = through_time(
        step, lines, title=say("Test loss in both modes"), unit=say("cross-entropy"), base=base, log=True
    )
    chart(figure, "dropout_loss", left)
    figure = draws(
        seen.one_inference[-1],
        seen.one_masks[-1],
        seen.one_class,
        title=say("One sample's logits"),
        first=say("at inference"),
        second=say("under {masks} masks", masks=seen.one_masks.shape[1]),
        base=base,
    )
    chart(figure, "dropout_logits", middle)
    st.caption(
        say(
            "Expect the loss in training mode to lie above that at inference: each mask is a smaller net, and the "
            "whole net stands for the mean of them all. So a training loss above the test loss is no mistake here. "
            "How far the masks scatter says how unsure the net is of this sample (Gal and Ghahramani, 2016)."
        )
    )
