"""The noise of a mini-batch's gradient against its size, and what a step of each size costs."""

import numpy as np
import plotly.graph_objects as go

from viz import theme
from viz.figures.lines import Axis, Line, lines
from viz.words.language import say

SPREAD = {
    "median": (50, "solid", "lines+markers"),
    "10%": (10, "dot", "lines"),
    "90%": (90, "dash", "lines"),
}


def noise(
    *, sizes: np.ndarray, draws: np.ndarray, rms: np.ndarray, expected: np.ndarray, title: str, base: str
) -> go.Figure:
    """Every draw a dot, their root mean square a line, theory dashed; draws [sizes, draws], the others [sizes]."""
    palette = theme.colors(base)
    curves = {}
    if np.isfinite(expected).any():
        root = expected[0] * np.sqrt(sizes[0] / sizes)
        curves[say("theory")] = Line(x=sizes, y=expected, role="theory", dash="dash")
        curves["1/√B"] = Line(x=sizes, y=root, role="theory", dash="dot")
    curves["r.m.s."] = Line(x=sizes, y=rms, role="gradient", mode="lines+markers")
    figure = lines(
        curves=curves, title=title, across=_size(), up=Axis("|g_B − g| / |g|", log=True), base=base,
        guides=[(1.0, say("noise as long as the gradient itself"))], guides_at="left",
    )  # fmt: skip
    spread = np.repeat(sizes, draws.shape[1]), draws.ravel()
    cloud = go.Scatter(
        x=spread[0],
        y=np.where(spread[1] > 0, spread[1], np.nan),
        mode="markers",
        name=say("draws"),
        marker={"color": palette["gradient"], "size": 4, "opacity": 0.35},
        hovertemplate="B = %{x}: %{y:.3g}<extra></extra>",
    )
    return go.Figure([cloud, *figure.data], figure.layout)


def cosine(*, sizes: np.ndarray, draws: np.ndarray, title: str, base: str) -> go.Figure:
    """The cosine between a mini-batch's gradient and the full one: the middle of the draws and their tenths."""
    known = ~np.isnan(draws).all(axis=1)
    curves = {}
    for name, (share, dash, mode) in SPREAD.items():
        y = np.full(len(sizes), np.nan)
        y[known] = np.nanpercentile(draws[known], share, axis=1)
        curves[say(name)] = Line(x=sizes, y=y, role="gradient", dash=dash, mode=mode)
    return lines(
        curves=curves, title=title, across=_size(), up=Axis(say("cosine")), base=base,
        guides=[(1.0, say("the full gradient's direction")), (0.0, say("at a right angle"))],
    )  # fmt: skip


def times(*, sizes: np.ndarray, seconds: np.ndarray, title: str, role: str, base: str) -> go.Figure:
    """Milliseconds against the batch size, [sizes]."""
    shown = seconds * 1e3
    curves = {say("measured"): Line(x=sizes, y=shown, role=role, mode="lines+markers")}
    return lines(curves=curves, title=title, across=_size(), up=Axis(say("ms"), log=True), base=base)


def _size() -> Axis:
    return Axis(say("batch size B"), log=True)
