"""What one takes home of the run in the sidebar."""

from functools import partial
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from engine.spec import FIELDS, RunSpec
from engine.spec.fields import EntryOptions
from viz.exports import numbers
from viz.exports import script as exports
from viz.exports.takes import as_replay
from viz.live import host
from viz.live.run import Recording
from viz.run import link, tables
from viz.shelf.curves import thinned
from viz.shelf.keeping import Made, keep
from viz.shelf.store import Item
from viz.widgets.drawer import drawer
from viz.words.language import say
from viz.words.spec import described, entries


def shelf(spec: RunSpec, token: str) -> None:
    """Keep this run, as it is when the button is pressed."""
    keep("run", entries(spec), partial(kept, token))


def kept(token: str, name: str) -> Made:
    """The run of a page, with its replay; RuntimeError where nothing of it was seen yet."""
    run = host.shared().recording(token)
    if run is None or not run.frames:
        raise RuntimeError("There is nothing of this run to keep yet: press Play first.")
    item = Item(
        "run",
        name,
        f"./?{urlencode(link.write(run.spec))}",
        say(described(run.spec, tables.label(run.spec.dataset))),
        "replay.html",
        settings(run.spec),
        curves(run),
    )
    return item, as_replay(run, tables.label(run.spec.dataset)).encode()


def settings(spec: RunSpec) -> dict[str, str]:
    """Every field, as people write it."""
    plain = {name: option for name, option in FIELDS.items() if not isinstance(option, EntryOptions)}
    return {name: option.write(getattr(spec, name)) for name, option in plain.items()} | spec.to_query()


def curves(run: Recording) -> dict[str, list[float | None]]:
    """Loss and test loss over the steps."""
    table = {name.split(" [")[0].replace("_", " "): values for name, values in numbers.history(run).items()}
    steps = [int(step) for step in table["step"]]
    return thinned(steps, {name: np.asarray(table[name]) for name in ("loss", "test loss")})


@st.fragment
def script(spec: RunSpec) -> None:
    """The run as a PyTorch script: to read, to copy and to save."""
    st.markdown(f"## {say('Take it home: the run as a PyTorch script')}")
    st.caption(
        say(
            "It needs torch, NumPy and scikit-learn, nothing of this lab, and prints the same losses as the run from "
            "its first step, bit for bit on this machine. STEPS at its top says for how many it trains. A setting "
            "changed in mid-run counts from the start in it."
        )
    )
    text = exports.script(spec)
    st.download_button(
        say("Save the script"),
        text,
        file_name="run.py",
        mime="text/x-python",
        icon=":material/download:",
        key="save_script",
    )
    with drawer(say("Read it"), "read_script") as is_open:
        if is_open:
            st.code(text, language="python")
