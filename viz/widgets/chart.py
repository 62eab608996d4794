"""A figure below a view: it can be zoomed, and its camera saves it as a sharp picture under its own name."""

import plotly.graph_objects as go
import streamlit as st


def chart(figure: go.Figure, name: str, page: str = "") -> None:
    """Draws it as it is, in our theme and not in Streamlit's. page: told apart from others' figures of that name."""
    config = {"displaylogo": False, "toImageButtonOptions": {"format": "png", "scale": 3, "filename": name}}
    st.plotly_chart(figure, key=f"{page}{name}_chart", theme=None, config=config)
