"""An engine process that only remembers what it was told, and a clock that is set by hand."""

from pathlib import Path
from typing import Any

from tests.viz.live.frames import encoded
from viz.live.host import Host
from viz.wire import checkpoints

TOKEN = "first_run_of_this_test-0123456-A"
OTHER = "other_run_of_this_test-0123456-B"


class FakeEngine:
    def __init__(self, heard, lost, folder: Path | None = None):
        self.heard, self.lost, self.folder = heard, lost, folder
        self.orders: list[dict[str, Any]] = []
        self.starts = self.ends = 0

    def start(self):
        self.starts += 1

    def send(self, order):
        self.orders.append(order)

    def close(self):
        self.ends += 1

    def checkpoints(self, token, life):
        return checkpoints.of(self.folder, token, life)

    def asked(self, *names: str) -> list[tuple]:
        """The verbs of the orders so far, with these fields; then forgets them."""
        orders, self.orders = self.orders, []
        return [(order["do"], *(order.get(name) for name in names)) for order in orders]


class Clock:
    def __init__(self):
        self.now = 50.0

    def __call__(self):
        return self.now


class FakeViewer:
    """A mailbox that keeps everything."""

    def __init__(self):
        self.got: list[Any] = []
        self.closed = None

    def recalled(self, data, kind):
        self.frame(data)

    def frame(self, data):
        self.got.append(data)

    def message(self, message):
        self.got.append(message)

    def close(self, code, reason):
        self.closed = (code, reason)

    def messages(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.got if isinstance(each, dict) and each["say"] == kind]

    def states(self) -> list[str]:
        return [message["state"] for message in self.messages("state")]


class Stage:
    """A host with a fake engine, and short words for what the engine says."""

    def __init__(self, folder: Path):
        self.clock = Clock()
        self.host = Host(lambda heard, lost: FakeEngine(heard, lost, folder), clock=self.clock)
        self.host.start = lambda: self.engine.start()  # no thread: the test ticks
        self.engine: FakeEngine = self.host._engines

    def watch(self, token: str = TOKEN) -> FakeViewer:
        viewer = FakeViewer()
        assert self.host.attach(token, viewer)
        return viewer

    def say(self, say: str, token: str = TOKEN, epoch: int = 0, body: bytes = b"", **more):
        self.host.heard({"say": say, "token": token, "epoch": epoch} | more, body)

    def state(self, state: str, epoch: int = 0, token: str = TOKEN, **more):
        self.say("state", token, epoch, state=state, **more)

    def frame(self, step: int, epoch: int = 0, token: str = TOKEN) -> bytes:
        data = encoded(layers=3, step=step, epoch=epoch)
        self.say("frame", token, epoch, data, step=step)
        return data

    def after(self, seconds: float):
        """Time passes, in ticks of half a second."""
        end = self.clock.now + seconds
        while self.clock.now < end:
            self.clock.now += 0.5
            self.host.tick()
