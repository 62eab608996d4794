"""One quantity along the layers of one frame: measured, and beside it what the theory expects."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from viz import theme
from viz.figures.decades import log_axis
from viz.figures.gaps import finite, positive
from viz.words.language import say

HEIGHT = 340  # pixels


def profile(
    *,
    values: Mapping[str, np.ndarray],
    labels: Sequence[str],
    title: str,
    unit: str,
    base: str,
    roles: Mapping[str, str],
    theory: Mapping[str, np.ndarray] | None = None,
    guide: tuple[float, str] | None = None,
    log: bool = True,
) -> go.Figure:
    """Lines over layers, output last, on a log axis. Exact zeros have no place there: they are open marks at its foot.

    Args:
        values: name -> [layers]; NaN where there is none.
        roles: name -> the color's role in the theme.
        theory: name -> [layers], drawn dashed.
        guide: a horizontal line and its words.
        log: False for shares, which get an axis from 0 to 100 %.
    """
    palette = theme.colors(base)
    figure = go.Figure()
    foot = _foot([*values.values(), *(theory or {}).values()]) if log else None
    for name, measured in values.items():
        measured = np.asarray(measured, dtype=float)
        figure.add_trace(_line(name, measured, labels, palette[roles[name]], log))
        if foot is not None and (measured == 0).any():
            figure.add_trace(_zeros(name, measured, labels, palette[roles[name]], foot))
    for name, predicted in (theory or {}).items():
        line = _line(name, np.asarray(predicted, dtype=float), labels, palette["theory"], log)
        figure.add_trace(line.update(mode="lines", line_dash="dash"))
    if guide is not None:
        _guide(figure, *guide, color=palette["muted"], log=log)
    axis = {"title": unit, **log_axis(_shown(values, theory, guide, foot))}
    if not log:
        axis = {"title": unit, "range": [-0.02, 1.02], "tickformat": ".0%"}
    figure.update_layout(
        template=theme.template(base),
        title=title,
        height=HEIGHT,
        xaxis={
            "title": say("layer (forward, output last)"),
            "type": "category",
            "categoryarray": list(labels),
        },
        yaxis=axis,
        hovermode="x unified",
        margin={"t": 84},
    )
    return figure


def _line(name: str, values: np.ndarray, labels: Sequence[str], color: str, log: bool) -> go.Scatter:
    return go.Scatter(
        x=list(labels),
        y=positive(values) if log else finite(values),
        name=name,
        mode="lines+markers",
        line={"color": color, "width": 2},
        marker={"size": 6},
        hovertemplate="%{y:.3~g}" if log else "%{y:.1%}",
    )


def _guide(figure: go.Figure, height: float, words: str, *, color: str, log: bool) -> None:
    figure.add_hline(height, line_dash="dot", line_color=color)
    place = np.log10(height) if log else height  # Plotly places words on a log axis by their exponent
    figure.add_annotation(
        text=words, x=0, xref="paper", y=place, xanchor="left", yanchor="bottom", showarrow=False
    )


def _zeros(name: str, values: np.ndarray, labels: Sequence[str], color: str, foot: float) -> go.Scatter:
    where = [label for label, value in zip(labels, values, strict=True) if value == 0]
    return go.Scatter(
        x=where,
        y=[foot] * len(where),
        name=say("{name}: exactly 0", name=name),
        mode="markers",
        marker={"symbol": "triangle-down-open", "size": 10, "color": color},
        hovertemplate=say("exactly 0"),
    )


def _positive(values: Sequence[np.ndarray]) -> np.ndarray:
    everything = np.concatenate([np.ravel(np.asarray(v, dtype=float)) for v in values] or [np.empty(0)])
    return everything[np.isfinite(everything) & (everything > 0)]


def _foot(values: Sequence[np.ndarray]) -> float:
    """A decade under the smallest number that a log axis can show."""
    positive = _positive(values)
    return float(positive.min() / 10) if positive.size else 1.0


def _shown(values, theory, guide, foot) -> list[np.ndarray]:
    """What the axis has to reach: the foot only where a zero stands there."""
    zeros = any((np.asarray(v, float) == 0).any() for v in values.values())
    more = [np.array([foot])] if foot is not None and zeros else []
    return [*values.values(), *(theory or {}).values(), *more, *([np.array(guide[0])] if guide else [])]
