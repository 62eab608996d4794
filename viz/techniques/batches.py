"""Full batch, mini-batch and one sample: the noise of the gradient, the time of a step, and what a loss they reach."""

import math
from typing import Any

import numpy as np
import streamlit as st

from engine.experiments.batches.noise import GradientNoise
from engine.experiments.batches.sizes import BatchRuns, BatchTimes
from engine.spec import RunSpec
from engine.spec.examples import LEARNS
from engine.tables.activations import ACTIVATIONS
from engine.tables.wording import Sentence
from viz import chrome
from viz.figures import batches as figures
from viz.figures.lines import Axis, Line, lines, reach
from viz.techniques import net
from viz.widgets import kept
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.words.language import paragraph, say
from viz.workbench import progressively

TITLE = Sentence("Batches")
BREAK = "  \n"  # Markdown's
LOOKS: tuple[dict[str, Any], ...] = (
    {"role": "activation", "dash": "dash"},
    {"role": "weight"},
    {"role": "gradient", "dash": "dot", "width": 1.5},
)


def show(spec: RunSpec) -> None:
    st.markdown(
        say(
            "## Full batch, mini-batch, one sample\nA step may look at the whole training set, at a few samples or at "
            "a single one. Fewer samples make a cheaper step along a noisier gradient."
        )
    )
    spec = net.choose(
        "batches",
        spec,
        LEARNS,
        say(
            "Digits, 2 layers of 100 ELUs, He's weights, SGD at rate 0.03, mini-batches of 32. Expect noise on the "
            "theory's line, and single samples to learn most from the same number of samples. Ten times the rate "
            "throws the single samples away while the full batch trains on: put the example into the sidebar and set "
            "it there."
        ),
    )
    if net.is_too_large(spec):
        return
    races(spec)
    noise(spec)
    times(spec)


def races(spec: RunSpec) -> None:
    """Three runs that differ in their batch size: loss against steps, samples and seconds."""
    first, second = st.columns(2)
    steps = kept.one_of(
        first.select_slider,
        say("Steps, at least"),
        (50, 100, 200, 500),
        200,
        key="batches_steps",
        name="steps",
    )
    epochs = kept.one_of(
        second.select_slider, say("Epochs, at least"), (1, 2, 3, 5), 2, key="batches_epochs", name="epochs"
    )
    results = progressively(BatchRuns, "batch_runs", spec=spec.to_dict(), steps=steps, epochs=epochs)
    grow(st.empty(), results, lambda seen: race(seen, spec))


def race(seen: BatchRuns, spec: RunSpec) -> None:
    """What is known of the three runs so far."""
    with (
        st.container()
    ):  # there from the first state on: what comes in late would shift all that stands below
        if seen.done == 1:
            net.say_where_none_learns(seen.accuracy, spec)
    target = reached(seen)
    for column, name, run in zip(st.columns(3), labels(seen), range(3), strict=True):
        rows = (f"**{name}**", ended(seen, run), price(seen, run, target))
        column.markdown(BREAK.join(filter(None, rows)))
    scales = {
        "steps": (say("step"), seen.step, say("Loss against steps")),
        "samples": (say("samples seen"), seen.seen(), say("Loss against samples")),
        "seconds": (say("seconds"), seen.seconds, say("Loss against time")),
    }
    for column, (key, (axis, x, title)) in zip(st.columns(3), scales.items(), strict=True):
        figure = lines(
            curves={
                name: Line(x=x[run], y=seen.loss[run], **look)
                for run, (name, look) in enumerate(zip(short(seen), LOOKS, strict=True))
            },
            title=title,
            across=Axis(axis, log=True),
            up=Axis(say("training loss"), log=True, top=reach(seen.loss, seen.diverged_at < 0)),
            base=chrome.base(),
        )
        chart(figure, f"batches_{key}", column)
    st.caption(
        say(
            "Training loss in evaluation mode, looked at between the steps; all three at learning rate {lr:g} from the "
            "same weights. Seconds count the steps alone, on this server, as busy as it is now.",
            lr=spec.lr,
        )
    )


def labels(seen: BatchRuns) -> tuple[str, str, str]:
    """The three runs' names, with their batch sizes."""
    full, mini, one = seen.batch.tolist()
    return (
        say("Full batch ({samples:,})", samples=full),
        say("Mini-batch ({samples:,})", samples=mini),
        say("One sample" if one == 1 else "Two samples (batch norm needs two)"),
    )


def short(seen: BatchRuns) -> tuple[str, str, str]:
    """Their names in a legend."""
    return say("full"), say("mini"), say("one" if seen.batch[2] == 1 else "two")


def ended(seen: BatchRuns, run: int) -> str:
    """How a run ended, and after how much."""
    steps, seconds = np.nanmax(seen.step[run]), np.nanmax(seen.seconds[run])
    if (at := seen.diverged_at[run]) >= 0:
        return say("diverged at step {step:,}", step=at)
    return say(
        "test accuracy {accuracy:.1%} after {steps:,.0f} steps, {samples:,.0f} samples, {seconds:.2g} s",
        accuracy=seen.accuracy[run],
        steps=steps,
        samples=steps * seen.batch[run],
        seconds=seconds,
    )


def reached(seen: BatchRuns) -> float:
    """The lowest loss that every run reached that did not diverge; NaN where there is none."""
    going = seen.loss[seen.diverged_at < 0]
    return float(np.nanmin(going, axis=1).max()) if len(going) else math.nan


