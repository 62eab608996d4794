"""What one takes home of the run in the sidebar."""

import streamlit as st

from engine.spec import RunSpec
from viz.exports import script as exports


def script(spec: RunSpec) -> None:
    """The run as a PyTorch script: to read, to copy and to save."""
    st.markdown("#### Take it home: the run as a PyTorch script")
    st.caption(
        "It needs torch, NumPy and scikit-learn, nothing of this lab, and prints the same losses as the run from its "
        "first step, bit for bit on this machine. A setting changed in mid-run counts from the start in it."
    )
    text = exports.script(spec)
    st.download_button(
        "Save the script",
        text,
        file_name="run.py",
        mime="text/x-python",
        icon=":material/download:",
        key="save_script",
    )
    with st.expander("Read it"):
        st.code(text, language="python")
