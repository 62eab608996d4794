"""Maxout: a unit that learns its own activation."""

import numpy as np
import streamlit as st

from engine.experiments.activations.maxout_unit import Fit, best_square_rms
from engine.spec import RunSpec
from viz import chrome
from viz.figures.lines import Axis, Line, lines
from viz.widgets import kept
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.words.language import paragraph, say
from viz.workbench import progressively

CURVES = {"square": "x²", "absolute": "|x|", "relu": "ReLU", "sine": "sin 3x"}


def show(spec: RunSpec) -> None:
    st.markdown(
        say(
            "A **maxout** unit is the largest of k linear maps (Goodfellow et al., 2013): of one input, the upper edge "
            "of k lines. It learns whatever convex curve it needs, ReLU and |x| among them, and nothing that is not "
            "convex; the difference of two such units can be any continuous curve. It costs k times the weights."
        )
    )
    left, middle, right = st.columns([3, 2, 1])
    target = kept.one_of(
        left.segmented_control,
        say("Learn"),
        list(CURVES),
        "square",
        format_func=CURVES.__getitem__,
        required=True,
        key="activations_target",
        name="target",
    )
    pieces = kept.number(middle.slider, say("Lines k"), 1, 8, 3, key="activations_pieces", name="pieces")
    seed = kept.number(
        right.number_input,
        say("Start"),
        0,
        99,
        0,
        key="activations_seed",
        name="start",
        help=say("Seed of the first lines."),
    )
    results = progressively(Fit, "fit_maxout", target=target, pieces=pieces, seed=int(seed))
    grow(st.empty(), results, lambda fit: picture(fit, str(target)))


def picture(fit: Fit, target: str) -> None:
    st.markdown(in_words(fit, target))
    left, right = st.columns([3, 2])
    pieces = {
        say("line {number}", number=k + 1): Line(x=fit.x, y=line, role="muted", dash="dot", width=1.2)
        for k, line in enumerate(fit.lines)
    }
    figure = lines(
        curves={
            CURVES[target]: Line(x=fit.x, y=fit.target, role="test", dash="dash"),
            "maxout": Line(x=fit.x, y=fit.output, role="activation", width=3),
            **pieces,
        },
        title=say("The largest of the lines"),
        across=Axis(say("input x")),
        up=Axis(say("output")),
        base=chrome.base(),
    )
    room = max(0.3, float(np.ptp(fit.target)) * 0.4)
    figure.update_yaxes(range=[float(fit.target.min()) - room, float(fit.target.max()) + room])
    chart(figure, "activations_maxout", left)
    best = best_square_rms(len(fit.lines))
    figure = lines(
        curves={say("error"): Line(x=fit.steps, y=fit.rms, role="train")},
        title=say("Root mean square error, by Adam"),
        across=Axis(say("step")),
        up=Axis(say("error"), log=True),
        guides=[
            (best, say("the least that {lines} lines can: {error:.3f}", lines=len(fit.lines), error=best))
        ]
        if target == "square"
        else [],
        base=chrome.base(),
    )
    chart(figure, "activations_maxout_error", right)


def in_words(fit: Fit, target: str) -> str:
    """How close it came, and which lines are idle."""
    idle = int((fit.on_top == 0).sum())
    closest = "**Error {error:.4f}** after {steps:,} steps."
    if target == "square":
        closest = (
            "**Error {error:.4f}** after {steps:,} steps; {lines} lines can come to {best:.4f}, "
            "k lines to 0.298/k²."
        )
    if target == "sine":
        closest = "**Error {error:.4f}** after {steps:,} steps: a sine is not convex, so no number of lines will do."
    said = say(
        closest,
        error=fit.rms[-1],
        steps=fit.steps[-1],
        lines=len(fit.lines),
        best=best_square_rms(len(fit.lines)),
    )
    if not idle:
        return said
    idling = say(
        "{idle} of {lines} lines {idle:is|are} nowhere the largest: no gradient gets there. A maxout unit never "
        "saturates, but its pieces can idle. Another start may use them.",
        idle=idle,
        lines=len(fit.lines),
    )
    return paragraph(said, idling)
