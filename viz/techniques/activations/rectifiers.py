"""The slopes below zero: fixed (leaky ReLU), random (RReLU), learned (PReLU)."""

import numpy as np
import streamlit as st

from engine.experiments.activations.slopes import Leak, LearnedSlopes, RandomSlopes
from engine.spec import RunSpec
from engine.tables.activations import ACTIVATIONS
from viz import chrome
from viz.figures import activations as figures
from viz.figures.lines import Axis, Line, lines
from viz.techniques.budget import affordable
from viz.widgets import kept
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.words.language import paragraph, say
from viz.workbench import progressively

BARE = "A net without hidden layers has no activation. Give it at least one layer."


def leaky(spec: RunSpec) -> None:
    st.markdown(
        say(
            "**Leaky ReLU** lets a share a of what is below zero through (Maas, Hannun and Ng, 2013). With the usual a "
            "= 0.01 nothing else changes. A larger a lets more signal through in both directions, a factor of 1 + a² "
            "in each layer, and weights made for ReLU are then too large: He et al. (2015) divide their variance by 1 "
            "+ a²."
        )
    )
    depth = kept.number(
        st.columns(2)[0].slider, say("Layers"), 2, 50, 20, key="activations_leak_depth", name="depth"
    )
    grow(st.empty(), progressively(Leak, "leak", depth=depth), leaking)
    st.caption(
        say("Five nets of width 128 a point, x ~ N(0, 1), before any training. At a = 0 this is ReLU.")
    )


def leaking(one: Leak) -> None:
    """The gradient against the slope."""
    st.markdown(leak_in_words(one))
    figure = lines(
        curves={
            say("weights for ReLU"): curve(one.leaks, one.measured.mean(axis=1), "gradient", "markers"),
            say("its theory"): curve(one.leaks, one.predicted, "gradient", "lines"),
            say("weights for a"): curve(one.leaks, one.told.mean(axis=1), "weight", "markers"),
            say("theory"): curve(one.leaks, one.predicted_told, "weight", "lines"),
        },
        title=say("The squared gradient on its way back, at the start"),
        across=Axis(say("slope a of the negative side")),
        up=Axis(say("decades from the last layer to layer 1")),
        base=chrome.base(),
    )
    chart(figure, "activations_leak")


def leak_in_words(one: Leak) -> str:
    """What the usual slope does, and the largest."""
    usual = int(np.argmin(np.abs(one.leaks - 0.01)))
    return say(
        "**With a = {largest:g} and weights made for ReLU the squared gradient grows by {growth:+z.1f} decades** from "
        "layer {depth} back to layer 1 (theory: {theory:+z.1f}); with weights made for this slope by {told:+z.1f} "
        "(theory: 0). With a = {usual:g} it is {usually:+z.2f}.",
        largest=one.leaks[-1],
        growth=one.measured[-1].mean(),
        depth=one.depth,
        theory=one.predicted[-1],
        told=one.told[-1].mean(),
        usual=one.leaks[usual],
        usually=one.measured[usual].mean(),
    )


def curve(x: np.ndarray, y: np.ndarray, role: str, mode: str) -> Line:
    return Line(x=x, y=y, role=role, mode=mode, dash="dash")


def random(spec: RunSpec) -> None:
    st.markdown(
        say(
            "**RReLU** draws the slope below zero anew for every value of every pass, evenly between l and u, and uses "
            "the one slope (l + u)/2 when it is not training (Xu, Wang, Chen and Li, 2015): noise that works like a "
            "mild dropout, and is gone in inference."
        )
    )
    if not spec.hidden:
        st.info(say(BARE))
        return
    usual = ACTIVATIONS["rrelu"].complete(spec.activation_options if spec.activation == "rrelu" else {})
    left, right, _ = st.columns([1, 1, 3])
    low, high = (
        kept.number(
            place.number_input,
            words,
            -10.0,
            10.0,
            round(usual[name], 3),
            step=0.05,
            format="%.3f",
            key=f"activations_{name}_{usual[name]:g}",
            name=name,
        )
        for place, words, name in (
            (left, say("Smallest slope l"), "lower"),
            (right, say("Largest slope u"), "upper"),
        )
    )
    results = progressively(RandomSlopes, "random_slopes", spec=spec.to_dict(), lower=low, upper=high)
    grow(st.empty(), results, lambda one: drawn(one, (low + high) / 2))


def drawn(one: RandomSlopes, middle: float) -> None:
    """The slopes that were drawn; middle: the one of inference."""
    st.markdown(
        say(
            "Told from output over input of layer 1: **{number:,} slopes with mean {mean:.4f}**, where (l + u)/2 = "
            "{middle:.4f}; in inference every one is {inference:.4f}. At the next pass {changed:.0%} of the values had "
            "another slope.",
            number=one.number,
            mean=one.mean,
            middle=middle,
            inference=one.inference,
            changed=one.changed,
        )
    )
    figure = figures.drawn_slopes(
        edges=one.edges,
        counts=one.counts,
        mean=one.mean,
        inference=one.inference,
        title=say("The slopes of one batch of 512 samples, layer 1"),
        base=chrome.base(),
    )
    chart(figure, "activations_random")


def learned(spec: RunSpec) -> None:
    st.markdown(
        say(
            "**PReLU** learns its slope below zero, one number for each layer, from the same gradient as the weights "
            "(He, Zhang, Ren and Sun, 2015; they begin at 0.25). The net of the sidebar trains with it; expect each "
            "layer to go its own way. At 1 a layer would be linear, at 0 a ReLU."
        )
    )
    if not spec.hidden:
        st.info(say(BARE))
        return
    left, right, _ = st.columns([2, 1, 2])
    steps = kept.one_of(
        left.select_slider,
        say("Steps"),
        (100, 300, 600, 1000, 2000),
        600,
        key="activations_prelu_steps",
        name="steps",
    )
    init = kept.number(
        right.number_input,
        say("Slope at the start"),
        -2.0,
        2.0,
        0.25,
        step=0.05,
        key="activations_prelu_init",
        name="init",
    )
    place, steps = st.empty(), affordable(spec, steps)
    results = progressively(LearnedSlopes, "learned_slopes", spec=spec.to_dict(), steps=steps, init=init)
    grow(place, results, lambda one: moved(one, init))


def moved(one: LearnedSlopes, init: float) -> None:
    """Each layer's slope through time."""
    st.markdown(slopes_in_words(one))
    figure = figures.by_layer(
        steps=one.steps,
        values=one.slopes,
        guide=(init, say("where all began")),
        title=say("PReLU's slope in each layer"),
        unit=say("slope a"),
        base=chrome.base(),
    )
    chart(figure, "activations_learned")


def slopes_in_words(one: LearnedSlopes) -> str:
    """Where the slopes went."""
    now = one.slopes[-1]
    most, least = int(np.nanargmax(np.nan_to_num(now))), int(np.nanargmin(np.nan_to_num(now)))
    broken = say("The run diverged at step {step}.", step=one.diverged_at) if one.diverged_at >= 0 else ""
    slopes = say(
        "**At step {step:,} the slopes go from {least:.3g} (layer {lowest}) to {most:.3g} (layer {highest})**; their "
        "mean is {mean:.3g}, loss {loss:.3g}.",
        step=one.steps[-1],
        least=now[least],
        lowest=least + 1,
        most=now[most],
        highest=most + 1,
        mean=np.mean(now),
        loss=one.loss[-1],
    )
    return paragraph(slopes, broken)
