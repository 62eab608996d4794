"""Which net a section is about: an example that shows the technique at work, or the net of the sidebar."""

import numpy as np
import streamlit as st

from engine.spec import RunSpec
from engine.tables.datasets import DATASETS
from viz.run import session
from viz.run.lessons import OPENING
from viz.server.bounds import MOST_MEMORY, memory
from viz.widgets import kept
from viz.words.language import say

CHOICES = {"example": "The example", "sidebar": "The net of the sidebar"}
WHY_IT_FAILS = (
    "dataset", "hidden", "activation", "initializer", "initializer_options", "residual", "batch_norm", "layer_norm",
    "optimizer", "optimizer_options", "lr",
)  # fmt: skip
"""What the opening net and any that fails for the same reason share."""


def choose(section: str, spec: RunSpec, example: RunSpec, words: str) -> RunSpec:
    """Draw the choice and return the net. A touched sidebar is meant: from then on it is the sidebar's net.

    words: what the example is, as it is said while it is chosen.
    """
    usual = _usual(spec)
    _settle(section, spec)
    choice, load = st.columns([3, 2], vertical_alignment="bottom")
    chosen = kept.one_of(
        choice.segmented_control, say("Net"), list(CHOICES), usual,
        format_func=lambda choice: say(CHOICES[choice]), key=f"{section}_net", name="net", required=True,
    )  # fmt: skip
    if chosen == "sidebar":
        warn_of_the_opening(spec)
        return spec
    load.button(
        say("Put it into the sidebar"),
        key=f"{section}_load",
        icon=":material/arrow_back:",
        help=say("Sets all controls to the example, on the Train page too."),
        on_click=session.adopt,
        args=(example,),
    )
    st.caption(words)
    return example


def is_example(section: str, spec: RunSpec) -> bool:
    """Whether the section is about its example, so that no setting of the run counts there."""
    _settle(section, spec)
    return st.query_params.get("net", _usual(spec)) == "example"


def _usual(spec: RunSpec) -> str:
    return "example" if spec == OPENING else "sidebar"


def _settle(section: str, spec: RunSpec) -> None:
    """What was touched since the section was last drawn is meant."""
    before = f"{section}_sidebar"
    if st.session_state.get(before, spec) != spec:
        kept.keep("net", "sidebar", _usual(spec))
    st.session_state[before] = spec


def is_like_the_opening(spec: RunSpec) -> bool:
    """Whether it fails as the net does that the pages open on."""
    return all(getattr(spec, field) == getattr(OPENING, field) for field in WHY_IT_FAILS)


def warn_of_the_opening(spec: RunSpec) -> None:
    """Say of the net that the pages open on, which is there to fail, that it shows little of a technique."""
    if is_like_the_opening(spec):
        st.info(
            say(
                "The net of the sidebar does not learn: its gradient vanishes in ten layers of sigmoids, so expect "
                "little to see here. Try this with one that learns:"
            ),
            icon=":material/info:",
        )
        st.button(
            say("Take ReLU and He's weights"),
            key="net_that_learns",
            icon=":material/healing:",
            on_click=session.adopt,
            args=(spec.replace(activation="relu", initializer="he_normal"),),
        )


def say_where_none_learns(accuracy: np.ndarray, spec: RunSpec) -> None:
    """Say of runs that are all done that none does better than guessing: they show nothing of what sets them apart.

    accuracy: share of the test set that each tells right, NaN where that is unknown.
    """
    if is_like_the_opening(spec):
        return  # said already, with a way out
    classes = DATASETS[spec.dataset].classes
    known = accuracy[np.isfinite(accuracy)]
    if classes and len(known) == len(accuracy) and (known < right_in_two(classes)).all():
        st.info(
            say(
                "None of these nets learns: all are near {guessing:.0%}, what guessing gets. So they show little of "
                "what sets them apart; the Train page says why this net does not learn.",
                guessing=1 / classes,
            ),
            icon=":material/info:",
        )


def right_in_two(classes: int) -> float:
    """The share that two guesses a sample get: who has no more has learned next to nothing."""
    return 1 - (1 - 1 / classes) ** 2


def is_too_large(spec: RunSpec, nets: int = 3) -> bool:
    """Whether so many nets like this one would take more memory than one visitor may have; says so where it is."""
    if (needed := nets * memory(spec)) <= MOST_MEMORY:
        return False
    st.info(
        say(
            "{nets} nets of this size would take {needed:.1f} GB of this server's memory, and one visitor may have "
            "{most:.0f}. Give a smaller net.",
            nets=nets,
            needed=needed / 1e9,
            most=MOST_MEMORY / 1e9,
        ),
        icon=":material/info:",
    )
    return True
