"""Which language a visitor reads: the one of the address, else the one chosen before, else the browser's."""

from string import Template
from urllib.parse import urlencode

import streamlit as st

from viz.words.language import ENGLISH, KEPT, KEY, language, languages, offered, say, speak, suited

CHOSEN = "chosen_language"
SWITCH = "language"
ANEW = "language_chosen_now"
LOAD = Template("""<script>
{ const here = new URL(location); here.searchParams.set("$key", "$name"); location.replace(here) }
</script>""")
"""The page is loaded anew in another language: a browser keeps what a menu or a view has shown."""


def listen() -> None:
    """First of all in every script run. A language once in the address stays there, whatever page is opened."""
    asked, chosen = st.query_params.get(KEY), st.session_state.get(CHOSEN)
    if asked in languages():
        st.session_state[CHOSEN] = chosen = asked
    elif chosen:
        st.query_params[KEY] = chosen
    st.session_state[KEPT] = name = chosen or suited(st.context.locale or "") or ENGLISH
    speak(name)


def switch() -> None:
    """Where a visitor chooses the language; nothing as long as there is one alone that says all there is to say."""
    if len(offered()) < 2:
        return
    if st.session_state.pop(ANEW, False):
        st.html(LOAD.substitute(key=KEY, name=language()), unsafe_allow_javascript=True)
    if st.session_state.get(SWITCH) != language():
        st.session_state[SWITCH] = language()
    st.segmented_control(
        say("Language"),
        list(offered()),
        format_func=offered().__getitem__,
        key=SWITCH,
        on_change=_choose,
        required=True,
    )


def _choose() -> None:
    """The address has it from now on, and the script that runs next hears it there."""
    st.query_params[KEY] = st.session_state[SWITCH]
    st.session_state[ANEW] = True


def along(address: str) -> str:
    """An address of ours, which opens in the language that this visitor has chosen; else in its browser's own."""
    chosen = st.session_state.get(CHOSEN)
    if not chosen:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode({KEY: chosen})}"
