"""Gradient clipping: how, and where it sets in."""

from engine.tables.option import Choice, Number

CLIP = Choice(
    "clip", "none", ("none", "value", "norm"),
    words="value cuts each component of the gradient; norm shortens the whole and keeps its direction.",
)  # fmt: skip
THRESHOLD = Number("clip_threshold", 1.0, 0.0, 1e9, open_low=True, log=True, words="Where clipping sets in.")
