"""Activations side by side: what they cost, the slopes they draw or learn, where they settle, one linear map."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from viz import theme
from viz.figures.decades import log_axis
from viz.words.language import say

HEIGHT = 320  # pixels
ROW = 30  # pixels of one activation in the chart of costs
MARKS = {
    "forward": ("activation", "circle"),
    "backward": ("gradient", "diamond"),
    "layer": ("weight", "square"),
}
MOST_NAMED = 10  # layers in a legend


def cost(
    *,
    labels: Sequence[str],
    ratios: Mapping[str, np.ndarray],
    quartiles: Mapping[str, np.ndarray],
    names: Mapping[str, str],
    title: str,
    base: str,
) -> go.Figure:
    """One row an activation, the cheapest on top; marks at its times over ReLU's, on a log axis.

    Args:
        ratios: part ("forward", "backward", "layer") -> [activations], medians; quartiles: part -> [2, activations].
        names: part -> its words in the legend.
    """
    palette = theme.colors(base)
    order = np.argsort(sum(np.log(values) for values in ratios.values()))[::-1]
    figure = go.Figure()
    for part, values in ratios.items():
        role, symbol = MARKS[part]
        low, high = quartiles[part]
        figure.add_trace(
            go.Scatter(
                x=values[order],
                y=[labels[k] for k in order],
                name=names[part],
                mode="markers",
                marker={"color": palette[role], "symbol": symbol, "size": 9},
                error_x={
                    "array": np.maximum(high - values, 0)[order],
                    "arrayminus": np.maximum(values - low, 0)[order],
                    "thickness": 1,
                    "width": 0,
                },
                hovertemplate="%{y}: %{x:.2f} × ReLU",
            )
        )
    figure.add_vline(1, line={"color": palette["axis"], "width": 1})
    figure.update_layout(
        template=theme.template(base),
        title=title,
        height=150 + ROW * len(labels),
        xaxis={
            "title": say("time over ReLU's"),
            "type": "log",
            "tickvals": [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100],
            "ticktext": ["0.1", "0.2", "0.5", "1", "2", "5", "10", "20", "50", "100"],
        },
        yaxis={"title": "", "showgrid": True},
        margin={"t": 84},
    )
    return figure


def drawn_slopes(
    *, edges: np.ndarray, counts: np.ndarray, mean: float, inference: float, title: str, base: str
) -> go.Figure:
    """Counts [bins] of the slopes between edges [bins + 1], their mean, and the one slope of inference."""
    palette = theme.colors(base)
    figure = go.Figure(
        go.Bar(
            x=(edges[1:] + edges[:-1]) / 2,
            y=counts,
            width=np.diff(edges),
            name=say("in training"),
            marker={"color": palette["activation"], "line": {"width": 0}},
            hovertemplate=say("slope %{x:.3f}: %{y:,} values<extra></extra>"),
        )
    )
    top = float(counts.max(initial=1)) * 1.08
    for x, name, role, dash in (
        (mean, say("their mean"), "muted", "dot"),
        (inference, say("in inference"), "danger", "solid"),
    ):
        figure.add_trace(
            go.Scatter(
                x=[x, x],
                y=[0, top],
                name=name,
                mode="lines",
                line={"color": palette[role], "dash": dash, "width": 2},
                hovertemplate=say("{name}: {value:.4f}<extra></extra>", name=name, value=x),
            )
        )
    figure.update_layout(
        template=theme.template(base),
        title=_on_top(title),
        height=HEIGHT,
        xaxis={"title": say("slope a = output / input, where the input is below 0")},
        yaxis={"title": say("values")},
        showlegend=True,
        margin={"t": 112},
    )
    return figure


def by_layer(
    *, steps: np.ndarray, values: np.ndarray, guide: tuple[float, str], title: str, unit: str, base: str
) -> go.Figure:
    """One curve a layer over the steps; values [moments, layers]. guide: (height, words) of a dotted line."""
    palette = theme.colors(base)
    layers = values.shape[1]
    figure = go.Figure(
        [
            go.Scatter(
                x=steps,
                y=values[:, k],
                name=say("layer {number}", number=k + 1),
                mode="lines",
                line={"color": palette["series"][k % len(palette["series"])], "width": 1.8},
                hovertemplate="%{y:.3f}",
            )
            for k in range(layers)
        ]
    )
    figure.add_hline(guide[0], line={"dash": "dot", "color": palette["muted"]})
    figure.add_annotation(
        text=guide[1], x=1, xref="paper", xanchor="right", y=guide[0], yanchor="bottom", showarrow=False
    )
    figure.update_layout(
        template=theme.template(base),
        title=title,
        height=HEIGHT + 80,
        xaxis={"title": say("step")},
        yaxis={"title": unit},
        showlegend=layers <= MOST_NAMED,
        hovermode="x unified" if layers <= MOST_NAMED else "closest",
        margin={"t": 104 if layers <= MOST_NAMED else 56},
    )
    return figure


def settling(
    *,
    measured: Mapping[str, np.ndarray],
    predicted: Mapping[str, np.ndarray],
    target: float,
    title: str,
    unit: str,
    base: str,
    log: bool = False,
) -> go.Figure:
    """A quantity over the layers, from the input (0) on: real nets as points, theory dashed.

    Args:
        measured: name -> [seeds, layers + 1]; predicted: name -> [layers + 1].
        target: where a self-normalizing net settles, a dotted line.
    """
    palette = theme.colors(base)
    figure = go.Figure()
    for k, (name, seeds) in enumerate(measured.items()):
        color, layer = palette["series"][k % len(palette["series"])], np.arange(seeds.shape[1])
        points = {"mode": "markers", "marker": {"color": color, "size": 5, "symbol": k}}
        dashed = {
            "mode": "lines",
            "line": {"color": color, "dash": "dash", "width": 1.5},
            "showlegend": False,
        }
        for y, look in ((seeds.mean(axis=0), points), (predicted[name], dashed)):
            figure.add_trace(
                go.Scatter(x=layer, y=y, name=name, legendgroup=name, hovertemplate="%{y:.3g}", **look)
            )
    figure.add_hline(target, line={"dash": "dot", "color": palette["muted"]})
    axis = log_axis([*measured.values(), *predicted.values(), np.array(target)]) if log else {}
    figure.update_layout(
        template=theme.template(base),
        title=_on_top(title),
        height=HEIGHT + 40,
        xaxis={"title": say("layer (0: the input)")},
        yaxis={"title": unit, **axis},
        hovermode="x",
        margin={"t": 112},
    )
    return figure


def against(
    *, x: np.ndarray, y: np.ndarray, title: str, across: str, up: str, role: str, base: str
) -> go.Figure:
    """Two nets' answers to the same samples, [samples, classes] each: equal ones lie on the diagonal."""
    palette = theme.colors(base)
    x, y = np.ravel(x), np.ravel(y)
    known = np.concatenate([x, y])
    known = known[np.isfinite(known)] if np.isfinite(known).any() else np.array([-1.0, 1.0])
    ends = [float(known.min()), float(known.max())]
    figure = go.Figure(
        [
            go.Scatter(
                x=ends,
                y=ends,
                mode="lines",
                name=say("equal"),
                line={"color": palette["muted"], "width": 1, "dash": "dash"},
                hoverinfo="skip",
            ),
            go.Scattergl(
                x=x.astype(np.float32),
                y=y.astype(np.float32),
                mode="markers",
                name=say("an output for a sample"),
                marker={"color": palette[role], "size": 4, "opacity": 0.6},
                hovertemplate="%{x:.4g}, %{y:.4g}<extra></extra>",
            ),
        ]
    )
    figure.update_layout(
        template=theme.template(base),
        title=title,
        height=HEIGHT + 40,
        xaxis={"title": across},
        yaxis={"title": up},
        margin={"t": 84},
        showlegend=True,
    )
    return figure


def _on_top(title: str) -> dict:
    """A title at the upper edge, so that a legend of two rows on a narrow screen stays clear of it."""
    return {"text": title, "yref": "container", "y": 1, "yanchor": "top", "pad": {"t": 16}}
