"""Clipping: the gradient before and after on one axis, how often it is clipped, and by what angle it is turned."""

import math
from typing import Any

import numpy as np
import streamlit as st

from engine.experiments.clipping_effect import ClippingEffect, clipped, turned
from engine.spec import RunSpec
from engine.spec.examples import DIVERGES
from engine.tables.clipping import CLIP
from engine.tables.wording import Sentence
from viz import chrome
from viz.figures import clipping as figures
from viz.figures.lines import Axis, Line, lines, reach
from viz.techniques import net
from viz.techniques.budget import affordable
from viz.widgets import kept
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.widgets.spoken import spoken
from viz.words.language import paragraph, say
from viz.workbench import progressively

TITLE = Sentence("Clipping")
THRESHOLDS = tuple(float(f"{digit}e{power}") for power in range(-4, 3) for digit in (1, 2, 5))
RUNS = {"none": "unclipped", "value": "by value", "norm": "by norm"}
HEADS = {"none": "Unclipped", "value": "By value", "norm": "By norm"}
NORMS = {"value": "Gradient norm, clipped by value", "norm": "Gradient norm, clipped by norm"}
BREAK = "  \n"  # Markdown's
LOOKS: dict[str, dict[str, Any]] = {
    "none": {"role": "theory", "dash": "dot"},
    "value": {"role": "gradient"},
    "norm": {"role": "activation", "dash": "dash"},
}


def show(spec: RunSpec) -> None:
    st.markdown(
        say(
            "## Gradient clipping\nA single huge gradient can throw a net away. **By value** cuts every component to "
            "[−c, c] on its own, and so turns the gradient; **by norm** shortens the whole gradient to length c and "
            "keeps its direction (Pascanu, Mikolov and Bengio, 2013). Three runs from one seed, alike but for their "
            "clipping:"
        )
    )
    spec = net.choose(
        "clipping",
        spec,
        DIVERGES,
        say(
            "Digits, 5 layers of 100 ReLUs, He's weights, SGD at rate 1, ten times too high. Expect the unclipped run "
            "to diverge at step 8 and both clipped ones to pass 95% on the test set. By value at c = 1, twenty times "
            "higher, the net survives and learns nothing."
        ),
    )
    if not net.is_too_large(spec):
        runs(spec)
    by_hand()


def runs(spec: RunSpec) -> None:
    """The three runs, as they come."""
    steps, by_value, by_norm = settings(spec)
    steps = affordable(spec, steps, runs=3)
    asked: dict[str, Any] = {"spec": spec.to_dict(), "steps": steps, "by_value": by_value, "by_norm": by_norm}
    results = progressively(ClippingEffect, "clipping", **asked)
    seen = grow(st.empty(), results, lambda seen: picture(spec, seen, by_norm))
    if seen is not None and seen.done == 1:
        came = [in_words(seen, how, run) for run, how in enumerate(CLIP.choices)]
        plainly = (each.replace("**", "").replace(BREAK, "; ") for each in came)
        spoken(paragraph(*(say("{sentence}.", sentence=each) for each in plainly)), "", "clipping")


def settings(spec: RunSpec) -> tuple[int, float, float]:
    """(steps, threshold by value, threshold by norm); a threshold that the run itself has is where it starts."""
    first, second, third = st.columns(3)
    steps = kept.one_of(
        first.select_slider, say("Steps"), (50, 100, 200, 500, 1000), 200, key="clipping_steps", name="steps"
    )
    usual = {"value": 0.05, "norm": 1.0} | ({spec.clip: spec.clip_threshold} if spec.clip != "none" else {})
    by_value, by_norm = (
        kept.one_of(
            column.select_slider,
            label,
            sorted({*THRESHOLDS, usual[how]}),
            usual[how],
            format_func=lambda c: f"{c:g}",
            key=f"clipping_by_{how}_{usual[how]:g}",
            name=f"{how}_at",
            help=words,
        )
        for column, how, label, words in (
            (
                second, "value", say("Threshold c by value"),
                say("Largest size that one component keeps. A net has many small ones: far below 1."),
            ),
            (
                third, "norm", say("Threshold c by norm"),
                say("Longest that the gradient of all parameters together may be."),
            ),
        )
    )  # fmt: skip
    return steps, by_value, by_norm