def price(seen: BatchRuns, run: int, target: float) -> str:
    """What that loss cost the run, the first time it was seen to be there."""
    there = np.flatnonzero(seen.loss[run] <= target)
    if not len(there) or not there[0]:
        return ""
    at = there[0]
    return say(
        "**loss {loss:.2g} at {steps:,.0f} steps, {samples:,.0f} samples, {seconds:.2g} s**",
        loss=target,
        steps=seen.step[run, at],
        samples=seen.seen()[run, at],
        seconds=seen.seconds[run, at],
    )


def noise(spec: RunSpec) -> None:
    """The gradient of many mini-batches at one place."""
    st.markdown(say("### Noise of the gradient"))
    st.caption(
        say(
            "The net trains for some steps and stands still. There g is the gradient of all samples, and g_B that of B "
            "samples drawn at random. Theory: √E|g_B − g|² = S √((N − B) / (B (N − 1))), where S² is the mean of |g_i "
            "− g|² over all N samples one by one (Cochran, Sampling Techniques, 1977, theorem 2.2). Four times the "
            "samples halve the noise, as 1/√B says, until B comes near N."
        )
    )
    first, second = st.columns(2)
    steps = kept.one_of(
        first.select_slider,
        say("After steps"),
        (0, 10, 50, 200, 1000),
        50,
        key="batches_after",
        name="moment",
    )
    draws = kept.one_of(
        second.select_slider, say("Draws of each size"), (10, 40, 100), 40, key="batches_draws", name="draws"
    )
    results = progressively(GradientNoise, "gradient_noise", spec=spec.to_dict(), steps=steps, draws=draws)
    grow(st.empty(), results, lambda seen: noisy(seen, spec))


def noisy(seen: GradientNoise, spec: RunSpec) -> None:
    """What is known of the noise so far."""
    if np.isnan(seen.noise).all():
        st.caption(say("On the way to the place …"))
        return
    rms = seen.root_mean_square()
    st.markdown(noise_in_words(seen, rms, spec))
    left, right = st.columns(2)
    figure = figures.noise(
        sizes=seen.sizes,
        draws=seen.noise,
        rms=rms,
        expected=seen.expected,
        title=say("Distance from the full gradient"),
        base=chrome.base(),
    )
    chart(figure, "batches_noise", left)
    figure = figures.cosine(
        sizes=seen.sizes, draws=seen.cosine, title=say("Agreement with its direction"), base=chrome.base()
    )
    chart(figure, "batches_cosine", right)


def noise_in_words(seen: GradientNoise, rms: np.ndarray, spec: RunSpec) -> str:
    """The noise of the run's own batch size, and where noise and gradient are equally long."""
    size = seen.sizes[0]
    said = [
        say(
            "**A single sample: noise {noise} as long as the gradient itself**; {most:,} samples: {least}."
            if size == 1
            else "**{size} samples: noise {noise} as long as the gradient itself**; {most:,} samples: {least}.",
            size=size,
            noise=_times(rms[0]),
            most=seen.sizes[-1],
            least=_times(rms[-1]),
        )
    ]
    loud = seen.sizes[rms > 1]
    if len(loud):
        said.append(say("Up to B = {size:,} most of what a step follows is noise.", size=loud[-1]))
    if np.isnan(seen.expected).all():
        said.append(
            say(
                "With batch norm no sample has a gradient of its own, because the others in its batch decide how it is "
                "normalized: there is no line to expect, and tiny batches are a case of their own."
            )
        )
    activation = ACTIVATIONS[spec.activation]
    random = ((say("dropout"), spec.dropout), (say(activation.label), activation.random))
    if quiet := [name for name, is_on in random if is_on]:
        said.append(say("The noise of {sources:and} is left out.", sources=quiet))
    return paragraph(*said, say("N = {samples:,}, |g| = {norm:.3g}.", samples=seen.samples, norm=seen.norm))


def _times(ratio: float) -> str:
    return say("{ratio:,.0f} times" if ratio >= 100 else "{ratio:.2g} times", ratio=ratio)


def times(spec: RunSpec) -> None:
    """What a step of each size takes, and an epoch of such steps."""
    st.markdown(say("### Time of a step"))
    grow(st.empty(), progressively(BatchTimes, "batch_times", spec=spec.to_dict()), timed)


def timed(seen: BatchTimes) -> None:
    """What is known of the times so far."""
    known = np.flatnonzero(np.isfinite(seen.step))
    if not len(known):
        st.info(say("The run diverges at its first step, so there is no step to time."))
        return
    first, last = known[0], known[-1]
    small, large = seen.sizes[first], seen.sizes[last]
    st.markdown(
        say(
            "**{more:,} times the samples take {longer:.1f} times as long**: {short:.2g} ms for B = {small}, "
            "{long:.2g} ms for B = {large:,}. A step has a fixed cost, which many samples share. So an epoch is "
            "quickest in large steps, though it then has few.",
            more=large // small,
            longer=seen.step[last] / seen.step[first],
            short=seen.step[first] * 1e3,
            small=small,
            long=seen.step[last] * 1e3,
            large=large,
        )
    )
    charts: dict[str, tuple[Any, ...]] = {
        "step": (seen.step, say("One step"), "activation"),
        "epoch": (seen.epoch, say("As many samples as the training set has"), "weight"),
    }
    for column, (key, (seconds, title, role)) in zip(st.columns(2), charts.items(), strict=True):
        figure = figures.times(sizes=seen.sizes, seconds=seconds, title=title, role=role, base=chrome.base())
        chart(figure, f"batches_time_{key}", column)
    st.caption(say("The fastest of several plain steps on this server: forward, backward and update."))
