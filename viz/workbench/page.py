"""What a page calls: an experiment's results as they come, with a bar that says how far it is."""

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from viz.server import tables
from viz.server.tokens import visitor
from viz.words import language
from viz.words.text import plain
from viz.workbench import host

LOOK = 0.1  # seconds between two looks, at which a changed control can end the wait
REDRAWN = 0.7  # seconds between two states of a bar: told more often, a browser loads no button meanwhile
KEPT = 64  # finished results kept for all visitors together
STARTS = "Starting …"
PARTS = 5  # times that a picture is drawn while it grows

Seen = TypeVar("Seen")
Say = Callable[[Mapping[str, Any]], str]


def progressively(
    of: Callable[..., Seen],
    name: str,
    parts: int | None = PARTS,
    say: Callable[[Seen], str] | None = None,
    **arguments: Any,
) -> Iterator[Seen]:
    """The results of an experiment, each more complete, at last the finished one; at once when it is known.

    of: makes a result of its fields, the dataclass that the experiment yields, as a rule. parts: how many shares of
    the work are told of besides the first result; None for every result. say: what the bar says of one.
    Draws the bar while it waits, and where the experiment fails the reason. Leaving the loop ends the experiment.
    """

    def said(result: Mapping[str, Any]) -> str:
        if say:
            return language.say(say(of(**result)))
        return language.say("Measuring: {done:percent}", done=result["done"])

    results = arriving(name, arguments, said)
    return (of(**result) for result in (results if parts is None else by_parts(results, parts)))


def is_known(name: str, **arguments: Any) -> bool:
    """Whether the finished result of this experiment is kept, so that nobody waits for it."""
    return _key(name, arguments) in _finished()


def by_parts(results: Iterable[dict[str, Any]], parts: int = PARTS) -> Iterator[dict[str, Any]]:
    """The first result, one each time that another share of the work is done, and the last."""
    reached = -1
    for result in results:
        if (part := int(parts * result["done"])) > reached:
            reached = part
            yield result


def arriving(name: str, arguments: Mapping[str, Any], say: Say) -> Iterator[dict[str, Any]]:
    """All results of an experiment as their fields by name, with a bar that bears what `say` says of each."""
    # taken also where nothing is waited for: what moves down the page would close its expanders
    place = st.empty()
    key, kept = _key(name, arguments), _finished()
    if key in kept:
        kept.move_to_end(key)
        yield kept[key]
        return
    work, told = host.shared().ask(visitor(), name, dict(arguments)), None
    bar = Bar(place, *waiting())
    try:
        while not work.over:
            news, result = work.wait(LOOK), work.result
            if result:
                bar.shows(min(max(result["done"], 0.0), 1.0), say(result))
            else:
                bar.shows(*waiting())
            # the whole one is drawn once its bar is gone: no share of it stands above what is finished
            if news and result and result["done"] < 1 and not work.over:
                told = result
                yield result
    finally:
        host.shared().drop(work)
    place.empty()
    if work.result is not None and work.result is not told:
        yield work.result
    if work.error:
        st.error(plain(language.say(work.error)), icon=":material/error:")
    elif work.result and not tables.named(arguments):  # what was found in a visitor's own goes with it
        kept[key] = work.result
        while len(kept) > KEPT:
            kept.popitem(last=False)


def waiting() -> tuple[float, str]:
    """What the bar says before there is a first result: how far the workbench's own start is, or that it works."""
    starting = host.shared().starting
    words = starting.words()
    return starting.share() if words else 0.0, language.say(words or STARTS)


class Bar:
    """A bar that is drawn again at most every `REDRAWN` seconds, and only where it says something else.

    That something is done is said at once: where nothing was before, it would stand above what can be seen already.
    """

    def __init__(self, place: DeltaGenerator, share: float, text: str) -> None:
        self._bar = place.progress(share, text=text)
        self._share, self._text, self._due = share, text, 0.0

    def shows(self, share: float, text: str) -> None:
        """Show it, or leave what is there; a changed control ends the script here."""
        st.session_state.get("bar")  # asked for anything, Streamlit looks whether this run is to end
        if text != self._text and ((now := time.monotonic()) >= self._due or self._share == 0):
            self._bar.progress(share, text=text)
            self._share, self._text, self._due = share, text, now + REDRAWN


def _key(name: str, arguments: Mapping[str, Any]) -> str:
    return f"{name} {json.dumps(arguments, sort_keys=True)}"


@st.cache_resource
def _finished() -> OrderedDict[str, dict[str, Any]]:
    return OrderedDict()
