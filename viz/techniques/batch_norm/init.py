"""Batch norm's own gradient explosion before any training, measured beside the theory."""

from typing import Any

import numpy as np
import streamlit as st

from engine.experiments.batch_norm.explosion import Explosion
from engine.spec import RunSpec
from engine.tables.activations import ACTIVATIONS
from engine.tables.wording import Sentence
from viz import chrome
from viz.figures.signal import band
from viz.widgets import kept
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.words.language import say
from viz.workbench import progressively

PLACES = {"none": "none", "before": "before", "after": "after"}
ROLES = {"none": "activation", "before": "gradient", "after": "test"}
WORK = 2e9  # multiplications that one visitor may have measured at a control's change
FACTORS = (
    "{factor:.3f} without batch norm", "{factor:.3f} with it before the activation", "{factor:.3f} with it after"
)  # fmt: skip
KNOWN = (
    "In wide nets with large batches, going back a layer multiplies the squared gradient by E[φ′²] / Var φ: "
    "**π/(π − 1) = 1.467 for ReLU**, 1.178 for tanh, 1.034 for sigmoid, and (B − 2)/(B − 3) for a linear net, "
    "whatever the weights' scale (Yang et al., 2019). So batch norm, the cure for vanishing gradients, makes them "
    "explode in a He-ReLU net that had been fine: over 50 layers by 10⁸. Training moves γ and the weights, and "
    "with them this picture; very deep plain nets with batch norm still cannot be trained."
)


def show(spec: RunSpec) -> None:
    first, second, third = st.columns(3)
    depth = kept.one_of(
        first.select_slider,
        say("Layers deep"),
        (10, 20, 30, 50, 80),
        30,
        key="batch_norm_depth",
        name="depth",
    )
    sizes = (8, 16, 32, 64, 128, 256)
    batch = kept.one_of(
        second.select_slider,
        say("Samples in the batch"),
        sizes,
        128,
        key="batch_norm_init_batch",
        name="batch",
    )
    seeds = kept.one_of(
        third.select_slider, say("Seeds"), (1, 2, 4, 8, 16), 8, key="batch_norm_seeds", name="seeds"
    )
    width = (spec.hidden or (100,))[0]
    affordable = max(1, min(seeds, int(WORK / (depth * width * (width + batch) * 10))))
    if affordable < seeds:
        st.caption(
            say(
                "Nets this wide take a while: {affordable} of {seeds} seeds are measured.",
                affordable=affordable,
                seeds=seeds,
            )
        )
    arguments: dict[str, Any] = {"depth": depth, "seeds": affordable, "batch_size": batch}
    results = progressively(Explosion, "batch_norm_explosion", spec=spec.to_dict(), **arguments)
    grow(st.empty(), results, lambda seen: picture(spec, seen, depth, width))


def picture(spec: RunSpec, seen: Explosion, depth: int, width: int) -> None:
    """The squared gradient over the layers, and its factor a layer."""
    factors, predicted = seen.factor, seen.predicted_factor
    measured = [known(row) for row in factors]
    each = [Sentence(FACTORS[k], factor=found.mean()) for k, found in enumerate(measured) if found.size]
    st.markdown(
        say(
            "**Going back one layer multiplies the squared gradient by {factors}** ({activation}, {depth} layers of "
            "{width}, before any training).",
            factors=each,
            activation=say(ACTIVATIONS[spec.activation].label),
            depth=depth,
            width=width,
        )
    )
    places = [say(PLACES[name]) for name in seen.places]
    left, right = st.columns([3, 2])
    figure = band(
        predicted={name: seen.predicted_log10[k] for k, name in enumerate(places)},
        measured={name: seen.gradient_log10[k] for k, name in enumerate(places)},
        roles={name: ROLES[place] for name, place in zip(places, seen.places, strict=True)},
        title=say("Squared gradient E[(dL/dz)²] at init"),
        unit=say("mean square, last layer = 1"),
        base=chrome.base(),
    )
    chart(figure, "batch_norm_explosion", left)
    with right:
        st.dataframe(
            {
                say("batch norm"): places,
                say("factor, measured"): [ranged(factors) for factors in measured],
                say("theory"): [f"{f:.3f}" if np.isfinite(f) else say("none") for f in predicted],
                say("over {depth} layers", depth=depth): [
                    say("{decades:+.1f} decades", decades=decades(row)) if np.isfinite(decades(row)) else ""
                    for row in seen.gradient_log10
                ],
            },
            hide_index=True,
        )
        st.caption(say("Mean and range of the seeds; the factor is taken away from both ends of the net."))
    st.markdown(say(KNOWN))


def ranged(factors: np.ndarray) -> str:
    """Mean and range of what is known of a factor."""
    if not factors.size:
        return ""
    ends = {"least": factors.min(), "most": factors.max()}
    return say("{mean:.3f} ({least:.3f} to {most:.3f})", mean=factors.mean(), **ends)


def known(values: np.ndarray) -> np.ndarray:
    return values[np.isfinite(values)]


def decades(seeds: np.ndarray) -> float:
    """log10 of the squared gradient of the first layer over the last, mean over seeds [seeds, layers]."""
    change = known(seeds[:, 0] - seeds[:, -1])
    return float(change.mean()) if change.size else float("nan")
