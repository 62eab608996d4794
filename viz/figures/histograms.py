"""The histograms of one frame, a panel for each layer, with their axes in real units."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from viz import theme
from viz.words.language import say

COLUMNS = 4  # panels in a row: so many have room for their numbers on a phone
ROW_HEIGHT = 190  # pixels
FULL_SCALE = 255  # the code of the fullest bin
BESIDE = {"underflow": "{n:,} underflow", "nan": "{n:,} NaN", "inf": "{n:,} inf"}
"""What no bin holds, in words."""
CLOSE = 0.27  # of an axis: ticks with less between them would touch


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
        share = f"{100 * histogram['zeros'] / total:.0f}%"
        parts.append(say("{share} zeros", share=share))
    for key in BESIDE:
        if histogram[key]:
            parts.append(say(BESIDE[key], n=histogram[key]))
    return say("{parts}", parts=parts)


def ticks(histogram: Mapping) -> dict[float, str]:
    """Place on the axis -> its value: 0, powers of ten, the two ends, 5 and 2 times a power; none too close."""
    threshold, low, high = histogram["threshold"], histogram["low"], histogram["high"]
    left, right = symlog(np.array([low, high]), threshold)
    chosen: dict[float, str] = {}
    finer = _multiples((5, 2), low, high, threshold)
    for value in (0.0, *_multiples((1,), low, high, threshold), low, high, *finer):
        place = float(symlog(value, threshold))
        if left <= place <= right and all(abs(place - other) >= CLOSE * (right - left) for other in chosen):
            chosen[place] = brief(value)
    return dict(sorted(chosen.items()))


def _multiples(factors: Sequence[int], low: float, high: float, threshold: float) -> list[float]:
    """These multiples of powers of ten on a symmetric-log axis, the largest first, on either side of 0 in turn."""
    if threshold <= 0:
        return []
    largest = np.floor(np.log10(max(abs(low), abs(high))))
    powers = np.arange(largest, np.floor(np.log10(threshold)) - 1, -1)
    return [sign * factor * 10.0**power for power in powers for factor in factors for sign in (1, -1)]


def brief(value: float) -> str:
    """Two digits, no spare ones: 0.83, 3e-9."""
    text = f"{value:.2g}" if 1e-3 <= abs(value) < 1e3 or value == 0 else f"{value:.1e}"
    text = text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e").replace(".0e", "e")
    return f"\N{MINUS SIGN}{text[1:]}" if value < 0 else text


def _panel(histogram: Mapping, color: str) -> go.Bar:
    bounds = edges(histogram)
    places = symlog(bounds, histogram["threshold"])
    return go.Bar(
        x=(places[:-1] + places[1:]) / 2,
        width=np.diff(places),
        y=counts(histogram),
        marker={"color": color, "line": {"width": 0}},
        customdata=np.stack([bounds[:-1], bounds[1:]], axis=1),
        hovertemplate=say(
            "%{customdata[0]:.3~g} to %{customdata[1]:.3~g}<br>%{y:,.0f} values<extra></extra>"
        ),
        showlegend=False,
    )


def _drawable(histogram: Mapping) -> bool:
    ends = (histogram["low"], histogram["high"])
    return bool(np.isfinite(ends).all() and ends[0] < ends[1] and histogram["peak"] > 0)


def histograms(
    frame: Sequence[Mapping], labels: Sequence[str], *, title: str, unit: str, role: str, base: str
) -> go.Figure:
    """One panel a layer, each on its own axis; zeros, underflow, NaN and inf are counted in the panel's title.

    Args:
        frame: for each layer low, high, threshold, codes [bins], peak, zeros, underflow, nan, inf, total.
        labels: the layers' names, as many as there are panels.
        unit: what is counted, for the axis across; its scale is said beside it.
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
        rows=rows, cols=columns, subplot_titles=names, vertical_spacing=0.38 / rows, horizontal_spacing=0.045
    )
    color = theme.colors(base)[role]
    for index, histogram in enumerate(frame):
        place = {"row": index // columns + 1, "col": index % columns + 1}
        if _drawable(histogram):
            figure.add_trace(_panel(histogram, color), **place)
            found = ticks(histogram)
            figure.update_xaxes(tickvals=list(found), ticktext=list(found.values()), **place)
        if place["row"] == rows or index + columns >= len(frame):
            scale = say("symmetric log" if histogram["threshold"] > 0 else "linear")
            figure.update_xaxes(
                title={
                    "text": say("{unit}, {scale}", unit=unit, scale=scale),
                    "font": {"size": 11},
                    "standoff": 4,
                },
                **place,
            )
    # Plotly measures the text of every axis several times to find room for it: half of the time that a figure takes
    measured = {"automargin": False, "ticklabeloverflow": "allow"}
    small = {"tickangle": 0, "tickfont": {"size": 10}} | measured
    figure.update_xaxes(small)
    figure.update_yaxes(small | {"rangemode": "tozero", "nticks": 4, "tickformat": "~s", "ticklen": 2})
    figure.update_yaxes(title={"text": say("values"), "font": {"size": 11}, "standoff": 2}, col=1)
    figure.update_annotations(font_size=12)
    figure.update_layout(
        template=theme.template(base),
        title=title,
        height=110 + rows * ROW_HEIGHT,
        bargap=0,
        title_automargin=False,
        margin={"t": 96, "b": 52, "l": 56, "r": 16},
    )
    return figure
