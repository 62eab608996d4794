"""Below the race view: what it is raced on, in formulas, and pictures that stand still."""

from concurrent.futures import TimeoutError as TooLong
from typing import Any

import numpy as np
import streamlit as st

from engine.tables.later import Later
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.wording import Sentence
from viz import chrome
from viz.figures import surface as figures
from viz.race import host
from viz.race.looks import DETAIL
from viz.race.state import LETTERS, Race
from viz.widgets import kept
from viz.widgets.chart import chart
from viz.wire import payload
from viz.wire.scale import Scale
from viz.words.labels import cited
from viz.words.language import paragraph, say
from viz.words.text import formula, plain, stacked

clipped = Later("engine.descent.walk.clipped")  # of a drawer that is mostly shut
PATIENCE = 20.0  # seconds for the race's process
DETAILS = {
    "relief": Sentence("Surface in 3D"),
    "clipping": Sentence("Clipping"),
    "rules": Sentence("Rules"),
}


def everything(race: Race, token: str) -> None:
    """The surface's formula, the surface with its paths in three dimensions, clipping, and every rule."""
    surface = race.built
    left, right = st.columns((1, 2))
    with left:
        st.markdown(f"## {plain(say(surface.label))}")
        with st.container(key="surface_formula"):
            st.latex(f"f(x, y) = {formula(surface.formula)}")
        st.markdown(plain(say(surface.words)))
        st.caption(plain(cited(surface.source)))
    with right:
        shown = kept.one_of(
            st.segmented_control,
            say("In detail"),
            [*DETAILS],
            None,
            format_func=lambda name: say(DETAILS[name]),
            key="race_details",
            name=DETAIL,
            help=say("Pictures that stand still, with zoom and export. They follow the race above."),
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
            "label": say(
                "{letter} {optimizer}",
                letter=LETTERS[index],
                optimizer=say(OPTIMIZERS[race.runs[index].optimizer].label),
            ),
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
        title=say("{surface}: height on the contours' scale", surface=say(about["label"])),
        base=chrome.base(),
    )
    chart(figure, "race_relief")


def clipping(race: Race) -> None:
    """What clipping at 1 makes of the gradient [100, 1]."""
    gradient = np.array([100.0, 1.0])
    kept = {
        say("clipped by value at 1"): clipped(gradient, "value", 1.0),
        say("clipped by norm at 1"): clipped(gradient, "norm", 1.0),
    }
    st.markdown(
        say(
            "Clipping by value cuts each component by itself and so turns the gradient; clipping by norm shortens "
            "the whole and keeps its direction. An open card says by how much its gradient was turned at each step."
        )
    )
    title = say("The gradient [100, 1], clipped at 1")
    chart(figures.clipping(gradient, kept, title=title, base=chrome.base()), "race_clipping")


def rules(race: Race) -> None:
    """The rule of every optimizer of this race, as PyTorch has it."""
    for name in dict.fromkeys(racer.optimizer for racer in race.runs):
        entry = OPTIMIZERS[name]
        named = say("**{title}.** {words}", title=plain(say(entry.label)), words=plain(say(entry.words)))
        st.markdown(paragraph(named, plain(say(entry.notes))))
        st.latex(stacked(entry.formula))
        st.caption(plain(cited(entry.source)))


def _answer(token: str, question: dict[str, Any]) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    """An answer of the race's process; None, with a line on the page, when there is none."""
    try:
        answer = host.shared().ask(token, question).result(PATIENCE)
    except TooLong:
        st.info(say("The race's process is busy; this picture comes with the next change."))
        return None
    if answer.status != 200:
        st.error(plain(say(answer.header["error"])), icon=":material/error:")
        return None
    return payload.decode(answer.body)
