"""The signal of a net at init: theory as a line, measurement as a band, and the plane of order and chaos."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from viz import theme
from viz.figures import bands
from viz.figures.gaps import finite
from viz.words.language import say

HEIGHT = 340  # pixels
EDGE = 0.04  # of an axis: room for a mark at 0
HEAD = (
    124  # pixels over the plot, in all alike so that neighbors stand level: the title, a legend of four rows
)
SHARES = {"range": [-0.02, 1.02], "tickformat": ".0%"}


def band(
    *,
    predicted: Mapping[str, np.ndarray],
    measured: Mapping[str, np.ndarray],
    title: str,
    unit: str,
    base: str,
    roles: Mapping[str, str],
    log: bool = True,
) -> go.Figure:
    """Quantities over the layers: theory dashed, the mean of the seeds as points, lowest to highest seed as a band.

    Args:
        predicted: name -> [layers], NaN where there is no theory. On a log axis both are given as log10.
        measured: name -> [seeds, layers].
        roles: name -> the color's role in the theme.
        log: the values are log10 of what the axis shows; False for shares, from 0 to 100 %.
    """
    palette = theme.colors(base)
    figure = go.Figure()
    for name, seeds in measured.items():
        seeds = finite(np.atleast_2d(seeds))
        layer = np.arange(1, seeds.shape[1] + 1)
        color = palette[roles[name]]
        with np.errstate(all="ignore"):
            low, middle, high = (_over_seeds(f, seeds) for f in (np.nanmin, np.nanmean, np.nanmax))
        figure.add_traces(bands.edges(layer, low, high, name, color))
        figure.add_trace(
            go.Scatter(
                x=layer,
                y=middle,
                name=say("{name}, measured", name=name),
                mode="markers",
                legendgroup=name,
                marker={"color": color, "size": 5},
                customdata=[power(value) for value in middle],
                hovertemplate=_hover(log),
            )
        )
        theory = finite(predicted[name])
        figure.add_trace(
            go.Scatter(
                x=layer,
                y=theory,
                name=say("{name}, theory", name=name),
                mode="lines",
                legendgroup=name,
                line={"color": color, "dash": "dash", "width": 1.5},
                customdata=[power(value) for value in theory],
                hovertemplate=_hover(log),
            )
        )
    axis = decades([*measured.values(), *predicted.values()]) if log else SHARES
    figure.update_layout(
        template=theme.template(base),
        title={
            "text": title,
            "y": 0.97,
            "yanchor": "top",
            "yref": "container",
        },  # above a legend of any height
        height=HEIGHT,
        xaxis={"title": say("layer")},
        yaxis={"title": unit, **axis},
        hovermode="x unified",
        margin={"t": HEAD},
    )
    return figure


def phases(
    *,
    sw2: np.ndarray,
    sb2: np.ndarray,
    chi: np.ndarray,
    critical: tuple[np.ndarray, np.ndarray],
    here: tuple[float, float],
    title: str,
    base: str,
) -> go.Figure:
    """log10 of chi over the plane of weight variance sw2 (across) and bias variance sb2 (up), with the critical line.

    Args:
        chi: [len(sb2), len(sw2)].
        critical: (sw2, sb2) along the line chi = 1.
        here: (sw2, sb2) of the net in question.
    """
    palette = theme.colors(base)
    with np.errstate(divide="ignore", invalid="ignore"):
        decades = np.clip(np.log10(chi), -1, 1)
    figure = go.Figure(
        go.Heatmap(
            x=sw2,
            y=sb2,
            z=decades,
            zmin=-1,
            zmax=1,
            colorscale=theme.colorscale(base, "diverging"),
            colorbar={
                "title": "log<sub>10</sub> χ",
                "tickvals": [-1, -0.5, 0, 0.5, 1],
                "ticktext": ["≤ −1", "−0.5", "0", "0.5", "≥ 1"],
            },
            hovertemplate=say(
                "weight variance %{x:.3g}<br>bias variance %{y:.3g}<br>log10 χ %{z:.2f}<extra></extra>"
            ),
        )
    )
    inside = (critical[0] <= sw2[-1]) & (critical[1] <= sb2[-1])
    figure.add_trace(
        go.Scatter(
            x=critical[0][inside],
            y=critical[1][inside],
            mode="lines+markers" if inside.sum() < 3 else "lines",
            name=say("critical: χ = 1"),
            line={"color": palette["text"], "width": 2},
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[here[0]],
            y=[here[1]],
            mode="markers",
            name=say("this net"),
            marker={"symbol": "x", "size": 12, "color": palette["text"], "line": {"width": 1}},
            cliponaxis=False,
        )
    )
    figure.update_layout(
        template=theme.template(base),
        title=title,
        height=HEIGHT + 40,
        xaxis={
            "title": say("weight variance σ²<sub>w</sub> = fan_in Var w"),
            "range": [-EDGE * sw2[-1], sw2[-1]],
        },
        yaxis={"title": say("bias variance σ²<sub>b</sub>"), "range": [-EDGE * sb2[-1], sb2[-1]]},
        margin={"t": 104},
    )
    return figure


def _over_seeds(of, seeds: np.ndarray) -> np.ndarray:
    known = ~np.isnan(seeds).all(axis=0)
    result = np.full(seeds.shape[1], np.nan)
    result[known] = of(seeds[:, known], axis=0)
    return result


def decades(values: Sequence[np.ndarray]) -> dict:
    """An axis of log10 values with its ticks at whole decades, at least two of them high."""
    known = np.concatenate([np.ravel(finite(v)) for v in values])
    known = known[np.isfinite(known)] if np.isfinite(known).any() else np.zeros(1)
    low, high = np.floor(known.min() + 1e-9), np.ceil(known.max() - 1e-9)
    if high - low < 2:
        low, high = low - 1, max(high, low + 1)
    step = next(
        size for power in range(6) for one in (1, 2, 5) if 6 * (size := one * 10**power) >= high - low
    )
    ticks = {"tickmode": "linear", "dtick": step, "tickprefix": "10<sup>", "ticksuffix": "</sup>"}
    return {"range": [low - 0.1, high + 0.1], "tickformat": "d", **ticks}


def _hover(log: bool) -> str:
    return "%{customdata}" if log else "%{y:.1%}"


def power(log10: float) -> str:
    """The number whose log10 is given, in two digits, also where it is too small to be a number: 2.4e-6, 0.13."""
    if not np.isfinite(log10):
        return say("none")
    exponent = int(np.floor(log10 + 1e-9))
    if -4 < exponent < 3:
        return f"{float(f'{10.0**log10:.2g}'):g}"
    mantissa = f"{10.0 ** (log10 - exponent):.2g}"
    return f"1e{exponent + 1}" if mantissa == "10" else f"{mantissa}e{exponent}"
