"""Batch norm at work: the gap layer by layer, one sample seen both ways, a table of shares."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from viz import theme
from viz.figures.gaps import finite
from viz.words.language import say

HEIGHT = 320  # pixels


def layer_map(
    step: np.ndarray, labels: Sequence[str], values: np.ndarray, *, title: str, hover: str, base: str
) -> go.Figure:
    """values [moments, layers], shares from 0 up: one row a layer, the first at the foot as data enter there.

    Args:
        hover: what a value is, as in "the modes differ by".
    """
    z = finite(values).T
    top = float(np.nanquantile(z, 0.95)) if np.isfinite(z).any() else 1.0
    figure = go.Figure(
        go.Heatmap(
            x=step,
            y=list(labels),
            z=z,
            zmin=0,
            zmax=max(top, 0.05),
            colorscale=theme.colorscale(base, "activation"),
            colorbar={"tickformat": ".0%", "thickness": 12, "outlinewidth": 0},
            hovertemplate=say("%{{y}}, step %{{x}}<br>{hover} %{{z:.1%}}<extra></extra>", hover=hover),
        )
    )
    return figure.update_layout(
        template=theme.template(base),
        title=_top(title),
        height=HEIGHT,
        xaxis={"title": say("step")},
        yaxis={"title": say("batch norm on"), "type": "category"},
        margin={"t": 72},
    )


def two_ways(running: np.ndarray, batch: np.ndarray, *, title: str, base: str) -> go.Figure:
    """One sample's outputs of a layer, [units]: by running statistics across, by the batch's up; alike on the line."""
    palette = theme.colors(base)
    running, batch = finite(running), finite(batch)
    both = np.concatenate([running, batch])
    both = both[np.isfinite(both)]
    ends = [float(both.min()), float(both.max())] if both.size else [-1.0, 1.0]
    figure = go.Figure(
        [
            go.Scatter(
                x=ends,
                y=ends,
                mode="lines",
                name=say("no gap"),
                line={"color": palette["theory"], "dash": "dash", "width": 1.5},
                hoverinfo="skip",
            ),
            go.Scatter(
                x=running,
                y=batch,
                mode="markers",
                name=say("one unit each"),
                marker={"color": palette["activation"], "size": 7, "opacity": 0.75},
                customdata=np.arange(1, len(running) + 1),
                hovertemplate=say("unit %{customdata}<br>running %{x:.3g}, batch %{y:.3g}<extra></extra>"),
            ),
        ]
    )
    return figure.update_layout(
        template=theme.template(base),
        title=_top(title),
        height=HEIGHT,
        xaxis={"title": say("by running statistics")},
        yaxis={"title": say("by its batch's statistics")},
        margin={"t": 72},
    )


def draws(
    alone: np.ndarray, batches: np.ndarray, right: int, *, title: str, first: str, second: str, base: str
) -> go.Figure:
    """One sample's logits: `alone` [classes] once, `batches` [draws, classes] where something is drawn anew.

    Args:
        right: the sample's class.
        first, second: what the one and the others are, in words.
    """
    palette = theme.colors(base)
    count, classes = batches.shape
    aside = np.linspace(-0.28, 0.28, count)  # so that equal draws can be told apart
    figure = go.Figure(
        [
            go.Scatter(
                x=(np.arange(classes) + aside[:, None]).ravel(),
                y=finite(batches).ravel(),
                mode="markers",
                name=second,
                marker={"color": palette["activation"], "size": 5, "opacity": 0.6},
                hovertemplate="%{y:.3g}<extra></extra>",
            ),
            go.Scatter(
                x=np.arange(classes),
                y=finite(alone),
                mode="markers",
                name=first,
                marker={"color": palette["test"], "size": 12, "symbol": "diamond"},
                hovertemplate=say("class %{x}: %{y:.3g}<extra></extra>"),
            ),
        ]
    )
    figure.add_vrect(right - 0.45, right + 0.45, fillcolor=palette["muted"], opacity=0.12, line_width=0)
    return figure.update_layout(
        template=theme.template(base),
        title=_top(title),
        height=HEIGHT,
        xaxis={"title": say("class (shaded: the right one)"), "dtick": 1, "range": [-0.6, classes - 0.4]},
        yaxis={"title": say("logit")},
        margin={"t": 72},
    )


def table_map(
    values: np.ndarray,
    *,
    across: Sequence[str],
    down: Sequence[str],
    across_title: str,
    down_title: str,
    title: str,
    worst: float,
    base: str,
    role: str = "warning",
) -> go.Figure:
    """Shares [down, across] written into colored cells; NaN stays empty.

    Args:
        worst: the share that gets the full color.
    """
    values = np.asarray(values, float)
    words = [["" if np.isnan(v) else f"{v:.0%}" if v < 10 else ">999%" for v in row] for row in values]
    figure = go.Figure(
        go.Heatmap(
            x=list(across),
            y=list(down),
            z=finite(values),
            zmin=0,
            zmax=worst,
            colorscale=theme.colorscale(base, role),
            showscale=False,
            text=words,
            texttemplate="%{text}",
            xgap=2,
            ygap=2,
            hovertemplate=say(
                "{across} %{{x}}, {down} %{{y}}<br>%{{z:.1%}}<extra></extra>",
                across=across_title,
                down=down_title,
            ),
        )
    )
    return figure.update_layout(
        template=theme.template(base),
        title=title,
        height=HEIGHT,
        xaxis={"title": across_title, "type": "category"},
        yaxis={"title": down_title, "type": "category", "autorange": "reversed"},
    )


def _top(title: str) -> dict:
    """The title at the very top, so that a legend of two rows stays below it."""
    return {"text": title, "y": 0.97, "yanchor": "top", "yref": "container"}
