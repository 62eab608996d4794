"""What is chosen, drawn by itself: an activation with its slope, and the weights an initializer draws."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from viz import theme
from viz.words.language import say

HEIGHT = 300  # pixels
LEGEND_ROW = 20  # pixels
DASHES = ("solid", "dash", "dot", "dashdot")


def activation(
    u: np.ndarray,
    value: np.ndarray,
    slope: np.ndarray,
    *,
    title: str,
    base: str,
    saturation: tuple[float, float] = (-np.inf, np.inf),
) -> go.Figure:
    """phi(u) and phi'(u) over [points]; inputs that count as saturated are shaded, when there are any.

    Args:
        saturation: an input at or below the first, or at or above the second, counts as saturated.
    """
    palette = theme.colors(base)
    lines = (
        (say("output φ(u)"), value, "activation", "solid"),
        (say("slope φ′(u)"), slope, "gradient", "dash"),
    )
    figure = go.Figure(
        [
            go.Scatter(
                x=u,
                y=y,
                name=name,
                mode="lines",
                line={"color": palette[role], "width": 2.5, "dash": dash},
                hovertemplate="%{y:.3~g}",
            )
            for name, y, role, dash in lines
        ]
    )
    left, right = float(np.min(u)), float(np.max(u))
    for start, end in ((left, saturation[0]), (saturation[1], right)):
        if left <= start < end <= right:
            figure.add_vrect(start, end, fillcolor=palette["muted"], opacity=0.14, line_width=0)
            figure.add_annotation(
                x=(start + end) / 2, y=0, yref="paper", yshift=12, text=say("saturated"), showarrow=False
            )
    figure.update_layout(
        template=theme.template(base),
        title=title,
        height=HEIGHT,
        xaxis={"title": say("input u of one unit"), "zeroline": True},
        yaxis={"title": "φ(u), φ′(u)", "zeroline": True},
        hovermode="x unified",
        margin={"t": 84},
    )
    return figure


def densities(edges: np.ndarray, heights: Mapping[str, np.ndarray], *, title: str, base: str) -> go.Figure:
    """The density of the weights drawn, a step line for each layer shape; edges [bins + 1], heights [bins]."""
    palette = theme.colors(base)
    figure = go.Figure()
    for index, (name, height) in enumerate(heights.items()):
        figure.add_trace(
            go.Scatter(
                x=(edges[:-1] + edges[1:]) / 2,
                y=height,
                name=name,
                mode="lines",
                line={
                    "shape": "hvh",
                    "dash": DASHES[index % len(DASHES)],
                    "color": palette["series"][index % len(palette["series"])],
                    "width": 2,
                },
                hovertemplate="%{y:.3~g}",
            )
        )
    figure.update_layout(
        template=theme.template(base),
        title={"text": title, "y": 0.98, "yanchor": "top", "yref": "container"},
        height=HEIGHT + LEGEND_ROW * len(heights),
        xaxis={"title": say("weight"), "zeroline": True},
        yaxis={"title": say("density (1 / weight)"), "rangemode": "tozero"},
        hovermode="x unified",
        showlegend=True,
        legend={"orientation": "v"},
        margin={"t": 60 + LEGEND_ROW * len(heights)},
    )
    return figure
