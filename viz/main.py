"""The page router: which pages there are, and what they have in common."""

import streamlit as st

from viz import chrome, session
from viz.pages import train

PAGES = [
    st.Page(train.page, title="Train", icon=":material/timeline:", url_path="train", default=True),
]


def run() -> None:
    """Draw the page that was asked for."""
    st.set_page_config(page_title=chrome.NAME, page_icon="📉", layout="wide", initial_sidebar_state=chrome.SIDEBAR_WIDTH)
    chosen = st.navigation(PAGES, position="top")
    chrome.slim()
    if chosen.url_path != "":
        session.leave()
    chosen.run()


run()
