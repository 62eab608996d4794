"""What one takes home of a race."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from engine.tables.optimizers import OPTIMIZERS
from viz.race import component, host
from viz.race.state import LETTERS, Race
from viz.replay import race as replay
from viz.server import tokens
from viz.server.visitors import Visitor, of_this_page

PATIENCE = 60.0  # seconds for one answer


def takeaway(race: Race) -> None:
    """The files of this race, made when they are asked for."""
    st.markdown("#### Take it home")
    if not any(racer.on for racer in race.runs):
        st.caption("No optimizer is on: there is no race to take home.")
        return
    st.download_button(
        "Save a replay (HTML)",
        partial(as_replay, race, of_this_page()),
        file_name="race.html",
        mime="text/html",
        icon=":material/download:",
        on_click="ignore",
        key="save_race_replay",
        help="One file that plays and scrubs this race in any browser, without a server: the map, the relief, all "
        "curves, each optimizer's inside. It is made when you press it, which takes some seconds.",
    )


def as_replay(race: Race, visitor: Visitor) -> str:
    """The HTML file that plays a race; RuntimeError with the reason where the race cannot be computed."""
    asked = replay.questions(len(race.running))
    answers = list(zip(asked, ask(race, asked, visitor), strict=True))
    label = race.built.label
    return replay.replay(component.tables(race), answers, f"{label}: a recorded race", caption(race))


def ask(race: Race, questions: Sequence[replay.Question], visitor: Visitor) -> list[bytes]:
    """The payloads of these questions, asked one after another under a name of their own."""
    token = tokens.new_token()
    host.shared().admit(token, visitor)
    bodies = []
    for kind, of in questions:
        question = {"ask": kind, "race": race.to_dict()} | ({} if of is None else {"of": of})
        answer = host.shared().ask(token, question).result(PATIENCE)
        if answer.status != 200:
            raise RuntimeError(answer.header["error"])
        bodies.append(answer.body)
    return bodies


def caption(race: Race) -> str:
    """Who runs, from where."""
    on = [(letter, racer) for letter, racer in zip(LETTERS, race.runs, strict=False) if racer.on]
    runs = [f"{letter} {OPTIMIZERS[racer.optimizer].label} {racer.lr:g}" for letter, racer in on]
    x, y = race.begin
    return f"{', '.join(runs)}; from {x:g}, {y:g}; {race.steps} steps"
