"""The few widgets that the parts share, and how they draw."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.experiments.batch_norm.bench import COMPANIES, LARGEST_COMPANY, Bench
from engine.experiments.looks import JUDGED, MOMENTS
from engine.spec import RunSpec
from viz.server.bounds import samples
from viz.techniques.budget import affordable, looks
from viz.widgets import kept
from viz.words.language import say

STEPS = (50, 100, 200, 500, 1000)
BATCH, RUNNING = "activation", "test"  # the colors' roles: statistics of the batch, running ones
WITH, WITHOUT = "activation", "test"


def steps_of(place: DeltaGenerator, spec: RunSpec, runs: int = 1) -> int:
    """The steps that are asked for, as far as they can be had."""
    steps = kept.one_of(place.select_slider, say("Steps"), STEPS, 200, key="batch_norm_steps", name="steps")
    return affordable(spec, steps, runs)


def look_often(spec: RunSpec) -> int:
    """At how many moments the bench may look at this net."""
    return looks(spec, (COMPANIES + 2) * min(samples(spec), LARGEST_COMPANY) + 2 * JUDGED, MOMENTS)


def layer_of(place: DeltaGenerator, names: Sequence[str]) -> int:
    """The index of the chosen layer, the middle one at first."""
    if len(names) < 2:
        return 0
    key = f"batch_norm_layer_{'_'.join((names[0], names[-1]))}"
    usual = names[len(names) // 2]
    chosen = kept.one_of(
        place.select_slider, say("Layer"), names, usual, format_func=say, key=key, name="layer", follows=True
    )
    return list(names).index(chosen)


def say_how_it_ended(seen: Bench) -> None:
    """A run that diverged is shown up to there."""
    if seen.diverged_at >= 0:
        st.warning(
            say("The run diverged at step {step}: what is shown ends before it.", step=seen.diverged_at),
            icon=":material/warning:",
        )
