"""The live view of one run as a Streamlit component."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from viz.server.component import View

VIEW = View("live", "canvas/run/visit.js", ("token", "paused", "cure", "rebuild"))


def data(
    token: str, base: str = "", takes: Sequence[Mapping[str, str]] = (), caption: str = ""
) -> dict[str, Any]:
    """What the view is given: the run's token, what of it can be taken home, and what `View.data` adds."""
    return VIEW.data({"token": token, "takes": list(takes), "caption": caption}, base)


def live(
    token: str,
    /,
    *,
    key: str = "live",
    takes: Sequence[Mapping[str, str]] = (),
    caption: str = "",
    **changed: Callable[[], None],
) -> Any:
    """Mounts the view of one run; `changed` are callbacks by the name of what changed.

    takes: what of the run can be taken home, each with the `name` of its file, a `title` and `words`.
    caption: its settings in a line, for pictures.

    The result has `token` (the run that the tab kept through a reload, or None), `paused` ({"token", "step"} of the
    frame that stands still on screen, or None while it plays), and the triggers `cure` (fields of RunSpec to change)
    and `rebuild` (True: the run is gone, make it again).

    Raises TypeError for a callback of any other name.
    """
    return VIEW.mount(key, {"token": token, "takes": list(takes), "caption": caption}, changed)
