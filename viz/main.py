"""The page router: which pages there are, and what they have in common."""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from viz import chrome
from viz.pages import optimizers, recurrent, signal, techniques, train
from viz.run import session


def menu() -> list[StreamlitPage]:
    """The pages in the order of the menu; the first one is where a visitor arrives."""
    return [
        st.Page(train.page, title="Train", icon=":material/timeline:", url_path="train", default=True),
        st.Page(signal.page, title="Signal", icon=":material/stacked_line_chart:", url_path="signal"),
        st.Page(techniques.page, title="Techniques", icon=":material/science:", url_path="techniques"),
        st.Page(recurrent.page, title="Recurrent", icon=":material/replay:", url_path="recurrent"),
        st.Page(optimizers.page, title="Optimizers", icon=":material/route:", url_path="optimizers"),
    ]


def run() -> None:
    """Draw the page that was asked for."""
    st.set_page_config(
        page_title=chrome.NAME, page_icon="📉", layout="wide", initial_sidebar_state=chrome.SIDEBAR_WIDTH
    )
    pages = menu()
    chosen = st.navigation(pages, position="top")
    chrome.slim()
    if chosen is not pages[0]:
        session.leave()
    chosen.run()


if __name__ == "__main__":
    run()
