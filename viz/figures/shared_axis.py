"""Quantities that share an axis, read off all at once: through training, or from layer to layer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go

from viz import theme
from viz.figures import bands
from viz.figures.decades import log_axis
from viz.figures.gaps import finite
from viz.figures.lines import Line, curve
from viz.words.language import say

HEIGHT = 320  # pixels


def through_time(
    step: np.ndarray,
    lines: Mapping[str, Line],
    *,
    title: str,
    unit: str,
    base: str,
    log: bool = False,
    share: bool = False,
) -> go.Figure:
    """Quantities [moments] over the steps, with their bands.

    Args:
        log: a log axis, on which what is not above 0 is left out.
        share: the values are shares, written in percent.
    """
    palette = theme.colors(base)
    figure = go.Figure()
    for name, line in lines.items():
        if line.band is not None:
            low, high = map(finite, line.band)
            figure.add_traces(bands.edges(step, low, high, name, palette[line.role]))
        figure.add_trace(curve(name, line, step, _hover(share), palette, log=log).update(legendgroup=name))
    up = log_axis([line.y for line in lines.values()]) if log else {}
    return _read_at_once(
        figure, title, {"title": say("step")}, {"title": unit, **up}, share, base
    ).update_layout(margin_t=72 if len(lines) < 3 else 92)


def over_layers(
    labels: Sequence[str],
    lines: Mapping[str, Line],
    *,
    title: str,
    unit: str,
    base: str,
    log: bool = False,
    share: bool = False,
) -> go.Figure:
    """Quantities [layers] from layer to layer, the output last; a linear axis begins at 0.

    What is dashed is a line, all else has a mark for each layer.

    Args:
        log: a log axis instead. share: the values are shares, written in percent.
    """
    palette = theme.colors(base)
    marked = {
        name: line if line.dash != "solid" else replace(line, mode="lines+markers")
        for name, line in lines.items()
    }
    figure = go.Figure(
        [curve(name, line, list(labels), _hover(share), palette) for name, line in marked.items()]
    )
    up = log_axis([line.y for line in lines.values()]) if log else {"rangemode": "tozero"}
    across = {"title": say("layer (forward, output last)"), "type": "category", "categoryarray": list(labels)}
    return _read_at_once(figure, title, across, {"title": unit, **up}, share, base)


def _read_at_once(figure: go.Figure, title: str, across: dict, up: dict, share: bool, base: str) -> go.Figure:
    return figure.update_layout(
        template=theme.template(base),
        title={"text": title, "y": 0.97, "yanchor": "top", "yref": "container"},  # above a legend of two rows
        height=HEIGHT,
        xaxis=across,
        yaxis=up | ({"tickformat": ".0%"} if share else {}),
        hovermode="x unified",
        showlegend=True,
        margin={"t": 72},
    )


def _hover(share: bool) -> str:
    return "%{y:.1%}" if share else "%{y:.3g}"
