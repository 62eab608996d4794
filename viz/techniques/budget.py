"""How much one visitor may have computed at a control's change."""

import streamlit as st

from engine.spec import RunSpec
from viz.server.bounds import parameters, samples
from viz.words.language import say

WORK = 3e11  # parameters x samples x steps of all runs together


def affordable(spec: RunSpec, steps: int, runs: int = 1) -> int:
    """The steps asked for, or as many as nets of this size can train here while somebody waits."""
    most = max(10, int(WORK / (parameters(spec) * samples(spec) * runs)))
    if most < steps:
        st.caption(say("This net is large: {most} of {steps} steps are trained.", most=most, steps=steps))
    return min(most, steps)


def looks(spec: RunSpec, samples_a_look: int, most: int) -> int:
    """How often a run may be looked at: `most` times, less for a large net, at least thrice."""
    return max(3, min(most, int(WORK / (parameters(spec) * samples_a_look))))
