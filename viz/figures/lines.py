"""Curves that share two axes: a few runs side by side, each with a color and a dash of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from viz import theme
from viz.figures.decades import log_axis
from viz.figures.gaps import finite, positive

HEIGHT = 320  # pixels
LEGEND_ROW = 20  # pixels
MARK = 6  # pixels across


@dataclass(frozen=True)
class Line:
    """One curve: y [points]; what is not finite is a gap, and on a log axis what is not positive too.

    role: its color's role in the theme; mode: as Plotly has it. x: [points], None where the figure has one for all
    its curves. band: (low, high) [points], in figures that draw bands.
    """

    y: np.ndarray
    role: str
    dash: str = "solid"
    width: float = 2.0
    mode: str = "lines"
    x: np.ndarray | None = None
    band: tuple[np.ndarray, np.ndarray] | None = None


@dataclass(frozen=True)
class Axis:
    """What an axis shows. share: from 0 to 100 %; log: decades; top: the highest value shown, if that is given."""

    title: str
    log: bool = False
    share: bool = False
    top: float | None = None


def lines(
    *,
    curves: Mapping[str, Line],
    title: str,
    across: Axis,
    up: Axis,
    base: str,
    guides: Sequence[tuple[float, str]] = (),
    ends: Sequence[tuple[float, float, str]] = (),
    guides_at: str = "right",
) -> go.Figure:
    """Curves by name, each over its own x, drawn in their order.

    Args:
        guides: (height, words) of dotted horizontal lines; guides_at: "left" or "right", where the words stand.
        ends: (x, y, words) of places where a curve breaks off.
    """
    palette = theme.colors(base)
    figure = go.Figure([_trace(name, line, across, up, palette) for name, line in curves.items()])
    for height, words in guides:
        figure.add_hline(height, line_dash="dot", line_color=palette["muted"])
        _say(
            figure,
            _place(height, up),
            words,
            {"x": int(guides_at == "right"), "xref": "paper", "xanchor": guides_at},
        )
    for x, y, words in ends:
        y = min(y, up.top or np.inf)
        figure.add_trace(
            go.Scatter(
                x=[x], y=[y], mode="markers", showlegend=False, hovertemplate=f"{words}<extra></extra>",
                marker={"symbol": "x", "size": 10, "color": palette["danger"]},
            )
        )  # fmt: skip
        _say(
            figure,
            _place(y, up),
            words,
            {"x": _place(x, across), "xanchor": "left", "xshift": 8, "yanchor": "middle"},
        )
    figure.update_layout(
        template=theme.template(base),
        title={"text": title, "y": 0.98, "yref": "container", "yanchor": "top"},
        height=HEIGHT + LEGEND_ROW * max(0, len(curves) - 2),
        xaxis=_axis(across, np.concatenate([line.x for line in curves.values()] or [np.empty(0)])),
        yaxis=_axis(up, np.concatenate([line.y for line in curves.values()] or [np.empty(0)])),
        showlegend=len(curves) > 1,
        margin={"t": 64 + LEGEND_ROW * max(0, len(curves) - 2)},
    )
    return figure


def reach(values: np.ndarray, going: np.ndarray) -> float | None:
    """Ten times the highest of values [runs, points] among the runs that go on: one that explodes would flatten them.

    going: [runs], bool. None where none goes on.
    """
    known = values[going]
    known = known[np.isfinite(known)]
    return 10 * float(known.max()) if known.size else None


def _trace(name: str, line: Line, across: Axis, up: Axis, palette: dict) -> go.Scatter:
    points = np.empty(0) if line.x is None else line.x
    x = positive(points) if across.log else finite(points)
    value = "%{y:.1%}" if up.share else "%{y:.3g}"
    return curve(name, line, x, f"{across.title} %{{x:,.4~g}}: {value}", palette, log=up.log)


def curve(
    name: str, line: Line, x: np.ndarray | list[str], hover: str, palette: dict, *, log: bool = False
) -> go.Scatter:
    """One line's curve over x; on a log axis what is not positive is a gap too. hover: Plotly's template of it."""
    return go.Scatter(
        x=x,
        y=positive(line.y) if log else finite(line.y),
        name=name,
        mode=line.mode,
        line={"color": palette[line.role], "dash": line.dash, "width": line.width},
        marker={"color": palette[line.role], "size": MARK},
        hovertemplate=hover,
    )


def _axis(axis: Axis, values: np.ndarray) -> dict:
    if axis.share:
        return {"title": axis.title, "range": [-0.02, 1.02], "tickformat": ".0%"}
    if not axis.log:
        return {"title": axis.title}
    return {"title": axis.title, **log_axis([values], axis.top)}


def _place(value: float, axis: Axis) -> float:
    """Where Plotly puts words: on a log axis by their exponent."""
    return float(np.log10(value)) if axis.log else value


def _say(figure: go.Figure, y: float, words: str, where: dict) -> None:
    figure.add_annotation(
        text=words, y=y, showarrow=False, font={"size": 12}, **({"yanchor": "bottom"} | where)
    )
