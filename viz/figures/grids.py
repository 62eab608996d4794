"""Many settings times many seeds: dots with intervals, a heat map, curves with bands."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from viz import theme
from viz.figures import bands
from viz.figures.decades import log_axis
from viz.figures.gaps import finite, positive
from viz.figures.names import NARROW, two_lines
from viz.figures.shares import share_axis
from viz.words.language import say

HEIGHT = 360  # pixels
LEGEND_ROW = 20  # pixels
ONE_ROW = 36  # letters of a legend that half a page has room for in one row
ROW, TALL_ROW = 26, 38  # pixels of a row of dots, whose name has one line or two
CLOSE = 0.1  # between the lowest and the highest share, below which cells bear tenths of a percent
FROM_A_LINE = 0.42  # of a row's height, in which the seeds' dots lie apart


def dots(
    *,
    labels: Sequence[str],
    values: np.ndarray,
    means: np.ndarray,
    intervals: np.ndarray,
    best: int | None,
    title: str,
    unit: str,
    base: str,
    share: bool = False,
    log: bool = False,
    each: str = "",
    numbers: Sequence[int] = (),
) -> go.Figure:
    """A row for each setting: a dot for each seed, the mean, and the interval that holds it.

    Args:
        values: [settings, seeds], NaN for none; each dot's `customdata` is (setting, seed).
        means, intervals: [settings] and [settings, 2], NaN where there is none.
        best: the setting that leads, drawn strong; None for none.
        log: a log axis, on which what is not positive is left out.
        each: what one dot is, where it is no seed. numbers: [seeds], what each is called; from 0 where none are given.
    """
    palette = theme.colors(base)
    each = say(each or "seed")
    kept = positive if log else finite
    rows, seeds = values.shape
    numbers = numbers or range(seeds)
    names = list(map(two_lines, labels))
    apart = np.linspace(-FROM_A_LINE / 2, FROM_A_LINE / 2, seeds) if seeds > 1 else np.zeros(1)
    up = (np.arange(rows)[:, None] + apart).ravel()
    where = np.stack(np.divmod(np.arange(values.size), seeds), axis=1)
    middle = kept(means)
    held = np.clip(intervals, 0, 1) if share else intervals
    reach = np.abs(kept(held) - middle[:, None])
    figure = go.Figure(
        [
            go.Scatter(
                x=kept(values).ravel(), y=up, mode="markers", name=say("one {each}", each=each), customdata=where,
                marker={"color": palette["activation"], "size": 9, "opacity": 0.55},
                hovertemplate="%{text}: %{x:.1%}<extra></extra>" if share else "%{text}: %{x:.3g}<extra></extra>",
                text=[say("{label}, {each} {number}", label=labels[k], each=each, number=numbers[i]) for k, i in where],
            ),
            go.Scatter(
                x=middle, y=np.arange(rows), mode="markers", name=say("mean, 95%"),
                error_x={
                    "type": "data", "array": reach[:, 1], "arrayminus": reach[:, 0],
                    "color": palette["text"], "thickness": 1.5, "width": 4,
                },
                marker={
                    "color": [palette["ok"] if k == best else palette["text"] for k in range(rows)],
                    "symbol": ["star" if k == best else "diamond" for k in range(rows)], "size": 10,
                },
                hovertemplate=say(
                    "%{text}: mean %{x:.1%}<extra></extra>" if share else "%{text}: mean %{x:.3g}<extra></extra>"
                ),
                text=list(labels), hoverinfo="text",
            ),
        ]
    )  # fmt: skip
    return figure.update_layout(
        template=theme.template(base),
        title={"text": title, "y": 0.98, "yref": "container", "yanchor": "top"},
        height=max(HEIGHT, 110 + (TALL_ROW if any("<br>" in name for name in names) else ROW) * rows),
        xaxis={"title": unit, **_scale([values] if log else [values, means, held], log, share)},
        yaxis={
            "tickvals": list(range(rows)), "ticktext": names,
            "range": [rows - 0.5, -0.5],
        },
        margin={"t": 72},
    )  # fmt: skip


def heat(
    *,
    across: Sequence[str],
    up: Sequence[str],
    values: np.ndarray,
    diverged: np.ndarray,
    names: tuple[str, str],
    title: str,
    unit: str,
    base: str,
    share: bool = False,
    log: bool = False,
    line: np.ndarray | None = None,
    line_name: str = "",
) -> go.Figure:
    """The mean over seeds for each pair of values, written into its cell; a cross where a run diverged.

    Args:
        values, diverged: [up, across], NaN for none yet; diverged is a bool.
        names: what the two axes are called, across first.
        line: [across], in units of rows from the first one's middle: a theory's line over the cells.
    """
    palette = theme.colors(base)
    z = np.log10(positive(values)) if log else finite(values)
    known = values[np.isfinite(values)]
    digits = int(known.size > 0 and np.ptp(known) < CLOSE)
    said = np.where(
        diverged,
        "×",
        np.where(np.isfinite(z), [[_number(v, share, digits) for v in row] for row in values], ""),
    )
    figure = go.Figure(
        go.Heatmap(
            z=z, x=list(range(len(across))), y=list(range(len(up))), text=said, texttemplate="%{text}",
            colorscale=theme.colorscale(base, "activation"), showscale=False, xgap=2, ygap=2, hoverinfo="skip",
        )
    )  # fmt: skip
    if line is not None:
        figure.add_trace(
            go.Scatter(
                x=list(range(len(across))), y=finite(line), mode="lines", name=line_name,
                line={"color": palette["danger"], "dash": "dash", "width": 2.5}, hoverinfo="skip", showlegend=True,
            )
        )  # fmt: skip
    return figure.update_layout(
        template=theme.template(base),
        title={"text": title, "y": 0.98, "yref": "container", "yanchor": "top"},
        height=max(HEIGHT, 120 + 30 * len(up)),
        xaxis={
            "title": names[0], "tickvals": list(range(len(across))),
            "ticktext": [two_lines(one, NARROW) for one in across],
            "range": [-0.5, len(across) - 0.5], "showgrid": False,
        },
        yaxis={
            "title": names[1], "tickvals": list(range(len(up))), "ticktext": [two_lines(one, NARROW) for one in up],
            "range": [-0.5, len(up) - 0.5], "showgrid": False,
        },
        margin={"t": 72},
        hovermode="closest",
        hoverdistance=-1,  # the nearest middle is that of the cell below the pointer, however large cells are
    ).add_trace(_middles(across, up, said, unit))  # fmt: skip


def _middles(across: Sequence[str], up: Sequence[str], said: np.ndarray, unit: str) -> go.Scatter:
    """The middles of the cells that have a value, unseen: Plotly lets nobody choose a cell of a heat map itself.

    Each has `customdata` (row, column).
    """
    rows, columns = np.nonzero(said != "")
    return go.Scatter(
        x=columns, y=rows, mode="markers", showlegend=False, marker={"opacity": 0, "size": 6},
        selected={"marker": {"opacity": 0}}, unselected={"marker": {"opacity": 0}},
        customdata=np.stack([rows, columns], axis=1).tolist(),
        text=[
            say("{name}: {text}", name=f"{up[row]}, {across[column]}", text=said[row, column])
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        ],
        hovertemplate=say("%{{text}}<extra>{unit}</extra>", unit=unit),
    )  # fmt: skip


def courses(
    *,
    looks: np.ndarray,
    labels: Sequence[str],
    values: np.ndarray,
    colors: Sequence[int],
    title: str,
    unit: str,
    base: str,
    share: bool = False,
    log: bool = False,
) -> go.Figure:
    """The mean over seeds while they train, in a band from the lowest to the highest seed.

    Args:
        values: [settings, seeds, looks], NaN for none. colors: [settings], which of the series' colors each has.
        log: a log axis, on which what is not positive is left out.
    """
    palette = theme.colors(base)["series"]
    figure = go.Figure()
    kept = (positive if log else finite)(values)
    for label, of_seeds, color in zip(labels, kept, colors, strict=True):
        known = ~np.isnan(of_seeds).all(axis=0)
        x, seen = looks[known], of_seeds[:, known]
        ink = palette[color % len(palette)]
        dash = ("solid", "dash", "dot")[color // len(palette) % 3]
        figure.add_traces(bands.edges(x, np.nanmin(seen, axis=0), np.nanmax(seen, axis=0), label, ink))
        figure.add_trace(
            go.Scatter(
                x=x, y=np.nanmean(seen, axis=0), name=label, legendgroup=label, mode="lines",
                line={"color": ink, "width": 2, "dash": dash},
                hovertemplate=say("step %{x:,}: %{y:.1%}" if share else "step %{x:,}: %{y:.3g}"),
            )
        )  # fmt: skip
    wraps = len(labels) > 3 or sum(map(len, labels)) > ONE_ROW
    rows = LEGEND_ROW * (len(labels) - 1 if wraps else 0)
    return figure.update_layout(
        template=theme.template(base),
        title={"text": title, "y": 0.98, "yref": "container", "yanchor": "top"},
        height=HEIGHT + rows,
        xaxis={"title": say("step")},
        yaxis={"title": unit, **_scale([kept], log, share)},
        showlegend=True,
        legend={"tracegroupgap": 0},  # each curve and its band are a group, and the legend a row for each
        margin={"t": 88 + rows},
    )


def _scale(values: Sequence[np.ndarray], log: bool, share: bool) -> dict:
    return log_axis(values) if log else share_axis(values) if share else {}


def _number(value: float, share: bool, digits: int) -> str:
    """A cell's value. digits: behind the point, of a share in percent."""
    return f"{value:.{digits}%}" if share else f"{value:.2g}"