def picture(spec: RunSpec, seen: ClippingEffect, by_norm: float) -> None:
    """What is known so far: the three runs in numbers, then their norms, angles and losses."""
    with (
        st.container()
    ):  # there from the first state on: what comes in late would shift all that stands below
        if seen.done == 1:
            net.say_where_none_learns(seen.accuracy, spec)
    for column, how, run in zip(st.columns(3), CLIP.choices, range(3), strict=True):
        column.markdown(in_words(seen, how, run))
    step = np.arange(1, seen.loss.shape[1] + 1)
    left, right = st.columns(2)
    thresholds = {"value": None, "norm": by_norm}
    for column, (how, threshold) in zip((left, right), thresholds.items(), strict=True):
        run = CLIP.choices.index(how)
        figure = lines(
            curves={
                say("unclipped"): Line(x=step, y=seen.before[0], **LOOKS["none"]),
                say("before"): Line(x=step, y=seen.before[run], role="muted", width=1.5),
                say("after"): Line(x=step, y=seen.after[run], role=LOOKS[how]["role"]),
            },
            title=say(NORMS[how]),
            across=Axis(say("step")),
            up=Axis(say("norm"), log=True, top=reach(seen.before, seen.diverged_at < 0)),
            base=chrome.base(),
            guides=[(threshold, f"c = {threshold:g}")] if threshold else [],
        )
        chart(figure, f"clipping_norm_{how}", column)
    angles = {
        say(RUNS[how]): Line(x=step, y=seen.angle[run], **LOOKS[how])
        for run, how in enumerate(CLIP.choices)
        if run
    }
    figure = lines(
        curves=angles,
        title=say("Angle between the gradient before and after clipping"),
        across=Axis(say("step")),
        up=Axis(say("degrees")),
        base=chrome.base(),
    )
    chart(figure, "clipping_angle", left)
    figure = lines(
        curves={
            say(RUNS[how]): Line(x=step, y=seen.loss[run], **LOOKS[how])
            for run, how in enumerate(CLIP.choices)
        },
        title=say("Loss of each batch"),
        across=Axis(say("step")),
        up=Axis(say("loss"), log=True, top=reach(seen.loss, seen.diverged_at < 0)),
        base=chrome.base(),
        ends=ends(seen),
    )
    chart(figure, "clipping_loss", right)


def ends(seen: ClippingEffect) -> list[tuple[float, float, str]]:
    """Where runs diverged, at the last loss that was a number."""
    found = []
    for run, step in enumerate(seen.diverged_at.tolist()):
        known = np.flatnonzero(np.isfinite(seen.loss[run]))
        if step >= 0 and len(known):
            words = say("diverged at step {step}", step=step)
            found.append((float(known[-1] + 1), float(seen.loss[run, known[-1]]), words))
    return found


def in_words(seen: ClippingEffect, how: str, run: int) -> str:
    """A run in three lines: how it ended, how many steps were clipped, and how far they were turned."""
    at, accuracy = seen.diverged_at[run], seen.accuracy[run]
    rows = [f"**{say(HEADS[how])}**"]
    if at >= 0:
        rows.append(say("diverged at step {step}", step=at))
    else:
        rows.append(say("test accuracy {accuracy:.1%}", accuracy=accuracy))
    share = seen.share_clipped()[run]
    if how != "none" and not math.isnan(share):
        rows += clipped_in_words(seen, how, run, share)
    return BREAK.join(rows)


def clipped_in_words(seen: ClippingEffect, how: str, run: int, share: float) -> list[str]:
    """How many steps of a run were clipped, and how far they were turned."""
    cut, angle = seen.cut[run] > 0, seen.angle[run]
    if not share:
        return [say("{share:.0%} of the steps clipped: this threshold is never reached", share=share)]
    if how == "norm":
        return [say("{share:.0%} of the steps clipped", share=share), say("turned by 0°")]
    parts = percent(float(np.nanmean(seen.cut[run][cut])))
    return [
        say("{share:.0%} of the steps clipped, {parts} of the components in them", share=share, parts=parts),
        say(
            "turned by {median:.0f}° (median), {most:.0f}° at most",
            median=np.nanmedian(angle[cut]),
            most=np.nanmax(angle[cut]),
        ),
    ]


def percent(share: float) -> str:
    """A share with one digit; what is more than none does not read as 0."""
    return "< 0.1%" if 0 < share < 0.001 else f"{share:.1%}"


def by_hand() -> None:
    """One gradient of two components, clipped both ways."""
    st.markdown(say("### By hand: a gradient of two components"))
    controls, drawing = st.columns([2, 3])
    with controls:
        one, two, three = st.columns(3)
        x = kept.number(
            one.number_input, say("First"), -1e6, 1e6, 100.0, key="clipping_first", name="first", format="%g"
        )
        y = kept.number(
            two.number_input, say("Second"), -1e6, 1e6, 1.0, key="clipping_second", name="second", format="%g"
        )
        c = kept.number(
            three.number_input,
            say("Threshold c"),
            1e-3,
            1e6,
            1.0,
            key="clipping_threshold",
            name="threshold",
            format="%g",
        )
        found = {how: clipped((x, y), how, c) for how in ("value", "norm")}
        angles = {how: turned((x, y), how, c) for how in found}
        st.markdown(
            "\n".join(
                "- "
                + say(
                    "**{way}**: ({x:g}, {y:g}) becomes ({first:.5g}, {second:.5g}), {turned}",
                    way=say(RUNS[how]),
                    x=x,
                    y=y,
                    first=g[0],
                    second=g[1],
                    turned=_angle(angles[how]),
                )
                for how, g in found.items()
            )
        )
        st.caption(
            say(
                "The chapter's example: (100, 1) by value becomes (1, 1) and points half way between two axes, though "
                "nearly all of it lay along the first; by norm it stays along the first axis, and the second component "
                "all but disappears. Torch divides by the norm + 10⁻⁶."
            )
        )
    figure = figures.arrows(
        gradient=np.array([x, y]),
        by_value=found["value"],
        by_norm=found["norm"],
        threshold=c,
        title=say("What becomes of the arrow"),
        base=chrome.base(),
    )
    chart(figure, "clipping_arrows", drawing)


def _angle(degrees: float) -> str:
    if math.isnan(degrees):
        return say("which has no direction")
    return say("turned by {degrees:.3g}°", degrees=degrees)
