"""What Streamlit draws around every page, made slim: the live view fits one screen without scrolling."""

import streamlit as st

STYLE = """
<style>
header[data-testid="stHeader"] { height: 2.5rem; min-height: 2.5rem; }
[data-testid="stMainBlockContainer"] { padding: 2.75rem 1rem 3rem 1rem; }
[data-testid="stSidebarHeader"] { height: 2.25rem; padding-bottom: 0; margin-bottom: 0; }
[data-testid="stSidebarUserContent"] { padding: 0 1rem 1.5rem 1rem; }
[data-testid="stSidebar"] [data-testid="stVerticalBlock"] { gap: 0.35rem; }
[data-testid="stSidebar"] [data-testid="stHorizontalBlock"] { gap: 0.6rem; }
</style>
"""


def slim() -> None:
    """Take away the air that pages of text need and an instrument does not."""
    st.html(STYLE)
