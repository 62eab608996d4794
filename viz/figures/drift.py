"""Histograms stacked through time: how what enters a layer's activation moves and widens."""

import numpy as np
import plotly.graph_objects as go

from viz import theme
from viz.words.language import say

HEIGHT = 360  # pixels
TICKS = np.array([0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 1e4, 1e5])
CLEAR = 3e-4  # share of the values in a bin from which it counts for the axis


def reach(edges: np.ndarray, counts: np.ndarray) -> tuple[float, float]:
    """(low, high) of the values that matter at any moment: edges [bins + 1], counts [moments, bins]."""
    total = np.maximum(counts.sum(-1, keepdims=True), 1)
    held = np.flatnonzero((counts / total >= CLEAR).any(0))
    return (float(edges[held[0]]), float(edges[held[-1] + 1])) if held.size else (-1.0, 1.0)


def stacked(
    step: np.ndarray,
    edges: np.ndarray,
    counts: np.ndarray,
    percentiles: np.ndarray,
    *,
    limits: tuple[float, float],
    scale: float,
    title: str,
    role: str,
    base: str,
) -> go.Figure:
    """One column a moment, darkest at its mode; lines at the 15th, 50th and 85th percentile.

    Args:
        edges: [bins + 1] in the unit of the values. counts: [moments, bins]. percentiles: [moments, 3].
        limits: (low, high) of the axis, which is asinh(value / scale): linear near 0, logarithmic far out.
    """
    palette = theme.colors(base)
    counts = np.asarray(counts, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        shade = np.sqrt(counts / counts.max(-1, keepdims=True))
        share = counts / counts.sum(-1, keepdims=True)

    def place(values: np.ndarray) -> np.ndarray:
        return np.arcsinh(np.asarray(values, float) / scale)

    low, high = place(edges[:-1]), place(edges[1:])
    figure = go.Figure(
        go.Heatmap(
            x=step,
            y=(low + high) / 2,
            z=shade.T.astype(np.float32),
            zmin=0,
            zmax=1,
            colorscale=theme.colorscale(base, role),
            showscale=False,
            customdata=np.stack(
                [share.T, *np.broadcast_arrays(edges[:-1, None], edges[1:, None], share.T)[:2]], axis=2
            ).astype(np.float32),
            hovertemplate=say(
                "step %{x}<br>%{customdata[1]:.3g} to %{customdata[2]:.3g}: "
                "%{customdata[0]:.1%} of the values<extra></extra>"
            ),
        )
    )
    names = ("15%", say("median"), "85%")
    for values, name, dash in zip(np.asarray(percentiles).T, names, ("dot", "solid", "dot"), strict=True):
        figure.add_trace(
            go.Scatter(
                x=step,
                y=place(values),
                name=name,
                mode="lines",
                line={"color": palette["text"], "dash": dash, "width": 1.5},
                hoverinfo="skip",
            )
        )
    ticks = np.concatenate([-TICKS[::-1], [0.0], TICKS]) * _decade(scale)
    ends = place(np.array(limits))
    shown = _apart(ticks[(ticks >= limits[0]) & (ticks <= limits[1])], place, (ends[1] - ends[0]) / 10)
    return figure.update_layout(
        template=theme.template(base),
        title={"text": title, "y": 0.97, "yanchor": "top", "yref": "container"},
        height=HEIGHT,
        xaxis={"title": say("step")},
        yaxis={
            "title": say("what enters the activation, u"),
            "range": [float(end) for end in ends],
            "tickvals": [float(place(np.array(tick))) for tick in shown],
            "ticktext": [f"{tick:.3g}".replace("-", "\N{MINUS SIGN}") for tick in shown],
        },
        margin={"t": 72},
    )


def _decade(scale: float) -> float:
    """The power of ten at or below the scale."""
    return float(10.0 ** np.floor(np.log10(scale))) if scale > 0 else 1.0


def _apart(ticks: np.ndarray, place, gap: float) -> list[float]:
    """Ticks from 0 outward, none closer to its neighbor on the axis than the gap."""
    kept: list[float] = []
    for tick in sorted(ticks, key=abs):
        if all(abs(place(tick) - place(other)) >= gap for other in kept):
            kept.append(float(tick))
    return sorted(kept)
