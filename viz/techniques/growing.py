"""Pictures that grow while an experiment runs."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import plotly.graph_objects as go
from streamlit.delta_generator import DeltaGenerator

PARTS = 5  # times that a picture is drawn while it grows


def by_parts(results: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The first result, one each time that another fifth of the work is done, and the last."""
    reached = -1
    for result in results:
        part = int(PARTS * result["done"])
        if part > reached:
            reached = part
            yield result


def draw(place: DeltaGenerator, figure: go.Figure, name: str, seen: Mapping[str, Any]) -> None:
    """A chart of what has been seen so far; its key is new with each picture of one script run."""
    place.plotly_chart(figure, key=f"{name}_{seen['done']:.4f}", theme=None)
