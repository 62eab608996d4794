"""One run as the server knows it: what it is, how it stands, its frames and who watches."""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from queue import Queue
from typing import Any, NamedTuple

from engine import RunSpec
from engine.tables.datasets import Dataset
from engine.tables.telling import told
from viz.live.answer import Answer
from viz.live.mailbox import Mailbox
from viz.server.bucket import Bucket
from viz.server.visitors import NOBODY, Visitor
from viz.wire import frame as wire
from viz.wire import recording
from viz.wire.ring import Ring
from viz.wire.table import COLUMNS, Column, columns

NOTICES = 5
VERDICTS = 500
GHOSTS = 3  # paths that were left, of which the curves keep a line
GHOST_POINTS = 300
LEFT, LEFT_BYTES = 240, 2_000_000  # frames of the path left last, for pages that come later
MOMENT, SIGHT = "moment", "sight"  # what is recalled


class Recording(NamedTuple):
    """What the server holds of a run: its frames, of some only the head, and what was said of them.

    verdicts: (the step of the newest frame, the message), steps rising. end: the state it is in. token: the run's.
    """

    spec: RunSpec
    hello: dict[str, Any]
    frames: list[bytes]
    verdicts: list[tuple[int, dict[str, Any]]]
    end: dict[str, Any]
    token: str = ""


@dataclass(eq=False)
class Shown:
    """What pages see of a net that trains elsewhere: its frames, what is said of it, and who watches.

    Guarded by its host's lock. `state` is what was said of it last; `seen` is when a viewer last came, left, or asked
    by HTTP. A new epoch has frames of its own. `left` are frames of the path that was left last.
    """

    token: str
    seen: float
    epoch: int = -1
    viewers: set[Mailbox] = field(default_factory=set)
    ring: Ring = field(default_factory=Ring)
    bucket: Bucket = field(default_factory=lambda: Bucket(burst=200, per_second=100))
    state: dict[str, Any] = field(default_factory=lambda: standing("waiting"))
    _latest: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    _notices: deque[tuple[int, dict[str, Any]]] = field(default_factory=lambda: deque(maxlen=NOTICES))
    _verdicts: deque[tuple[int, dict[str, Any]]] = field(default_factory=lambda: deque(maxlen=VERDICTS))
    _recalled: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    left: list[bytes] = field(default_factory=list)
    said: int = 0

    def stands(self, state: str, **more: Any) -> None:
        """Change the state, and tell all viewers."""
        self.state = standing(state, **more)
        self.say(self.state)

    def say(self, message: dict[str, Any]) -> None:
        """Tell all viewers, and remember it for those who come later or ask by HTTP."""
        self.said += 1
        if message["say"] == "notice":
            self._notices.append((self.said, message))
        else:
            self._latest[message["say"]] = (self.said, message)
        if message["say"] == "verdict":
            self._verdicts.append((max(0, self.ring.newest_step), message))
        for viewer in self.viewers:
            viewer.message(message)

    def unsay(self, *kinds: str) -> None:
        """What was said of the settings before: viewers are told that it holds no more."""
        for kind in kinds:
            if self._latest.pop(kind, None):
                for viewer in self.viewers:
                    viewer.message({"say": kind})

    def show(self, step: int, data: bytes) -> None:
        """Keep a frame, and put it in every viewer's box."""
        self.ring.append(step, data)
        for viewer in self.viewers:
            viewer.frame(data)

    def recall(self, data: bytes, kind: str = MOMENT) -> None:
        """What somebody asked for: the frame of a step of before, or what the net sees; the newest of each kind."""
        self.said += 1
        self._recalled[kind] = self.said, data
        for viewer in self.viewers:
            viewer.recalled(data, kind)

    def frame(self, step: int) -> bytes | None:
        """The frame of this step where it is here, or was recalled; else the last before it, None without."""
        _, recalled = self._recalled.get(MOMENT, (0, None))
        return recalled if recalled and recording.step(recalled) == step else self.ring.at(step)

    def recalled(self, after: int) -> list[bytes]:
        """What was recalled after that many messages."""
        return [data for number, data in self._recalled.values() if number > after]

    def clear(self) -> None:
        """Forget what was measured and said."""
        self.ring.clear()
        self._latest.clear()
        self._recalled.clear()
        self._verdicts.clear()

    def welcome(self, viewer: Mailbox) -> None:
        """Bring a new viewer up to date: the newest message of each kind, and the newest frame."""
        self.viewers.add(viewer)
        for message in self.messages():
            if message["say"] != "notice":
                viewer.message(message)
        if self.ring.newest:
            viewer.frame(self.ring.newest)

    @property
    def columns(self) -> Sequence[Column]:
        """What its frames have columns for, as its hello told."""
        return columns(self._latest["hello"][1]) if "hello" in self._latest else COLUMNS

    def messages(self, after: int = 0) -> list[dict[str, Any]]:
        """What was said after that many messages and still holds: hello, state, verdict, then notices."""
        order = ("hello", "branched", "state", "changes", "verdict", "tried", "luck")
        kept = [self._latest[kind] for kind in order if kind in self._latest] + list(self._notices)
        return [message for number, message in kept if number > after]


