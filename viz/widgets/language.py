"""Which language a visitor reads: the one of the address, else the one chosen before, else the browser's."""

from urllib.parse import urlencode

import streamlit as st

from viz.words.language import ENGLISH, KEPT, KEY, languages, speak, suited

CHOSEN = "chosen_language"


def listen() -> None:
    """First of all in every script run. A language once in the address stays there, whatever page is opened."""
    asked, chosen = st.query_params.get(KEY), st.session_state.get(CHOSEN)
    if asked in languages():
        st.session_state[CHOSEN] = chosen = asked
    elif chosen:
        st.query_params[KEY] = chosen
    st.session_state[KEPT] = name = chosen or suited(st.context.locale or "") or ENGLISH
    speak(name)


def along(address: str) -> str:
    """An address of ours, which opens in the language that this visitor has chosen; else in its browser's own."""
    chosen = st.session_state.get(CHOSEN)
    if not chosen:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode({KEY: chosen})}"
