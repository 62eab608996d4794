"""One run by the statistics of batches and by the running ones, and one sample by both."""

from typing import Any

import numpy as np
import streamlit as st

from engine.experiments.batch_norm.bench import Bench
from engine.experiments.looks import looks
from engine.spec import RunSpec
from engine.spec.variants import labels
from viz import chrome
from viz.figures import batch_norm as figures
from viz.figures.lines import Line
from viz.figures.shared_axis import through_time
from viz.techniques.batch_norm.choices import BATCH, RUNNING, layer_of, look_often, say_how_it_ended, steps_of
from viz.widgets import kept
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.words.language import paragraph, say
from viz.workbench import progressively


def show(spec: RunSpec) -> None:
    first, second, third = st.columns(3)
    steps, layer = steps_of(first, spec), layer_of(second, labels(spec))
    moments = look_often(spec)
    due = looks(steps, moments, first=1)
    key = f"batch_norm_moment_{steps}_{moments}"
    moment = kept.one_of(
        third.select_slider, say("Seen after step"), due, due[-1], key=key, name="moment", follows=True
    )
    arguments: dict[str, Any] = {"spec": spec.to_dict(), "steps": steps, "moments": moments}

    def draw(seen: Bench) -> None:
        say_how_it_ended(seen)
        if len(seen.step):
            at = min(due.index(moment), len(seen.step) - 1)
            net(spec, seen, at)
            sample(seen, at, layer)

    grow(st.empty(), progressively(Bench, "batch_norm_bench", **arguments), draw)


def net(spec: RunSpec, seen: Bench, at: int) -> None:
    """The gap, of the whole net and of every layer."""
    step, base, m = seen.step, chrome.base(), spec.batch_norm_momentum
    batch, running = seen.loss[at]
    st.markdown(
        say(
            "**After step {step} the logits of the two modes lie {gap:.0%} apart** (rms of their difference over rms, "
            "one fixed batch of {company}). Test loss: {batch:.3g} by the test samples' own statistics, {running:.3g} "
            "by the running ones; accuracy {accuracy_batch:.1%} and {accuracy_running:.1%}.",
            step=step[at],
            gap=seen.gap[at, -1],
            company=seen.company,
            batch=batch,
            running=running,
            accuracy_batch=seen.accuracy[at, 0],
            accuracy_running=seen.accuracy[at, 1],
        )
    )
    left, right = st.columns(2)
    lines = {
        say("by batch"): Line(seen.loss[:, 0], BATCH),
        say("by running average"): Line(seen.loss[:, 1], RUNNING, "dash"),
    }
    figure = through_time(
        step, lines, title=say("Test loss in both modes"), unit=say("cross-entropy"), base=base, log=True
    )
    chart(figure, "batch_norm_loss", left)
    names = [*map(say, seen.labels), say("output")]
    figure = figures.layer_map(
        step,
        names,
        seen.gap,
        title=say("Gap between the modes"),
        hover=say("the modes lie apart by"),
        base=base,
    )
    chart(figure, "batch_norm_gap", right)
    st.caption(
        paragraph(
            say(
                "Expect a wide gap at first: the running averages begin at mean 0 and variance 1, and (1 − m)^t of "
                "that is left after t steps, {left:.2g} here. What stays is lag behind weights that still move, and "
                "the scatter of small batches. Where it grows from layer to layer, each layer works on what those "
                "below have already made different.",
                left=(1 - m) ** int(step[at]),
            ),
            say("Empty: all samples are alike there, so there is no spread to compare with.")
            if np.isnan(seen.gap).any()
            else "",
        )
    )


def sample(seen: Bench, at: int, layer: int) -> None:
    """One sample, alone by running statistics and in company by its batches'."""
    alone, together, right = seen.one_inference[at], seen.one_batch[at], seen.one_class
    chances, certain = seen.chances(at)
    st.markdown(
        say(
            "**One sample.** In training mode its class gets a chance of {least:.1%} to {most:.1%}, depending on who "
            "else is in its batch of {company}. Alone, by running statistics, it always gets {certain:.1%}.",
            least=chances.min(),
            most=chances.max(),
            company=seen.company,
            certain=certain,
        )
    )
    left, middle = st.columns(2)
    figure = figures.two_ways(
        seen.one_running[at, layer],
        seen.one_training[at, layer],
        title=say("One sample, batch norm {layer}", layer=say(seen.labels[layer])),
        base=chrome.base(),
    )
    chart(figure, "batch_norm_two_ways", left)
    figure = figures.draws(
        alone,
        together,
        right,
        title=say("The same sample at the output"),
        first=say("alone, at inference"),
        second=say("in {batches} batches", batches=len(chances)),
        base=chrome.base(),
    )
    chart(figure, "batch_norm_company", middle)
    st.caption(
        say(
            "Alone in training mode it has nothing to be compared with: its variance would be 0. PyTorch refuses a "
            "batch of 1 there, for it wants more than one value of each unit."
        )
    )
