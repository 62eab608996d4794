"""The list of watched nets and the view of one of them as a Streamlit component."""

from collections.abc import Callable
from typing import Any

from viz.server.component import View

VIEW = View("nets", "canvas/net/visit.js", ("net",))


def nets(token: str, /, *, key: str = "nets", **changed: Callable[[], None]) -> Any:
    """Mounts it. token: the net of the link, "" for the newest. The result has `net`, the token of the one looked at.

    Raises TypeError for a callback of any other name.
    """
    return VIEW.mount(key, {"token": token}, changed)
