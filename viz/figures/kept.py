"""What was kept: losses in one picture, a race in one."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from viz import theme
from viz.figures.decades import log_axis
from viz.figures.gaps import finite, positive
from viz.words.language import say
from viz.words.text import literal

HEIGHT = 320  # pixels
MANY = 30.0  # times between the lowest and the highest loss, from which the axis is logarithmic
DASHES = {"loss": "solid", "test loss": "dot"}  # of a run, whose curves share a color


def courses(runs: Mapping[str, Mapping[str, Sequence[float | None]]], *, base: str) -> go.Figure:
    """The loss of each run over its steps, and dotted its loss on the test data; each curve of a comparison.

    Args:
        runs: by name; each maps "step" and other names to as many numbers, None where there is none. A run's are
            "loss" and perhaps "test loss".
    """
    of = [say("{run}: {quantity}", run=literal(name), quantity=say("loss")) for name in runs]
    return _figure(runs, of[0] if len(of) == 1 else say("Loss"), say("loss"), base)


def race(name: str, curves: Mapping[str, Sequence[float | None]], *, base: str) -> go.Figure:
    """The value of each runner of a race over its steps: its surface's, and no loss of a net's."""
    title = say("{run}: {quantity}", run=literal(name), quantity=say("value above the lowest"))
    return _figure({"": curves}, title, say("value above the lowest"), base)


def _figure(
    runs: Mapping[str, Mapping[str, Sequence[float | None]]], title: str, up: str, base: str
) -> go.Figure:
    colors = theme.colors(base)["series"]
    inks: dict[tuple[str, str], str] = {}
    curves = []
    for name, run in runs.items():
        for quantity in (each for each in run if each != "step"):
            own = "" if quantity in DASHES else quantity
            ink = inks.setdefault((name, own), colors[len(inks) % len(colors)])
            curves.append((name, quantity, np.array(run["step"], float), np.array(run[quantity], float), ink))
    values = np.concatenate([finite(y) for *_, y, _ in curves])
    log = np.nanmin(values) > 0 and np.nanmax(values) > MANY * np.nanmin(values)
    figure = go.Figure()
    for name, quantity, x, y, color in curves:
        shown = (positive if log else finite)(y)
        known = ~np.isnan(shown)
        if not known.any():
            continue
        said = literal(say(quantity))
        figure.add_trace(
            go.Scatter(
                x=x[known], y=shown[known], mode="lines",
                name=say("{run}: {quantity}", run=literal(name), quantity=said) if len(runs) > 1 else said,
                line={"color": color, "dash": DASHES.get(quantity, "solid"), "width": 2},
                hovertemplate=say("step %{x:,}: %{y:.4g}"),
            )
        )  # fmt: skip
    rows = 20 * max(len(curves) - 3, 0)
    return figure.update_layout(
        template=theme.template(base),
        title={"text": title, "y": 0.98, "yref": "container", "yanchor": "top"},
        height=HEIGHT + rows,
        xaxis={"title": say("step")},
        yaxis={"title": up, **(log_axis([positive(values)]) if log else {})},
        showlegend=True,
        margin={"t": 88 + rows},
    )
