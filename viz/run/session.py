"""The net of one visitor, as Train, Signal and Techniques share it: its spec, the run that trains it, its cures."""

from collections.abc import Callable, Collection, Mapping

import streamlit as st

from engine.spec import RunSpec, SpecError
from viz.live import host
from viz.run import link
from viz.server import bounds, tokens
from viz.widgets.memory import Memory
from viz.words.labels import LABELS

LIVE = "live"  # the key of the live view's component

memory = Memory("run", link.read, link.write, change=RunSpec.replace, labels=LABELS, keeps_typed=True)


def spec() -> RunSpec:
    """The spec that runs."""
    return memory.value


def open_page(beside: Collection[str] = (), check: Callable[[RunSpec], None] = bounds.check) -> None:
    """Find the spec, in the address or as it was left.

    beside: keys of the address that are the page's own and no part of the run. check: raises SpecError for a net that
    the page cannot do its work on.
    """
    memory.open(owns=lambda key: key not in beside, check=check)


def adopt(new: RunSpec) -> None:
    """Run this spec."""
    memory.adopt(new)


def is_linked() -> bool:
    """Whether the spec is that of a link: whatever this tab trained before, its net waits to be started."""
    return memory.kept.came_by == "link"


def is_cured() -> bool:
    """Whether the spec is a verdict's cure: a net that is sick already, no change now would make well."""
    return memory.kept.came_by == "cure"


def apply_cure() -> None:
    """The live view's button was pressed: run the spec with the fields that the verdict offers."""
    cure = st.session_state[LIVE].get("cure")
    if not isinstance(cure, Mapping):
        return
    try:
        memory.adopt(memory.changed(cure), came_by="cure")
    except SpecError as error:
        memory.say(error.sentence)


def token() -> str:
    """The name of this visitor's run."""
    return tokens.visitor()


def adopt_token() -> None:
    """The tab kept a run through a reload: it is this visitor's from now on."""
    kept = st.session_state[LIVE].get("token")
    if isinstance(kept, str) and tokens.TOKEN.fullmatch(kept) and kept != token():
        host.shared().forget(token())
        tokens.adopt(kept)
