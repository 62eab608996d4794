"""A band around a curve, in its color and see-through."""

import numpy as np
import plotly.graph_objects as go

FAINT = 0.22  # opacity of a band


def edges(x: np.ndarray, low: np.ndarray, high: np.ndarray, name: str, color: str) -> list[go.Scatter]:
    """The band between low and high [points] over x, under the legend entry of `name`. color: "#rrggbb"."""
    return [_edge(x, low, name), _edge(x, high, name).update(fill="tonexty", fillcolor=faint(color))]


def faint(color: str) -> str:
    """The "#rrggbb" color, see-through."""
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {FAINT})"


def _edge(x: np.ndarray, y: np.ndarray, name: str) -> go.Scatter:
    return go.Scatter(
        x=x, y=y, mode="lines", line={"width": 0}, hoverinfo="skip", showlegend=False, legendgroup=name
    )
