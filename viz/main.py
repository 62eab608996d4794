"""The page router: which pages there are, and what they have in common."""

import sys
from collections.abc import Callable
from importlib import import_module

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from viz import chrome
from viz.widgets.delivery import arrive, drawn
from viz.widgets.language import listen, switch
from viz.words.language import say


def menu() -> list[StreamlitPage]:
    """The pages in the order of the menu; the first one is where a visitor arrives."""
    return [
        st.Page(
            opened("train"), title=say("Train"), icon=":material/timeline:", url_path="train", default=True
        ),
        st.Page(
            opened("signal"), title=say("Signal"), icon=":material/stacked_line_chart:", url_path="signal"
        ),
        st.Page(
            opened("techniques"), title=say("Techniques"), icon=":material/science:", url_path="techniques"
        ),
        st.Page(
            opened("compare"), title=say("Compare"), icon=":material/compare_arrows:", url_path="compare"
        ),
        st.Page(opened("own_net"), title=say("Your net"), icon=":material/visibility:", url_path="own_net"),
        st.Page(opened("recurrent"), title=say("Recurrent"), icon=":material/replay:", url_path="recurrent"),
        st.Page(
            opened("optimizers"), title=say("Optimizers"), icon=":material/route:", url_path="optimizers"
        ),
        st.Page(opened("lessons"), title=say("Lessons"), icon=":material/school:", url_path="lessons"),
        st.Page(opened("shelf"), title=say("Shelf"), icon=":material/bookmarks:", url_path="shelf"),
    ]


def opened(name: str) -> Callable[[], None]:
    """The page of that name, imported when it is opened: some of them need torch, which takes seconds."""

    def page() -> None:
        module = f"viz.pages.{name}"
        with st.container(key="opens"):  # its place stays when the words go, and with it that of a view below
            if module not in sys.modules:
                with st.spinner(say("This page is opened for the first time, which takes some seconds.")):
                    import_module(module)
        import_module(module).page()

    return page


def run() -> None:
    """Draw the page that was asked for."""
    listen()
    # first of all, or the browser is sent to a server of others for the menu's icon
    st.set_page_config(
        page_title=chrome.NAME, page_icon="📉", layout="wide", initial_sidebar_state=chrome.SIDEBAR_WIDTH
    )
    chosen = st.navigation(menu(), position="top")
    st.set_page_config(page_title=f"{chosen.title} · {chrome.NAME}")
    chrome.slim()
    with st.sidebar:
        switch()
    arrive(chosen.url_path)
    chosen.run()
    drawn()


if __name__ == "__main__":
    run()
