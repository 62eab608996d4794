"""A race that stands still: the surface in three dimensions with the paths on it, and what clipping does."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from viz import theme
from viz.words.language import say

HEIGHT = 640  # pixels


def relief(
    xs: np.ndarray,
    ys: np.ndarray,
    values: np.ndarray,
    places: np.ndarray,
    paths: Sequence[Mapping],
    *,
    title: str,
    base: str,
) -> go.Figure:
    """The surface over xs [n] and ys [m], with its paths.

    values [m, n] are what is said, places [m, n] (0 to 1) how high it is drawn: on the scale of the contours. A path is
    {"label", "color" (index into the series), "x", "y", "value", "place"}, arrays [steps + 1]; what is outside the
    window is left out, as there is no surface to stand on.
    """
    palette = theme.colors(base)
    figure = go.Figure(
        go.Surface(
            x=xs,
            y=ys,
            z=places,
            customdata=values,
            colorscale=[[0, palette["axis"]], [1, palette["background"]]],
            showscale=False,
            contours={"z": {"show": True, "start": 0, "end": 1, "size": 1 / 18, "color": palette["muted"]}},
            hovertemplate=say("x %{x:.3g}, y %{y:.3g}<br>value %{customdata:.4g}<extra></extra>"),
            name=say("surface"),
        )
    )
    for path in paths:
        inside = (path["x"] >= xs[0]) & (path["x"] <= xs[-1]) & (path["y"] >= ys[0]) & (path["y"] <= ys[-1])
        color = palette["series"][path["color"] % len(palette["series"])]
        figure.add_trace(
            go.Scatter3d(
                x=np.where(inside, path["x"], np.nan),
                y=np.where(inside, path["y"], np.nan),
                z=np.where(inside, path["place"] + 0.004, np.nan),
                customdata=np.stack([np.arange(len(path["x"])), path["value"]], axis=-1),
                mode="lines",
                line={"color": color, "width": 5},
                name=path["label"],
                hovertemplate=say("step %{customdata[0]}, value %{customdata[1]:.4g}"),
            )
        )
    ticks = np.linspace(0, 1, 6)
    heights = np.interp(ticks, *_rising(places, values))
    figure.update_layout(
        template=theme.template(base),
        title=title,
        height=HEIGHT,
        scene={
            "xaxis": {"title": "x"},
            "yaxis": {"title": "y"},
            "zaxis": {"title": say("value"), "tickvals": ticks, "ticktext": [f"{h:.3g}" for h in heights]},
            "camera": {"eye": {"x": -1.1, "y": -1.5, "z": 0.9}, "center": {"z": -0.12}},
            "aspectratio": {"x": 1, "y": (ys[-1] - ys[0]) / (xs[-1] - xs[0]), "z": 0.62},
        },
        legend={"y": 0, "yanchor": "top"},
        margin={"l": 0, "r": 0, "t": 44, "b": 88},
    )
    return figure


def clipping(gradient: np.ndarray, clipped: Mapping[str, np.ndarray], *, title: str, base: str) -> go.Figure:
    """A gradient [2] as it is, and what each way of clipping leaves of it, as directions (unit length) and in words."""
    palette = theme.colors(base)
    figure = go.Figure()
    arrows = {say("the gradient"): gradient, **clipped}
    for role, (label, vector) in zip(("muted", "gradient", "activation"), arrows.items(), strict=True):
        x, y = vector / np.hypot(*vector)
        dash = "solid" if role == "muted" else "dash"
        turned = np.degrees(np.arctan2(*vector[::-1]) - np.arctan2(*gradient[::-1]))
        length = np.hypot(*vector)
        figure.add_trace(
            go.Scatter(
                x=[0, x],
                y=[0, y],
                mode="lines+markers",
                line={"color": palette[role], "width": 3, "dash": dash},
                marker={"symbol": ["circle", "arrow"], "size": [1, 14], "angleref": "previous"},
                name=say(
                    "{label}: [{x:.4g}, {y:.4g}], length {length:.4g}, turned by {degrees:.1f}°",
                    label=label,
                    x=vector[0],
                    y=vector[1],
                    length=length,
                    degrees=turned,
                ),
            )
        )
    figure.update_layout(
        template=theme.template(base),
        title=title,
        height=340,
        xaxis={"title": say("along x (direction only, length 1)"), "range": [-0.05, 1.1]},
        yaxis={"title": say("along y"), "range": [-0.1, 0.85], "scaleanchor": "x"},
        legend={"orientation": "v", "x": 0, "xanchor": "left", "y": 1, "yanchor": "top"},
    )
    return figure


def _rising(places: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places in rising order with their values, for reading one off the other."""
    usable = np.isfinite(places) & np.isfinite(values)
    order = np.argsort(places[usable])
    return places[usable][order], values[usable][order]
