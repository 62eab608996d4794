"""The live view of one run as a Streamlit component."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from viz.server.component import View

VIEW = View(
    "live",
    "canvas/run/visit.js",
    ("token", "paused", "cure", "rebuild", "set_beside", "keep", "luck", "branch", "looks"),
)


@dataclass(frozen=True)
class Given:
    """What the view of one run is given.

    takes: what of the run can be taken home, each with the `name` of its file, a `title` and `words`.
    caption: its settings in a line, for pictures. beside: of a second run, drawn dashed, its `token` (None as long as
    it is no other run), `words` for what makes it of the first, `batches`, whether both see the same samples, and
    `labels`, what its layers are called, and `stream`, whether it has a residual one. lesson: the panel that its
    lesson is about, None where it is none.
    hides: panels that are out of sight, by name, and "verdict".
    """

    token: str
    takes: list[dict[str, str]] = field(default_factory=list)
    caption: str = ""
    beside: Mapping[str, Any] | None = None
    lesson: str | None = None
    hides: list[str] = field(default_factory=list)


def data(given: Given, base: str = "") -> dict[str, Any]:
    """The same as JSON, and what `View.data` adds."""
    return VIEW.data(vars(given), base)


def live(given: Given, /, *, key: str = "live", **changed: Callable[[], None]) -> Any:
    """Mounts the view of one run; `changed` are callbacks by the name of what changed.

    The result has `token` (the run that the tab kept through a reload, or None), `paused` ({"token", "step"} of the
    frame that stands still on screen, or None while it plays), `looks` (what the address should say of how it is looked
    at, by key), and the triggers `cure` (fields of RunSpec to change), `set_beside` (the same, of a second run), `keep`
    ("a" or "b", which of two goes on alone), `luck` (the steps after which to ask whether it was), `rebuild` (True: the
    run is gone, make it again) and `branch` ({"step": 40, "settings": "then"}: go on from that step with the settings
    it had then, or those of "now"; {"settings": "undo"}: take the last change back).

    Raises TypeError for a callback of any other name.
    """
    return VIEW.mount(key, vars(given), changed)
