"""The few widgets that the parts share, and the experiment that three of them look at."""

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.experiments.dropout.masks import MOMENTS, PROBE, Dropout
from engine.experiments.looks import JUDGED
from engine.spec import RunSpec
from viz.techniques.budget import affordable, looks
from viz.widgets import kept
from viz.widgets.growing import grow
from viz.words.language import say
from viz.workbench import progressively

STEPS = (50, 100, 200, 500, 1000)
MASKED, WHOLE, MEAN = (
    "activation",
    "test",
    "weight",
)  # the colors' roles: under masks, at inference, the masks' mean


def steps_of(place: DeltaGenerator, spec: RunSpec, runs: int = 1) -> int:
    """The steps that are asked for, as far as they can be had."""
    steps = kept.one_of(place.select_slider, say("Steps"), STEPS, 200, key="dropout_steps", name="steps")
    return affordable(spec, steps, runs)


def masks_of(place: DeltaGenerator) -> int:
    return kept.one_of(
        place.select_slider,
        say("Masks"),
        (16, 64, 256),
        64,
        key="dropout_masks",
        name="masks",
        help=say("Drawn anew for the same samples, to compare them."),
    )


def show_growing(spec: RunSpec, steps: int, masks: int, picture: Callable[[Dropout], None]) -> None:
    """The run as it is seen so far, each picture in the place of the one before."""
    moments = looks(spec, masks * PROBE + 2 * JUDGED, MOMENTS)
    arguments: dict[str, Any] = {"spec": spec.to_dict(), "steps": steps, "masks": masks, "moments": moments}

    def draw(seen: Dropout) -> None:
        if seen.diverged_at >= 0:
            st.warning(
                say("The run diverged at step {step}: what is shown ends before it.", step=seen.diverged_at),
                icon=":material/warning:",
            )
        picture(seen)

    grow(st.empty(), progressively(Dropout, "dropout", **arguments), draw)
