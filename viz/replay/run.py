"""A run's replay: all panels, every verdict, each step."""

from collections.abc import Mapping, Sequence
from typing import Any

from viz.replay.page import page
from viz.wire import recording
from viz.words.language import say

ENTRY = "canvas/run/replay.js"
STOPPED: dict[str, Any] = {"say": "state", "state": "paused", "reason": "", "can": [], "divergence": None}


def replay(
    frames: Sequence[bytes],
    hello: Mapping[str, Any],
    verdicts: Sequence[tuple[int, Mapping[str, Any]]] = (),
    end: Mapping[str, Any] = STOPPED,
    title: str = "",
    caption: str = "",
) -> str:
    """The HTML file of a run that was recorded.

    frames: as `viz.wire.frame.encode` makes them, of one net, steps rising; heads may be among them. hello: what the
    live view needs before the first frame, what `viz.wire.table.told` says at least.
    verdicts: (step, {"findings": [...]}) as they were told, each holds from its step on. end: the last state.

    WireError when there is no whole frame, or when they are not of one net.
    """
    told = {
        "hello": {"say": "hello", "epoch": 0, **hello},
        "verdicts": [[step, {**message}] for step, message in verdicts],
        "end": dict(end),
        "caption": caption,
    }
    return page(ENTRY, title or say("A recorded run"), caption, told, recording.pack(frames))
