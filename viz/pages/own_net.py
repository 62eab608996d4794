"""Your net: any module that a script of this machine trains, live; or what a file holds of one."""

import streamlit as st

from viz.nets import files
from viz.nets.component import nets
from viz.server.tokens import new_token
from viz.words.language import say

CODE = """\
from viz import watch

with watch(model, optimizer):
    for x, y in batches:
        optimizer.zero_grad()
        loss_of(model(x), y).backward()
        optimizer.step()
"""
KEY = "nets"


def page() -> None:
    with st.sidebar:
        st.markdown(f"**{say('Watch a net of your own')}**")
        st.code(CODE, language="python")
        st.caption(
            say(
                "One line around your training loop, in any script on this machine; or nothing at all: "
                "`python -m viz watch train.py`. In a notebook the net is shown under the cell. "
                "From an installed wheel it is `from gradient_flow_lab import watch`."
            )
        )
        st.caption(
            say(
                "The list has the nets of all scripts on this machine since the app was started, whoever ran them, "
                "and the files opened here."
            )
        )
        given = st.file_uploader(
            say("Open a file that a watch saved"),
            type=["parquet", "json"],
            max_upload_size=files.MOST_BYTES // 1_000_000,
            key="net_file",
        )
        if given is not None:
            _open(given.file_id, given.name, given.getvalue())
    nets(st.query_params.get("net", ""), key=KEY, net=_follow)


def _follow() -> None:
    """The address names the net looked at."""
    if token := st.session_state[KEY].get("net"):
        st.query_params["net"] = token


def _open(upload: str, name: str, data: bytes) -> None:
    """Show what a file holds, once; or say why it cannot be read."""
    if st.session_state.get("net_opened") == upload:
        return
    token = new_token()
    try:
        files.show(token, name, data)
    except files.FileError as error:
        st.error(say(error.sentence), icon=":material/error:")
        return
    st.session_state["net_opened"] = upload
    st.query_params["net"] = token
