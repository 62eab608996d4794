"""The nets that scripts show here: who came, what each said last, and which pages watch it."""

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.tables.wording import Sentence
from viz.live.audience import Audience
from viz.live.run import Shown
from viz.replay import watched
from viz.server.bounds import FullError
from viz.server.kept import kept
from viz.server.tokens import TOKEN
from viz.wire import frame as wire
from viz.wire.ring import Ring

MOST_NETS = 32
MOST_LAYERS = 20_000
FRAMES, BYTES = 600, 16_000_000
LONGEST_NAME = 200
WAITS = Sentence("Waits for the first step of the script.")
GONE = Sentence(
    "The script is gone without a word: it was killed, or its machine was. All that it sent is kept."
)


@dataclass(eq=False)
class Net(Shown):
    """One watched net. `place`: what it is, in a few words; `is_live` while its script is connected.

    sentences: what its name and its place are of, to be said in another language.
    """

    name: str = ""
    place: str = ""
    sentences: dict[str, Any] = field(default_factory=dict)
    is_live: bool = False
    arrivals: int = 0
    began: float = field(default_factory=time.time)
    ring: Ring = field(default_factory=lambda: Ring(FRAMES, BYTES))
    worst: str = ""

    def summary(self) -> dict[str, Any]:
        """What a list says of it."""
        sentences = {"sentences": self.sentences} if self.sentences else {}
        return {
            "token": self.token,
            "name": self.name,
            "place": self.place,
            **sentences,
            "live": self.is_live,
            "step": max(self.ring.newest_step, 0),
            "worst": self.worst,
            "began": self.began,
        }


class Nets(Audience[Net]):
    """All of them by token."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self.closed = threading.Event()

    def close(self) -> None:
        """Nothing is left to be done with them."""
        self.closed.set()

    def arrive(self, token: str, hello: dict[str, Any]) -> Net:
        """A script shows a net, or shows it again after the way to it was cut.

        Raises ValueError for what is no greeting, FullError where there are too many that are live or watched.
        """
        if not TOKEN.fullmatch(token):
            raise ValueError("a net's token has 32 letters, digits, - or _")
        labels = labels_of(hello)
        with self._lock:
            net = self.runs.get(token)
            if net is None:
                self._make_room()
                net = self.runs[token] = Net(token, self.clock())
            net.arrivals, net.is_live = net.arrivals + 1, True
            self._greet(net, hello, labels)
            return net

    @staticmethod
    def _greet(net: Net, hello: dict[str, Any], labels: list[str]) -> None:
        net.clear()
        net.epoch = int(hello.get("epoch", 0))
        net.name, net.place = (str(hello.get(key, ""))[:LONGEST_NAME] for key in ("name", "place"))
        sentences = told_in(hello)
        net.sentences = {key: sentences[key] for key in ("name", "place") if key in sentences}
        net.say(watched.hello(labels, net.epoch, bool(hello.get("histograms", True))))
        net.stands("playing", reason=WAITS)

    def hear(self, net: Net, header: dict[str, Any], body: bytes) -> None:
        """What its script says of a net."""
        with self._lock:
            match header.get("say"):
                case "hello":
                    self._greet(net, header, labels_of(header))
                case "frame":
                    if (step := wire.step(body)) > net.ring.newest_step:
                        net.show(step, body)
                case "verdict":
                    findings = header.get("findings") or []
                    net.worst = str(findings[0].get("name", "")) if findings else ""
                    net.say(
                        {key: header.get(key) for key in ("say", "findings", "past", "progress", "pause")}
                    )
                case "end":
                    self._ends(net, str(header.get("words", "")), told_in(header).get("words"))

    def cut_off(self, net: Net, arrival: int) -> None:
        """The way was cut by which its script had arrived."""
        with self._lock:
            if net.is_live and net.arrivals == arrival:
                self._ends(net, GONE)

    def _ends(self, net: Net, words: str, sentence: Any = None) -> None:
        net.is_live = False
        net.stands("paused", reason=words, sentences={"reason": sentence} if sentence else None)

    def summaries(self) -> list[dict[str, Any]]:
        """All of them, live ones first, then the newest."""
        with self._lock:
            nets = sorted(self.runs.values(), key=lambda net: (not net.is_live, -net.began))
            return [net.summary() for net in nets]

    def summary(self, token: str) -> dict[str, Any] | None:
        """The one of this token."""
        with self._lock:
            net = self.runs.get(token)
            return net.summary() if net else None

    def take_away(self, kept: str = "") -> None:
        """Forget those that are over and that nobody looks at, but the one of this token."""
        with self._lock:
            for net in self._over():
                if net.token != kept:
                    del self.runs[net.token]

    def do(self, token: str, verb: dict[str, Any]) -> dict[str, Any] | None:
        """A net of somebody's own is only looked at: whatever is asked of it, its script trains on as it does."""
        return {"say": "pong", "t": verb["t"]} if verb["do"] == "ping" else None

    def _make_room(self) -> None:
        if len(self.runs) < MOST_NETS:
            return
        over = self._over()
        if not over:
            raise FullError(
                "{most} nets are shown here already, as many as there is room for", most=MOST_NETS
            )
        with contextlib.suppress(KeyError):
            del self.runs[min(over, key=lambda net: net.seen).token]

    def _over(self) -> list[Net]:
        return [net for net in self.runs.values() if not net.is_live and not net.viewers]


def told_in(header: dict[str, Any]) -> dict[str, Any]:
    """The sentences of what a script says, by its keys."""
    sentences = header.get("sentences")
    return sentences if isinstance(sentences, dict) else {}


def labels_of(hello: dict[str, Any]) -> list[str]:
    """The layers' paths in a greeting. Raises ValueError where there are none, or too many."""
    labels = hello.get("labels")
    if not isinstance(labels, list) or len(labels) > MOST_LAYERS:
        raise ValueError(Sentence("a net's greeting lists its layers, at most {most}", most=MOST_LAYERS))
    return [str(label)[:LONGEST_NAME] for label in labels]


def shared() -> Nets:
    """The one of this server."""
    return kept("nets", Nets)
