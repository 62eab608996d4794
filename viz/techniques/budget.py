"""What one visitor may have computed at a control's change, and how often a growing picture is drawn anew."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import streamlit as st

from engine.spec import RunSpec
from viz.live.bounds import parameters, samples

WORK = 3e11  # parameters x samples x steps of all runs together
PARTS = 5  # times that a picture is drawn while it grows


def affordable(spec: RunSpec, steps: int, runs: int = 1) -> int:
    """The steps asked for, or as many as nets of this size can train here while somebody waits."""
    most = max(10, int(WORK / (parameters(spec) * samples(spec) * runs)))
    if most < steps:
        st.caption(f"This net is large: {most} of {steps} steps are trained.")
    return min(most, steps)


def by_parts(results: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The first result, one each time that another fifth of the work is done, and the last."""
    reached = -1
    for result in results:
        part = int(PARTS * result["done"])
        if part > reached:
            reached = part
            yield result
