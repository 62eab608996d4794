"""Glorot's initializer as Géron's table gives it, audited: what each row promises, and what a net shows."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from engine.experiments.audit import PROMISE, Audit, Row
from engine.tables.activations import ACTIVATIONS
from viz.widgets.growing import grow
from viz.words.language import paragraph, say
from viz.workbench import progressively


def table() -> None:
    """The table, in a part of the page that is run when it is asked for."""
    title = say("Géron's Table 11-1, audited: what each row promises, and what a 20-layer net shows")
    with st.expander(title):
        st.caption(
            say(
                "Aurélien Géron, *Hands-On Machine Learning with Scikit-Learn and TensorFlow*, 1st edition, 2017, "
                "Table 11-1: Xavier Glorot's weights for the logistic function, tanh and ReLU, with gains 1, 4 and √2."
            )
        )
        if not st.toggle(
            say("Run the six nets"), key="audit", help=say("256 wide, 20 layers, 4 seeds each.")
        ):
            return
        st.caption(paragraph(say(PROMISE), say("That is what each row promises.")))
        bar, rows = st.empty(), st.empty()
        with bar:
            grow(rows, progressively(_rows, "audit"), lambda seen: st.table(seen, hide_index=True))


def _rows(rows: Sequence[Mapping[str, Any]], done: float) -> list[dict[str, str]]:
    return [described(Audit(**{**each, "row": Row(**each["row"])})) for each in rows]


def described(row: Audit) -> dict[str, str]:
    """A row of the audit in words; its verdict stands where no table cuts it."""
    weights = say(
        "Glorot {distribution}, gain {gain:.3g}", distribution=say(row.row.distribution), gain=row.row.gain
    )
    return {
        say("activation"): say(ACTIVATIONS[row.row.activation].label),
        say("verdict"): say(row.verdict),
        say("weights"): weights,
        say("gradient, theory"): _decades(row.predicted["gradient"]),
        say("gradient, measured"): _decades(row.measured["gradient"]),
        say("activation variance"): _decades(row.measured["activation_var"]),
        say("saturated outputs"): f"{row.measured['saturated']:.0%}",
    }


def _decades(change: float) -> str:
    return say("{change:+.2f} decades", change=change)
