"""Unrolled nets: quantities over time, the gradient's factor against the radius, and clipping."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from viz import theme
from viz.figures.gaps import finite, positive
from viz.figures.signal import decades
from viz.words.language import say

HEIGHT = 340  # pixels
LEGEND_ROW = 22  # pixels
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star")
LAST = 2000  # in the legend
SEEN = 7  # symbols along a curve
SIDES = {"linear": (-34, -34), "tanh": (34, 34), "ReLU": (0, 66)}  # of a word, from its point, in pixels


@dataclass(frozen=True)
class Mark:
    """Something that befalls one curve at time t: said in a word, at the height y, or at the foot of the chart."""

    label: str
    t: int
    y: float
    words: str


def over_time(
    t: np.ndarray,
    curves: Mapping[str, np.ndarray],
    *,
    title: str,
    unit: str,
    base: str,
    dashed: Mapping[str, np.ndarray] | None = None,
    meaning: str = "",
    own_color: bool = False,
    log: bool = True,
    marks: Sequence[Mark] = (),
    limits: Mapping[str, float] | None = None,
) -> go.Figure:
    """One curve for each net, solid, and what it is compared with, dashed.

    Args:
        t: time steps, [n].
        curves: name of the net -> values, [n]; log10 of them on a log axis. NaN and inf are gaps.
        dashed: the same names -> [n], NaN where there is nothing to compare with.
        meaning: what the dashed curves are, for the legend. own_color: each in the color of its net.
        marks: what befalls a curve.
        limits: words -> height of a line across, drawn where the axis reaches it.
    """
    palette, figure, dashed = theme.colors(base), go.Figure(), dashed or {}
    hover = "10^%{y:.2f}" if log else "%{y:.3g}"
    named = False
    for k, (name, values) in enumerate(curves.items()):
        color, symbol = palette["series"][k], SYMBOLS[k]
        marker = {"symbol": symbol, "size": 8, "maxdisplayed": SEEN, "color": color}
        figure.add_trace(
            go.Scatter(
                x=t, y=finite(values), name=name, mode="lines+markers", legendgroup=name, hovertemplate=hover,
                line={"color": color, "width": 2}, marker=marker,
            )
        )  # fmt: skip
        other = finite(dashed.get(name, np.full(len(t), np.nan)))
        if np.isfinite(other).any():
            stroke = color if own_color else palette["theory"]
            figure.add_trace(
                go.Scatter(
                    x=t, y=other, name=meaning, mode="lines", legendgroup=meaning, showlegend=not named,
                    legendrank=LAST,
                    hoverinfo="skip", line={"color": stroke, "width": 1.5, "dash": "dash"},
                )
            )  # fmt: skip
            named = True
    axis: dict[str, Any] = decades([*curves.values(), *dashed.values()]) if log else {"rangemode": "tozero"}
    names = list(curves)
    foot = axis["range"][0] if log else 0.0
    for mark in marks:
        k = names.index(mark.label)
        figure.add_annotation(
            x=mark.t, y=mark.y if np.isfinite(mark.y) else foot, text=mark.words, showarrow=True,
            arrowhead=2, arrowcolor=palette["danger"], ax=0, ay=-26 - 18 * (k % 2),
            font={"color": palette["danger"]},
        )  # fmt: skip
    for words, height in (limits or {}).items():
        if log and axis["range"][0] < height < axis["range"][1]:
            figure.add_hline(
                height, line={"color": palette["danger"], "width": 1, "dash": "dot"},
                annotation={"text": words, "font": {"color": palette["danger"], "size": 12}},
            )  # fmt: skip
    figure.update_layout(
        template=theme.template(base),
        title=_title(title),
        height=HEIGHT,
        xaxis={"title": say("time step t (the loss is at the right end)"), "range": [t[0], t[-1]]},
        yaxis={"title": unit, **axis},
        hovermode="x unified",
        margin={"t": _head(len(curves) + named)},
    )
    return figure


def over_radius(
    radii: np.ndarray,
    measured: Mapping[str, np.ndarray],
    *,
    predicted: Mapping[str, np.ndarray],
    here: Mapping[str, tuple[float, float]],
    critical: Mapping[str, float],
    title: str,
    base: str,
) -> go.Figure:
    """The factor of the gradient for one step back against the radius, both logarithmic.

    Args:
        radii: [n].
        measured: name of the kind of net -> factors [n], NaN where not known yet.
        predicted: the same names -> [n], NaN where there is no theory.
        here: name of a net on the page -> (its radius, its factor).
        critical: name of a kind -> the radius at which its gradient keeps its size.
    """
    palette, figure = theme.colors(base), go.Figure()
    for k, (name, factors) in enumerate(measured.items()):
        color = palette["series"][-1 - k % len(palette["series"])]
        figure.add_trace(
            go.Scatter(
                x=radii, y=positive(factors), name=name, legendgroup=name, hovertemplate="×%{y:.3f}",
                mode="markers" if np.isfinite(predicted[name]).any() else "lines+markers",
                marker={"symbol": f"{SYMBOLS[k % len(SYMBOLS)]}-open", "size": 7, "color": color},
                line={"color": color, "width": 1},
            )
        )  # fmt: skip
        figure.add_trace(
            go.Scatter(
                x=radii, y=positive(predicted[name]), name=say("{name}, theory", name=name), mode="lines",
                legendgroup=name,
                showlegend=False, hoverinfo="skip", line={"color": color, "width": 1.5, "dash": "dash"},
            )
        )  # fmt: skip
    for k, (name, (radius, factor)) in enumerate(here.items()):
        if radius > 0 and 0 < factor < np.inf:
            figure.add_trace(
                go.Scatter(
                    x=[radius], y=[factor], name=name, mode="markers", showlegend=False,
                    marker={"symbol": SYMBOLS[k], "size": 12, "color": palette["series"][k]},
                    hovertemplate="×%{y:.3f}",
                )
            )  # fmt: skip
    figure.add_hline(1, line={"color": palette["axis"], "width": 1})
    sides = {say(name): side for name, side in SIDES.items()}
    for name, radius in critical.items():
        if radii[0] < radius < radii[-1]:
            ax, ay = sides.get(name.removeprefix("RNN "), (34, 34))
            figure.add_annotation(
                x=np.log10(radius), y=0, text=f"{name}: {radius:.3g}", arrowwidth=1, ax=ax, ay=ay,
                arrowcolor=palette["muted"], font={"size": 12},
            )  # fmt: skip
    figure.update_layout(
        template=theme.template(base),
        title=_title(title),
        height=HEIGHT,
        xaxis={"title": say("spectral radius of the recurrent matrix"), **_factors(radii)},
        yaxis={"title": say("factor for one step back"), **_factors(np.concatenate([*measured.values()]))},
        hovermode="closest",
        margin={"t": _head(len(measured))},
    )
    return figure


def _title(text: str) -> dict:
    """At the very top, clear of a legend of several rows."""
    return {"text": text, "y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 10}}


def _head(entries: int) -> int:
    """Room for the title and a legend that a narrow screen breaks into rows of two."""
    return 42 + LEGEND_ROW * -(-entries // 2)


def _factors(values: np.ndarray) -> dict:
    """A logarithmic axis with the ticks 0.1, 0.2, 0.5, 1 ... that lie within the values, or decades for many."""
    known = positive(values)
    known = np.log10(known[np.isfinite(known)]) if np.isfinite(known).any() else np.zeros(1)
    low, high = min(known.min(), -0.3) - 0.05, max(known.max(), 0.3) + 0.05
    digits = (1, 2, 5) if high - low < 2.2 else (1,)
    ticks = [d * 10.0**p for p in range(int(np.floor(low)), int(np.ceil(high)) + 1) for d in digits]
    return {
        "type": "log",
        "range": [low, high],
        "tickvals": ticks,
        "ticktext": [f"{tick:g}" for tick in ticks],
    }
