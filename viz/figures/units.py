"""The units of a net through training: a map of them all, how many are dead, and who dies and comes back."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from viz import theme
from viz.figures.lines import Line, curve
from viz.words.language import say

HEIGHT = 300  # pixels
MAP_HEIGHT = 560
MOST_ROWS = 600  # a map of more units shows every n-th


def unit_map(
    *,
    steps: np.ndarray,
    shares: np.ndarray,
    dead: np.ndarray,
    layer: np.ndarray,
    unit: np.ndarray,
    title: str,
    says: str,
    base: str,
) -> go.Figure:
    """One row a unit, one column a moment; what is dead has a color of its own.

    Args:
        steps: [moments].
        shares: [moments, units], from 0 to 1 in the order of the rows, top first; NaN is left empty.
        dead: [moments, units], bool.
        layer, unit: [units], the names of the rows, from 1.
        says: what the share %{z} is of, as in "fires at %{z:.1%} of the samples".
    """
    kept = np.arange(0, len(layer), -(-len(layer) // MOST_ROWS)) if len(layer) else np.arange(0)
    shares, dead, layer, unit = shares[:, kept], dead[:, kept], layer[kept], unit[kept]
    palette = theme.colors(base)
    names = np.stack(np.broadcast_arrays(layer[:, None], unit[:, None], steps[None, :]), axis=2).astype(
        np.int32
    )
    cell = {"x": np.sqrt(steps), "customdata": names}
    hover = say("layer %{customdata[0]}, unit %{customdata[1]}, step %{customdata[2]}<br>")
    figure = go.Figure(
        [
            go.Heatmap(
                z=np.where(dead, np.nan, shares).T.astype(np.float32),
                zmin=0,
                zmax=1,
                colorscale=[[0, palette["raised"]], [1, palette["activation"]]],
                colorbar={"tickformat": ".0%", "thickness": 12, "outlinewidth": 0},
                hovertemplate=f"{hover}{says}<extra></extra>",
                **cell,
            ),
            go.Heatmap(
                z=np.where(dead, 1.0, np.nan).T.astype(np.float32),
                zmin=0,
                zmax=1,
                colorscale=[[0, palette["danger"]], [1, palette["danger"]]],
                showscale=False,
                hovertemplate=f"{hover}{say('dead')}<extra></extra>",
                **cell,
            ),
        ]
    )
    firsts = [int(np.argmax(layer == name)) for name in np.unique(layer)]
    for first in firsts[1:]:
        figure.add_hline(first - 0.5, line={"color": palette["text"], "width": 1})
    middles = [(first + last - 1) / 2 for first, last in zip(firsts, [*firsts[1:], len(layer)], strict=True)]
    figure.update_layout(
        template=theme.template(base),
        title=title,
        height=MAP_HEIGHT,
        xaxis=steps_axis(steps) | {"showgrid": False},
        yaxis={
            "title": say("units, layer by layer" if len(firsts) > 1 else "units"),
            "autorange": "reversed",
            "tickvals": middles if len(firsts) > 1 else [],
            "ticktext": [str(name) for name in np.unique(layer)] if len(firsts) > 1 else [],
            "showgrid": False,
        },
    )
    return figure


def lines(
    *,
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]],
    looks: Mapping[str, Mapping],
    title: str,
    unit: str,
    base: str,
    share: bool = True,
) -> go.Figure:
    """Curves over the steps, each name -> (steps, values); looks: name -> {"role": ..., "dash": ...}."""
    palette = theme.colors(base)
    figure = go.Figure()
    for name, (steps, values) in curves.items():
        hover = say("step %{customdata}: %{y:.1%}" if share else "step %{customdata}: %{y:.3g}")
        trace = curve(name, Line(values, **looks[name]), np.sqrt(steps), hover, palette)
        figure.add_trace(trace.update(customdata=steps))
    longest = max((steps for steps, _ in curves.values()), key=lambda s: s[-1], default=np.zeros(1))
    axis = {"range": [-0.02, 1.02], "tickformat": ".0%"} if share else {"rangemode": "tozero"}
    figure.update_layout(
        template=theme.template(base),
        title=title,
        height=HEIGHT,
        xaxis=steps_axis(longest),
        yaxis={"title": unit, **axis},
        margin={"t": 84},
        showlegend=True,
    )
    return figure


def turnover(
    *, steps: np.ndarray, deaths: np.ndarray, revivals: np.ndarray, title: str, base: str
) -> go.Figure:
    """Bars at every moment: units that died since the one before, up; units that came back, down; [moments]."""
    palette = theme.colors(base)
    figure = go.Figure()
    by_step = (
        "by step %{customdata[0]}: %{customdata[1]} died",
        "by step %{customdata[0]}: %{customdata[1]} came back",
    )
    for name, hover, counts, sign, role in (
        (say("died"), say(by_step[0]), deaths, 1, "danger"),
        (say("came back"), say(by_step[1]), revivals, -1, "ok"),
    ):
        figure.add_trace(
            go.Bar(
                x=np.sqrt(steps),
                y=sign * counts,
                name=name,
                marker={"color": palette[role], "line": {"width": 0}},
                customdata=np.stack([steps, counts], axis=1),
                hovertemplate=f"{hover}<extra></extra>",
            )
        )
    most = max(deaths.max(initial=0), revivals.max(initial=0))
    few = {"range": [-most - 1.5, most + 1.5], "dtick": 1} if most < 3 else {}  # no parts of a unit
    figure.update_layout(
        template=theme.template(base),
        title=title,
        height=HEIGHT,
        barmode="relative",
        bargap=0.1,
        xaxis=steps_axis(steps),
        yaxis={"title": say("units"), "tickformat": "d", **few},
        margin={"t": 84},
    )
    return figure


def steps_axis(steps: np.ndarray) -> dict:
    """An axis of the square root of the steps, which gives the first ones the room they need, with round ticks."""
    last = float(steps[-1]) if len(steps) else 1.0
    decades = 10.0 ** np.arange(0, 8)
    candidates = np.unique(np.concatenate([[0], *(np.array([1, 2.5, 5]) * decade for decade in decades)]))
    ticks = [0.0]
    for tick in candidates[candidates <= last]:
        if np.sqrt(tick) - np.sqrt(ticks[-1]) >= 0.09 * np.sqrt(last) and tick == int(tick):
            ticks.append(float(tick))
    return {
        "title": say("step"),
        "tickvals": np.sqrt(ticks).tolist(),
        "ticktext": [f"{int(tick):,}" for tick in ticks],
        "range": [-0.01 * np.sqrt(last), 1.01 * np.sqrt(last)],
    }