@dataclass(eq=False)
class Run(Shown):
    """The host's side of a run; the trainer is in the engine process.

    `wants_to_play` is what the visitor asked for last; `state` is what the engine says, or "waiting" and "lost".
    `life` is the epoch in which it was begun from its spec: every resume is a new epoch of the same life.
    `table` is what it trains on where that is somebody's own, which goes with it.
    `stop` is where it is to stop by itself, as `verbs.STOPS` has it, until it has.
    `is_left` says that it was paused because nobody watched, `goes_on` that it played until then.
    """

    spec: RunSpec = field(kw_only=True)
    visitor: Visitor = NOBODY
    table: Dataset | None = None
    life: int = -1
    wants_to_play: bool = False
    steps_per_second: float | None = None
    scale: str = "symlog"
    stop: tuple[str, float | None] | None = None
    is_left: bool = False
    goes_on: bool = False
    asked: list[Queue[bytes]] = field(default_factory=list)  # who waits for its weights
    ghosts: deque[list[dict[str, Any]]] = field(default_factory=lambda: deque(maxlen=GHOSTS))
    answer: Answer = field(default_factory=Answer)

    @property
    def is_built(self) -> bool:
        """Whether the engine was ever asked for its trainer."""
        return self.epoch >= 0

    @property
    def is_held(self) -> bool:
        """Whether the engine holds its trainer now, or is about to."""
        return self.is_built and self.state["state"] != "lost"

    def leave(self) -> None:
        """Nobody watches: it pauses, until somebody does."""
        self.is_left, self.goes_on, self.wants_to_play = True, self.wants_to_play, False

    def come_back(self, now: float) -> bool:
        """Somebody watches; whether it played until nobody did, and goes on."""
        self.seen, goes_on, self.is_left, self.goes_on = now, self.goes_on, False, False
        self.wants_to_play |= goes_on
        return goes_on

    def say(self, message: dict[str, Any]) -> None:
        """Tell the viewers; where it was to stop it has, once it says so."""
        if message["say"] == "stopped":
            self.stop = None
        super().say(message)

    def hand_out(self, weights: bytes) -> None:
        """Who waits for its weights has them now."""
        waiting, self.asked = self.asked, []
        for one in waiting:
            one.put(weights)

    def restart(self, resumes: bool) -> None:
        """Forget what was measured: a new epoch begins, and a new life unless it goes on where it was."""
        self.epoch += 1
        if not resumes:
            self.life = self.epoch
        self.clear()
        self.ghosts.clear()
        self.left = []

    def branch(self, step: int, spec: dict[str, Any]) -> None:
        """It goes on from this step with this spec: a new epoch of the same life. Of the path left a ghost stays."""
        if (left := self.ring.heads(step, GHOST_POINTS))[1:]:
            self.ghosts.append([_point(head) for head in left])
        self.left = self.ring.whole(step, LEFT, LEFT_BYTES)
        said: list[dict[str, Any]] = []
        self.epoch += 1
        self.ring.cut(step, self.epoch)
        self._recalled.clear()
        self._verdicts = deque((each for each in self._verdicts if each[0] <= step), maxlen=VERDICTS)
        for said_of_the_other_way in ("verdict", "tried", "luck"):
            self._latest.pop(said_of_the_other_way, None)
        if "hello" in self._latest:
            number, hello = self._latest["hello"]
            said = hello["columns"]
            self._latest["hello"] = number, hello | {"epoch": self.epoch, "spec": spec}
        told = {"epoch": self.epoch, "step": step, "spec": spec, "ghosts": list(self.ghosts), "left": said}
        self.say({"say": "branched"} | told)

    @property
    def changes(self) -> list[dict[str, Any]]:
        """The settings that were changed while it ran: step, words and what they were before."""
        return self._latest["changes"][1]["changes"] if "changes" in self._latest else []

    @property
    def hello(self) -> dict[str, Any] | None:
        """What the engine said of it before its first frame."""
        return self._latest["hello"][1] if "hello" in self._latest else None

    def recording(self) -> Recording | None:
        """All that is here of this run; None before its first frame."""
        if self.hello is None or self.ring.newest is None:
            return None
        return Recording(
            self.spec, self.hello, self.ring.after(-1), list(self._verdicts), self.state, self.token
        )


def _point(head: bytes) -> dict[str, Any]:
    """A point of the curves, from a frame's head; null where there is no number."""
    said = wire.decode(head)
    numbers = {name: said[name] for name in ("loss", "accuracy")}
    return {"step": said["step"]} | {
        name: value if math.isfinite(value) else None for name, value in numbers.items()
    }


def notice(text: str, level: str = "warning") -> dict[str, Any]:
    """A sentence for the page."""
    return told({"say": "notice", "level": level, "text": text})


def standing(
    state: str,
    reason: str = "",
    can: tuple[str, ...] = (),
    divergence: Any = None,
    share: float | None = None,
    sentences: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A state message. share: how far what is waited for has come, where that is known. sentences: what the engine
    said the reason of."""
    said = {"say": "state", "state": state, "reason": reason, "can": list(can), "divergence": divergence}
    more = {"share": share, "sentences": sentences}
    return told(said | {name: each for name, each in more.items() if each is not None})
