"""A watched net under the cell of the notebook that trains it: the page's canvas in a widget, and no server."""

import sys
import time
from collections import deque
from collections.abc import Callable
from functools import cache
from importlib import import_module, util
from typing import Any
from weakref import WeakMethod

from engine.tables.telling import told
from engine.tables.wording import Sentence
from viz.replay import watched
from viz.replay.bundle import widget_module
from viz.replay.page import texts
from viz.replay.run import STOPPED
from viz.theme import palettes
from viz.words.language import ENGLISH, speaking

ENTRY = "canvas/net/cell.js"
WAITS = Sentence("Waits for the first step of the cell.")
INSTALL = "pip install anywidget"
ELSEWHERE = "what shows this output draws no widgets; watch(..., notebook=False) shows the net in the app"
PAUSE = 1 / 30  # seconds between two frames that are sent, whatever the loop's pace
BYTES_A_SECOND = 4_000_000

OVER: "deque[Cell]" = deque(
    maxlen=8
)  # their nets may be gone, and a browser may still ask for what it missed


def is_here() -> bool:
    """Whether this process is the kernel of a notebook."""
    if (marimo := sys.modules.get("marimo")) is not None and marimo.running_in_notebook():
        return True
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None


def can_draw() -> bool:
    """Whether anywidget is installed."""
    return util.find_spec("anywidget") is not None


class Cell:
    """Shows one net below the cell that runs; see `showing.Stage`.

    The loop sends by itself, at most 30 frames and 4 MB a second, and never waits: a kernel hears nothing while a cell
    runs. What was left out, and what came before the browser was there, is told when the browser asks, after the cell.

    kept: the frames of before. language: in which it is read; what may be said in it goes along, as into a replay.
    Raises ImportError where anywidget is not installed.
    """

    url = ""

    def __init__(
        self,
        kept: Callable[[], list[bytes]],
        clock: Callable[[], float] = time.monotonic,
        language: str = ENGLISH,
    ) -> None:
        self._kept, self._clock, self._language = kept, clock, language
        self._made = canvas()
        self.widget: Any = None
        self._waiting: bytes | None = None
        self._next = 0.0

    def open(self, hello: dict[str, Any]) -> None:
        """Put it under the cell."""
        asked = WeakMethod(self._tell_past)

        def answer(_: Any, message: dict[str, Any], __: Any) -> None:
            if message.get("do") == "past" and (tell := asked()):
                tell()

        first = watched.hello(hello["labels"], hello["epoch"])
        stands = _standing("playing", WAITS)
        speech = self._speech({"hello": first, "standing": stands})
        self.widget = self._made(
            name=hello["name"], colors=palettes(), speech=speech, hello=first, standing=stands
        )
        self.widget.on_msg(answer)
        _display(self.widget)

    def greet(self, hello: dict[str, Any]) -> None:
        """The net's layers are known, or are others."""
        self._waiting = None
        self._say("hello", watched.hello(hello["labels"], hello["epoch"]))

    def show(self, frame: bytes) -> None:
        """One more frame; those between two that are sent are left out."""
        self._waiting = frame
        if self._clock() >= self._next:
            self._send()

    def tell(self, verdict: dict[str, Any]) -> None:
        """The newest verdict, on the frame that it is about."""
        self._send()
        self._say("verdict", verdict)

    def close(self, words: str, waits: bool = True) -> None:
        """The cell is done with it."""
        self._send()
        self._say("standing", _standing("paused", words))
        kept = self._kept()
        self._kept = lambda: kept
        OVER.append(self)

    def _say(self, what: str, message: dict[str, Any]) -> None:
        """A message of which a browser has the newest, and before it what it may need to say it."""
        known = self.widget.speech
        speech = self._speech(message)
        if speech["texts"].keys() - known["texts"].keys():
            self.widget.speech = speech | {"texts": known["texts"] | speech["texts"]}
        setattr(self.widget, what, message)

    def _speech(self, told: dict[str, Any]) -> dict[str, Any]:
        """The language, and of its catalog what the canvas and these messages may say."""
        with speaking(self._language):
            return {"language": self._language, "texts": texts(ENTRY, told)}

    def _send(self) -> None:
        if self._waiting is None:
            return
        self.widget.send({"say": "frame"}, [self._waiting])
        self._next = self._clock() + max(PAUSE, len(self._waiting) / BYTES_A_SECOND)
        self._waiting = None

    def _tell_past(self) -> None:
        self.widget.send_state(["speech", "hello", "standing", "verdict"])
        self.widget.send({"say": "past"}, self._kept())


def _standing(state: str, reason: str) -> dict[str, Any]:
    return told({**STOPPED, "state": state, "reason": reason})


@cache
def canvas() -> Any:
    """The class, which is there only where anywidget is."""
    try:
        anywidget, traitlets = import_module("anywidget"), import_module("traitlets")
    except ModuleNotFoundError as error:
        words = "a net is drawn in a notebook by {name}, which is not installed: {install}"
        raise ImportError(Sentence(words, name=error.name, install=INSTALL)) from error

    class Canvas(anywidget.AnyWidget):  # type: ignore[misc, name-defined]
        _esm = widget_module(ENTRY)
        name = traitlets.Unicode()
        colors, speech, hello, standing, verdict = (traitlets.Dict().tag(sync=True) for _ in range(5))

        def __repr__(self) -> str:
            return f"Your net, {self.name}: {ELSEWHERE}"

    return Canvas


def _display(widget: Any) -> None:
    marimo = sys.modules.get("marimo")
    if marimo is not None and marimo.running_in_notebook():
        marimo.output.append(marimo.ui.anywidget(widget))
    else:
        import_module("IPython.display").display(widget)
