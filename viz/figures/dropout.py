"""What dropout's masks do to one unit."""

import numpy as np
import plotly.graph_objects as go

from viz import theme
from viz.words.language import say

HEIGHT = 320  # pixels
BINS = 24


def unit(values: np.ndarray, inference: float, *, title: str, base: str) -> go.Figure:
    """A histogram of one unit's z under many masks, [masks], with its mean and its value at inference as lines."""
    palette = theme.colors(base)
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    low, high = (values.min(), values.max()) if values.size else (-1.0, 1.0)
    wide = max(high - low, 1e-3 * max(abs(low), abs(high)), 1e-12)
    inside, edges = np.histogram(values, bins=BINS, range=(low - 0.05 * wide, high + 0.05 * wide))
    top = max(int(inside.max()), 1)
    figure = go.Figure(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=inside,
            width=np.diff(edges),
            name=say("under masks"),
            marker={"color": palette["activation"], "opacity": 0.65, "line": {"width": 0}},
            hovertemplate=say("%{x:.3g}: %{y} masks<extra></extra>"),
        )
    )
    lines = (
        (say("at inference"), inference, "test", "solid"),
        (say("mean"), _mean(values), "activation", "dash"),
    )
    for name, place, role, dash in lines:
        figure.add_trace(
            go.Scatter(
                x=[place, place],
                y=[0, 1.05 * top],
                name=name,
                mode="lines",
                line={"color": palette[role], "dash": dash, "width": 2.5},
                hovertemplate=say("{name}: {value:.3g}<extra></extra>", name=name, value=place),
            )
        )
    return figure.update_layout(
        template=theme.template(base),
        title={"text": title, "y": 0.97, "yanchor": "top", "yref": "container"},
        height=HEIGHT,
        xaxis={"title": say("z of the unit")},
        yaxis={"title": say("masks"), "rangemode": "tozero"},
        bargap=0,
        margin={"t": 72},
    )


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else float("nan")
