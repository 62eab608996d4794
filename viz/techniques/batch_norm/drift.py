"""The drift of what enters each activation, with and without batch norm."""

import numpy as np
import streamlit as st

from engine.experiments.batch_norm.drift import Drift, edges
from engine.spec import RunSpec
from viz import chrome
from viz.figures.drift import reach, stacked
from viz.figures.lines import Line
from viz.figures.shared_axis import through_time
from viz.techniques.batch_norm.choices import WITH, WITHOUT, layer_of, steps_of
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.words.language import say
from viz.workbench import progressively

TWINS = ("with batch norm", "without batch norm")
DIVERGED = ("The net with batch norm diverged at step {step}.", "The net without diverged at step {step}.")
TITLES = ("Layer {layer}, with batch norm", "Layer {layer}, without batch norm")


def show(spec: RunSpec) -> None:
    if not spec.hidden:
        st.info(
            say(
                "A net without hidden layers has no activations for anything to enter. Give it at least one layer."
            )
        )
        return
    first, second, _ = st.columns(3)
    steps = steps_of(first, spec, runs=2)
    layer = layer_of(second, [str(k + 1) for k in range(len(spec.hidden))])
    place, rows = st.empty(), st.expander(say("All layers at the last moment")).empty()

    def draw(seen: Drift) -> None:
        for twin, end in enumerate(seen.diverged_at):
            if end >= 0:
                st.warning(say(DIVERGED[twin], step=end), icon=":material/warning:")
        words(seen, layer)
        histograms(seen, layer)
        measures(seen, layer)
        rows.dataframe(table(seen), hide_index=True)

    grow(place, progressively(Drift, "batch_norm_drift", spec=spec.to_dict(), steps=steps), draw)


def words(seen: Drift, layer: int) -> None:
    """The drift of one layer, in its own numbers."""
    moved, wide = ([last_known(rows)[layer] for rows in getattr(seen, name)] for name in ("shift", "widened"))
    st.markdown(
        say(
            "**Layer {layer}: since the start its units' means have moved by {moved:.2g} standard deviations with "
            "batch norm, by {moved_without:.2g} without**; its spread is {wide:.2g} and {wide_without:.2g} times what "
            "it was. Both nets began with the same weights, and the same samples are sent through them at each moment.",
            layer=layer + 1,
            moved=moved[0],
            moved_without=moved[1],
            wide=wide[0],
            wide_without=wide[1],
        )
    )


def histograms(seen: Drift, layer: int) -> None:
    """Both nets' histograms, stacked through time on one common axis."""
    bins = [edges(scale) for scale in seen.scale[:, layer]]
    ends = [reach(bins[k], seen.counts[k, :, layer]) for k in range(2)]
    limits = min(low for low, _ in ends), max(high for _, high in ends)
    for k, place in enumerate(st.columns(2)):
        figure = stacked(
            seen.step,
            bins[k],
            seen.counts[k, :, layer],
            seen.percentiles[k, :, layer],
            limits=limits,
            scale=float(seen.scale[:, layer].max()),
            title=say(TITLES[k], layer=layer + 1),
            role=(WITH, WITHOUT)[k],
            base=chrome.base(),
        )
        chart(figure, f"batch_norm_stack_{k}", place)


def measures(seen: Drift, layer: int) -> None:
    """How far the means have moved and how wide the spread has become, through time."""
    charts = (
        ("shift", say("How far the means have moved"), say("standard deviations")),
        ("widened", say("Spread, over that at the start"), say("ratio")),
    )
    for place, (name, title, unit) in zip(st.columns(2), charts, strict=True):
        lines = {
            say(TWINS[0]): Line(getattr(seen, name)[0, :, layer], WITH),
            say(TWINS[1]): Line(getattr(seen, name)[1, :, layer], WITHOUT, "dash"),
        }
        figure = through_time(seen.step, lines, title=title, unit=unit, base=chrome.base())
        chart(figure, f"batch_norm_{name}", place)
    st.caption(
        say(
            "Each column is the histogram of what enters the activation at one moment, over all units of the layer, "
            "darkest at its peak; lines at 15, 50 and 85%, as in Ioffe and Szegedy (2015), Figure 1. They call the "
            "drift internal covariate shift and gave it as batch norm's reason. That this is why it helps is disputed: "
            "Santurkar et al. (2018) see the gain in a smoother loss. With batch norm *before* the activation expect "
            "only β and γ to move it; *after* it, the drift comes through the weights again."
        )
    )


def table(seen: Drift) -> dict[str, list[str]]:
    """Every layer at the last moment."""
    columns = {say("layer"): [str(k + 1) for k in range(seen.shift.shape[2])]}
    for name, words in (
        ("shift", (say("means moved, with batch norm"), say("means moved, without"))),
        ("widened", (say("spread ratio, with batch norm"), say("spread ratio, without"))),
    ):
        for title, rows in zip(words, getattr(seen, name), strict=True):
            columns[title] = [f"{value:.2g}" for value in last_known(rows)]
    return columns


def last_known(rows: np.ndarray) -> np.ndarray:
    """The last finite row of [moments, layers]."""
    known = rows[np.isfinite(rows).all(axis=1)]
    return known[-1] if len(known) else rows[-1]
