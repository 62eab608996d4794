"""How a net's signal is measured: how many nets, on how many samples. A link keeps both."""

import streamlit as st

from engine.tables.errors import SpecError
from engine.tables.option import Whole
from viz.widgets.refusals import Refusals, is_empty
from viz.widgets.typed import beside, stepped
from viz.words.numbers import read
from viz.words.text import plain

OPTIONS = {
    "seeds": Whole("seeds", 8, 1, 16, words="Nets drawn; the band spans all of them."),
    "samples": Whole("samples", 32, 2, 1024, words="Inputs x ~ N(0, 1) sent through each net."),
}
"""key of the address -> what it may hold."""
STRIDES = {"seeds": 1, "samples": 16}

refusals = Refusals("signal_refused")


def setting(name: str) -> int:
    """A field that shows and keeps what the address says, with the reason where that is refused."""
    option, key = OPTIONS[name], f"signal_{name}"
    value = _asked(name)
    refusals.show(key, str(value))
    stepped(
        name.capitalize(),
        key=key,
        ends=beside(option, value, STRIDES[name]),
        on_change=_propose,
        args=(name,),
        help=f"{option.words} Allowed: {option.span}.",
    )
    if reason := refusals.reason(key):
        st.error(plain(reason), icon=":material/error:")
    return value


def _asked(name: str) -> int:
    """What the address says; where that means nothing the usual number, and the field shows it as refused."""
    option = OPTIONS[name]
    try:
        return read(option, st.query_params.get(name, str(option.default)))
    except SpecError as error:
        refusals.refuse(f"signal_{name}", st.query_params.pop(name), error.brief)
        return option.default


def _propose(name: str) -> None:
    option, key = OPTIONS[name], f"signal_{name}"
    text = st.session_state[key]
    try:
        value = _asked(name) if is_empty(text) else read(option, text)
    except SpecError as error:
        refusals.refuse(key, text, error.brief)
        return
    refusals.by_widget.pop(key, None)
    if value == option.default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = str(value)
