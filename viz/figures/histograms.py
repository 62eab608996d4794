"""The histograms of one frame, a panel for each layer, with their axes in real units."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from viz import theme

COLUMNS = 6  # panels in a row: readable on a laptop, and ten layers and the output fill two rows
ROW_HEIGHT = 190  # pixels
FULL_SCALE = 255  # the code of the fullest bin


def symlog(value: np.ndarray, threshold: float) -> np.ndarray:
    """Place on the axis: linear inside +-threshold, one unit for each factor e outside; threshold 0 is linear."""
    value = np.asarray(value, dtype=float)
    if threshold <= 0:
        return value
    size = np.maximum(np.abs(value), threshold) / threshold
    return np.where(np.abs(value) <= threshold, value / threshold, np.sign(value) * (1 + np.log(size)))


def symlog_inverse(place: np.ndarray, threshold: float) -> np.ndarray:
    """The value at a place on the axis."""
    place = np.asarray(place, dtype=float)
    if threshold <= 0:
        return place
    outside = np.sign(place) * threshold * np.exp(np.maximum(np.abs(place) - 1, 0))
    return np.where(np.abs(place) <= 1, place * threshold, outside)


def counts(histogram: Mapping) -> np.ndarray:
    """Values in each bin, from the one-byte codes: ceil(255 sqrt(count / peak)), so good to about 1 % of the peak."""
    codes = np.asarray(histogram["codes"], dtype=float)
    return (codes / FULL_SCALE) ** 2 * histogram["peak"]


def edges(histogram: Mapping) -> np.ndarray:
    """Bin edges in the value's own unit, [bins + 1]; equal in width on the axis."""
    threshold = histogram["threshold"]
    low, high = symlog(np.array([histogram["low"], histogram["high"]]), threshold)
    return symlog_inverse(np.linspace(low, high, len(histogram["codes"]) + 1), threshold)


def beside(histogram: Mapping) -> str:
    """What has no place in the bins, in words: "51 % zeros, 3 NaN"; empty when there is nothing."""
    total = histogram["total"]
    parts = []
    if histogram["zeros"] and total:
        parts.append(f"{histogram['zeros'] / total:.0%} zeros".replace("%", " %"))
    for key, name in (("underflow", "underflow"), ("nan", "NaN"), ("inf", "inf")):
        if histogram[key]:
            parts.append(f"{histogram[key]:,} {name}")
    return ", ".join(parts)


def _ticks(histogram: Mapping) -> dict:
    """The two ends in the value's unit, and zero where it is well between them."""
    threshold, low, high = histogram["threshold"], histogram["low"], histogram["high"]
    left, right = symlog(np.array([low, high]), threshold)
    has_zero = left + 0.25 * (right - left) < 0 < right - 0.25 * (right - left)
    places, values = [float(left), float(right)], [low, high]
    if has_zero:
        places, values = [places[0], 0.0, places[1]], [low, 0.0, high]
    return {
        "tickvals": places,
        "ticktext": [brief(v) for v in values],
        "tickangle": 0,
        "tickfont": {"size": 10},
    }


def brief(value: float) -> str:
    """Two digits, no spare ones: 0.83, 3e-9."""
    text = f"{value:.2g}" if 1e-2 <= abs(value) < 1e3 or value == 0 else f"{value:.1e}"
    return text.replace("e-0", "e-").replace("e+0", "e").replace(".0e", "e").replace("-", "\N{MINUS SIGN}")


def _panel(histogram: Mapping, color: str) -> go.Bar:
    bounds = edges(histogram)
    places = symlog(bounds, histogram["threshold"])
    return go.Bar(
        x=(places[:-1] + places[1:]) / 2,
        width=np.diff(places),
        y=counts(histogram),
        marker={"color": color, "line": {"width": 0}},
        customdata=np.stack([bounds[:-1], bounds[1:]], axis=1),
        hovertemplate="%{customdata[0]:.3g} to %{customdata[1]:.3g}<br>%{y:,.0f} values<extra></extra>",
        showlegend=False,
    )


def _drawable(histogram: Mapping) -> bool:
    ends = (histogram["low"], histogram["high"])
    return bool(np.isfinite(ends).all() and ends[0] < ends[1] and histogram["peak"] > 0)


def histograms(
    frame: Sequence[Mapping], labels: Sequence[str], *, title: str, role: str, base: str
) -> go.Figure:
    """One panel a layer, each on its own axis; zeros, underflow, NaN and inf are counted in the panel's title.

    Args:
        frame: for each layer low, high, threshold, codes [bins], peak, zeros, underflow, nan, inf, total.
        labels: the layers' names, as many as there are panels.
        role: the color's role in the theme, "activation" or "gradient".
        base: "light" or "dark".
    """
    columns = min(COLUMNS, max(1, len(frame)))
    rows = max(1, -(-len(frame) // columns))
    names = [
        f"{label}<br><sup>{beside(histogram) or ' '}</sup>"
        for label, histogram in zip(labels, frame, strict=True)
    ]
    figure = make_subplots(
        rows=rows, cols=columns, subplot_titles=names, vertical_spacing=0.34 / rows, horizontal_spacing=0.04
    )
    color = theme.colors(base)[role]
    for index, histogram in enumerate(frame):
        place = {"row": index // columns + 1, "col": index % columns + 1}
        if _drawable(histogram):
            figure.add_trace(_panel(histogram, color), **place)
            figure.update_xaxes(_ticks(histogram), **place)
    figure.update_yaxes(showticklabels=False, ticks="", rangemode="tozero")
    figure.update_annotations(font_size=12)
    figure.update_layout(
        template=theme.template(base),
        title=title,
        height=110 + rows * ROW_HEIGHT,
        bargap=0,
        margin={"t": 96, "b": 40, "l": 16, "r": 16},
    )
    return figure
