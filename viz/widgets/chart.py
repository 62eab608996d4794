"""A figure on a page: it can be zoomed, and its camera saves it as a sharp picture under its own name."""

from contextlib import nullcontext
from html import escape
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from viz.widgets.growing import is_growing, keyed

DOUBLED = ["zoom2d", "pan2d", "select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"]
"""Tools that a drag and a double-click do as well: so few are left that they cover no axis's title."""


def chart(figure: go.Figure, name: str, place: DeltaGenerator | None = None) -> None:
    """Draws it as it is, in our theme and not in Streamlit's. name: told apart from all others of its page."""
    with place.container() if place else nullcontext():
        _titled(figure)
        st.plotly_chart(figure, **_settings(name))


def chosen(figure: go.Figure, name: str) -> list[Any]:
    """The same, and a point can be chosen: gives what it bears as `customdata`. None can while it still grows."""
    if is_growing():
        chart(figure, name)
        return []
    _titled(figure)
    event = st.plotly_chart(figure, **_settings(name), on_select="rerun", selection_mode="points")
    borne = (point.get("customdata") for point in event["selection"]["points"])
    return [data for data in borne if data is not None and list(data) in _bears(figure)][:1]


def _bears(figure: go.Figure) -> list[list[Any]]:
    """What its points bear now: a choice outlives the figure in which it was made."""
    every = (trace.customdata for trace in figure.data if trace.customdata is not None)
    return [list(data) for borne in every for data in borne]


def _titled(figure: go.Figure) -> None:
    """The title in words of the page, which only a phone shows: there a legend of many rows would lie over Plotly's."""
    if title := figure.layout.title.text:
        st.html(f'<div class="figure-title">{_in_words(title)}</div>')


def _in_words(title: str) -> str:
    """A title of Plotly's as HTML: of its markup only a second line, which is small."""
    first, *second = title.removesuffix("</sup>").split("<br><sup>")
    return "<br>".join([escape(first), *(f"<small>{escape(line)}</small>" for line in second)])


def _settings(name: str) -> dict[str, Any]:
    picture = {"format": "png", "scale": 3, "filename": name}
    return {
        "key": keyed(f"{name}_chart"),
        "theme": None,
        # the wheel scrolls the page also over a scene, which it would zoom away
        "config": {
            "displaylogo": False,
            "scrollZoom": False,
            "toImageButtonOptions": picture,
            "modeBarButtonsToRemove": DOUBLED,
        },
    }
