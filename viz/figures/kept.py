"""Runs that were kept, their losses in one picture."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from viz import theme
from viz.figures.decades import log_axis
from viz.figures.gaps import finite, positive

HEIGHT = 320  # pixels
MANY = 30.0  # times between the lowest and the highest loss, from which the axis is logarithmic
DASHES = {"loss": "solid", "test loss": "dot"}


def courses(runs: Mapping[str, Mapping[str, Sequence[float | None]]], *, base: str) -> go.Figure:
    """The loss of each run over its steps, and dotted its loss on the test data.

    Args:
        runs: by name; each maps "step", "loss" and perhaps "test loss" to as many numbers, None where there is none.
    """
    colors = theme.colors(base)["series"]
    curves = [
        (
            name,
            quantity,
            np.array(run["step"], float),
            np.array(run[quantity], float),
            colors[at % len(colors)],
        )
        for at, (name, run) in enumerate(runs.items())
        for quantity in DASHES
        if quantity in run
    ]
    values = np.concatenate([finite(y) for *_, y, _ in curves])
    log = np.nanmin(values) > 0 and np.nanmax(values) > MANY * np.nanmin(values)
    figure = go.Figure()
    for name, quantity, x, y, color in curves:
        shown = (positive if log else finite)(y)
        known = ~np.isnan(shown)
        if not known.any():
            continue
        figure.add_trace(
            go.Scatter(
                x=x[known], y=shown[known], name=f"{name}: {quantity}", mode="lines",
                line={"color": color, "dash": DASHES[quantity], "width": 2},
                hovertemplate="step %{x:,}: %{y:.4g}",
            )
        )  # fmt: skip
    rows = 20 * max(len(curves) - 3, 0)
    return figure.update_layout(
        template=theme.template(base),
        title={"text": "Loss", "y": 0.98, "yref": "container", "yanchor": "top"},
        height=HEIGHT + rows,
        xaxis={"title": "step"},
        yaxis={"title": "loss", **(log_axis([positive(values)]) if log else {})},
        showlegend=True,
        margin={"t": 88 + rows},
    )
