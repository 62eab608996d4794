"""The race of one visitor: what is raced, and what the view made of it."""

from collections.abc import Mapping

import streamlit as st

from engine.tables.errors import SpecError
from viz.race import link
from viz.race.racer import CARDS
from viz.race.state import Race
from viz.server import tokens
from viz.widgets.memory import Memory

TOKEN, VIEW = "race_token", "race"
LABELS = {
    "steps": "Steps",
    "clip": "Clipping",
    "clip_threshold": "Threshold",
    "noise": "Noise",
    "seed": "Seed",
}

memory = Memory("race_memory", link.read, link.write, labels=LABELS | CARDS)


def race() -> Race:
    """The race on screen."""
    return memory.value


def revision() -> int:
    """Counts the races that did not come from the view: what it tells of an older one is out of date."""
    return memory.kept.revision


def adopt_view() -> None:
    """The view changed the race by itself, and the race's process has accepted it."""
    told = st.session_state[VIEW].get("race")
    if not isinstance(told, Mapping) or told.get("revision") != revision():
        return
    try:
        memory.follow(Race.from_dict(told.get("race")))
    except SpecError as error:
        memory.say(error.sentence)


def token() -> str:
    """The name under which this page asks."""
    return st.session_state.setdefault(TOKEN, tokens.new_token())
