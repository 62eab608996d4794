"""Below the race view: what it is raced on, in formulas, and pictures that stand still."""

from concurrent.futures import TimeoutError as TooLong
from typing import Any

import numpy as np
import streamlit as st

from engine.descent.walk import clipped
from engine.tables.optimizers import OPTIMIZERS
from viz import chrome
from viz.figures import surface as figures
from viz.race import host
from viz.race.looks import DETAIL
from viz.race.state import LETTERS, Race
from viz.widgets import kept
from viz.widgets.chart import chart
from viz.wire import payload
from viz.wire.scale import Scale
from viz.words.text import plain

PATIENCE = 20.0  # seconds for the race's process
DETAILS = {"relief": "Surface in 3D", "clipping": "Clipping", "rules": "Rules"}


def everything(race: Race, token: str) -> None:
    """The surface's formula, the surface with its paths in three dimensions, clipping, and every rule."""
    surface = race.built
    left, right = st.columns((1, 2))
    with left:
        st.markdown(f"## {plain(surface.label)}")
        st.latex(f"f(x, y) = {surface.formula}")
        st.markdown(plain(surface.words))
        st.caption(plain(surface.source))
    with right:
        shown = kept.one_of(
            st.segmented_control,
            "In detail",
            [*DETAILS],
            None,
            format_func=DETAILS.__getitem__,
            key="race_details",
            name=DETAIL,
            help="Pictures that stand still, with zoom and export. They follow the race above.",
        )
        match shown:
            case "relief":
                relief(race, token)
            case "clipping":
                clipping(race)
            case "rules":
                rules(race)


def relief(race: Race, token: str) -> None:
    """The surface and the whole paths with Plotly."""
    answers = [_answer(token, {"ask": name, "race": race.to_dict()}) for name in ("surface", "paths")]
    surface, paths_of = answers
    if surface is None or paths_of is None:
        return
    (about, ground), (walked, walk) = surface, paths_of
    scale = Scale(**about["scale"] | {"bend": about["scale"]["bend"] or np.inf})
    places = ground["places"]
    xs, ys = (np.linspace(low, high, len(places)) for low, high in about["bounds"])
    lowest = walked["lowest"]
    on = [index for index, racer in enumerate(race.runs) if racer.on]
    paths = [
        {
            "label": f"{LETTERS[index]} {OPTIMIZERS[race.runs[index].optimizer].label}",
            "color": index,
            "x": walk["positions"][row, :, 0],
            "y": walk["positions"][row, :, 1],
            "value": lowest + walk["gaps"][row],
            "place": scale.place(lowest + walk["gaps"][row]),
        }
        for row, index in enumerate(on)
    ]
    figure = figures.relief(
        xs,
        ys,
        scale.value(places),
        places,
        paths,
        title=f"{about['label']}: height on the contours' scale",
        base=chrome.base(),
    )
    chart(figure, "race_relief")


def clipping(race: Race) -> None:
    """What clipping at 1 makes of the gradient [100, 1]."""
    gradient = np.array([100.0, 1.0])
    kept = {f"clipped by {how} at 1": clipped(gradient, how, 1.0) for how in ("value", "norm")}
    st.markdown(
        "Clipping by value cuts each component by itself and so turns the gradient; clipping by norm shortens "
        "the whole and keeps its direction. An open card says by how much its gradient was turned at each step."
    )
    chart(
        figures.clipping(gradient, kept, title="The gradient [100, 1], clipped at 1", base=chrome.base()),
        "race_clipping",
    )


def rules(race: Race) -> None:
    """The rule of every optimizer of this race, as PyTorch has it."""
    for name in dict.fromkeys(racer.optimizer for racer in race.runs):
        entry = OPTIMIZERS[name]
        st.markdown(f"**{plain(entry.label)}.** {plain(entry.words)} {plain(entry.notes)}")
        st.latex(entry.formula)
        st.caption(plain(entry.source))


def _answer(token: str, question: dict[str, Any]) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    """An answer of the race's process; None, with a line on the page, when there is none."""
    try:
        answer = host.shared().ask(token, question).result(PATIENCE)
    except TooLong:
        st.info("The race's process is busy; this picture comes with the next change.")
        return None
    if answer.status != 200:
        st.error(plain(answer.header["error"]), icon=":material/error:")
        return None
    return payload.decode(answer.body)
