"""Which language a visitor reads: the one of the address, else the one chosen before, else the browser's."""

from urllib.parse import urlencode

import streamlit as st

from viz.words.language import ENGLISH, KEPT, languages, offered, speak

KEY = "lang"  # of the address
CHOSEN = "chosen_language"


def listen() -> None:
    """First of all in every script run. A language once in the address stays there, whatever page is opened."""
    asked, chosen = st.query_params.get(KEY), st.session_state.get(CHOSEN)
    if asked in languages():
        st.session_state[CHOSEN] = chosen = asked
    elif chosen:
        st.query_params[KEY] = chosen
    st.session_state[KEPT] = name = chosen or browsers(st.context.locale)
    speak(name)


def browsers(locale: str | None) -> str:
    """The language that suits a browser's, "zh-CN": the same one, or the same but for its country, or English."""
    name = (locale or ENGLISH).replace("_", "-")
    return next((one for one in (name, name.split("-")[0]) if one in offered()), ENGLISH)


def along(address: str) -> str:
    """An address of ours, which opens in the language that this visitor has chosen; else in its browser's own."""
    chosen = st.session_state.get(CHOSEN)
    if not chosen:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode({KEY: chosen})}"
