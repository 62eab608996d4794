"""Clipping by value and by norm on a gradient of two components: the box, the ball, and where the arrows end."""

import numpy as np
import plotly.graph_objects as go

from viz import theme
from viz.words.language import say

HEIGHT = 460  # pixels
REACH = 1.5  # thresholds from the middle to the edge


def arrows(
    *,
    gradient: np.ndarray,
    by_value: np.ndarray,
    by_norm: np.ndarray,
    threshold: float,
    title: str,
    base: str,
) -> go.Figure:
    """The gradient [2] and what becomes of it, with the square and the circle that hold the clipped ones."""
    palette = theme.colors(base)
    turn = np.linspace(0, 2 * np.pi, 121)
    corner = threshold * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])
    circle = threshold * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    edge = REACH * threshold
    inside = gradient / max(1.0, np.abs(gradient).max() / edge)
    figure = go.Figure(
        [
            _outline(corner, say("by value: into the square"), palette["gradient"], "dot"),
            _outline(circle, say("by norm: into the circle"), palette["activation"], "dot"),
            _arrow(inside, gradient, say("gradient"), palette["text"], width=1.5),
            _arrow(by_value, by_value, say("clipped by value"), palette["gradient"], width=3),
            _arrow(by_norm, by_norm, say("clipped by norm"), palette["activation"], width=3),
        ]
    )
    axis = {"range": [-edge, edge], "zeroline": True, "constrain": "domain"}
    figure.update_layout(
        template=theme.template(base),
        title={"text": title, "y": 0.98, "yref": "container", "yanchor": "top"},
        height=HEIGHT,
        legend={"y": -0.16, "yanchor": "top"},
        xaxis={"title": say("first component"), **axis},
        yaxis={"title": say("second component"), "scaleanchor": "x", **axis},
        margin={"t": 40},
    )
    return figure


def _outline(points: np.ndarray, name: str, color: str, dash: str) -> go.Scatter:
    line = {"color": color, "dash": dash, "width": 1.5}
    return go.Scatter(x=points[:, 0], y=points[:, 1], mode="lines", name=name, line=line, hoverinfo="skip")


def _arrow(end: np.ndarray, value: np.ndarray, name: str, color: str, width: float) -> go.Scatter:
    """From the origin to `end`; hovering tells `value`, which may lie beyond the edge."""
    return go.Scatter(
        x=[0, end[0]],
        y=[0, end[1]],
        mode="lines+markers",
        name=name,
        line={"color": color, "width": width},
        marker={"symbol": "arrow", "size": [0, 14], "angleref": "previous", "color": color, "opacity": 1},
        hovertemplate=say("{name}: ({x:.5g}, {y:.5g})<extra></extra>", name=name, x=value[0], y=value[1]),
    )
