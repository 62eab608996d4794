"""How a run is looked at, as a link says it; and what a link says of a run whose settings were changed on its way."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from engine.tables.wording import Sentence
from viz.run.lessons import PANELS
from viz.widgets.looks import misread
from viz.wire.table import COLUMNS, STREAM

FRAMES = ("now", "time")


def _columns(panel: str) -> tuple[str, ...]:
    return tuple(column.key for column in (*COLUMNS, *STREAM) if column.panel == panel)


LOOKS = {
    "speed": ("1", "5", "20", "max"),
    "axis": ("common", "own"),
    "scale": ("symlog", "linear"),
    "activation_variance": _columns("activation-variance"),
    "activation_frames": FRAMES,
    "gradient_variance": _columns("gradient-variance"),
    "gradient_frames": FRAMES,
    "stream": _columns("stream"),
    "stream_frames": FRAMES,
    "sees": ("off", "on"),
    "projected": tuple(PANELS),
}
"""The same as viz/canvas/run/look.js has, where they are read and written."""
CHANGED, KEPT = "changed", "kept"
KEYS = (*LOOKS, CHANGED, KEPT)
"""Keys of the address that are no part of the run."""
MOST = 3  # changes that it says
LONGEST = 300  # characters of a link that are quoted


def tell_changes(changes: Sequence[Mapping[str, Any]]) -> None:
    """The address says that the settings were changed on the way, as the view would have it say."""
    on_the_way = [
        change for change in changes if change["step"] > 1
    ]  # before, it is simply what the run is of
    if on_the_way:
        st.query_params[CHANGED] = "; ".join(
            f"{each['step']}, {each['words']}" for each in on_the_way[-MOST:]
        )
    else:
        st.query_params.pop(CHANGED, None)


def said() -> list[Sentence]:
    """What there is to say of these keys of the address."""
    told = misread(LOOKS)
    if changed := st.query_params.get(CHANGED):
        words = (
            "The run of this link was changed on its way (step {changed}). The link has what was set last: a run that "
            "starts from it has that from its first step on, and goes another way."
        )
        told.append(Sentence(words, changed=changed[:LONGEST]))
    return told
