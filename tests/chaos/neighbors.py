"""A small net beside three of the largest that the bounds allow, and thirty viewers for a long time."""

import contextlib
import os
import threading
import time
from itertools import pairwise
from pathlib import Path

from websockets.exceptions import ConnectionClosed

from engine import RunSpec
from tests.benchmarks.lab_server import Server, resident
from tests.chaos.promises import Row
from tests.viz.live.server import Viewer

WITHIN = 300
STILL = 10.0  # seconds since a viewer's last frame, after which it sees nothing any more
SMALL = RunSpec(dataset="moons", hidden=(16, 16, 16), batch_size=64)
LARGEST = RunSpec(
    dataset="digits",
    hidden=(256,) * 100,
    batch_size=1024,
    dtype="float64",
    optimizer="adam",
    batch_norm="before",
)


class Watching(threading.Thread):
    """Reads all that comes to a viewer, and keeps (seconds, step) of each frame."""

    def __init__(self, viewer: Viewer) -> None:
        super().__init__(daemon=True)
        self.viewer = viewer
        self.seen: list[tuple[float, int]] = []
        self.start()

    def run(self) -> None:
        with contextlib.suppress(ConnectionClosed, TimeoutError):
            while True:
                step = self.viewer.next(within=WITHIN)["step"]
                self.seen.append((time.monotonic(), step))

    def pace(self, seconds: float) -> tuple[float, float]:
        """Steps a second over so long from now on, and the longest time without a frame."""
        first = len(self.seen)
        time.sleep(seconds)
        seen = self.seen[first:]
        (began, step), (end, last) = seen[0], seen[-1]
        return (last - step) / (end - began), max(after[0] - before[0] for before, after in pairwise(seen))


def beside_large_ones(server: Server, seconds: float) -> Row:
    """The small net alone, then beside three large ones that play."""
    with Viewer(server.port, server.want(SMALL)) as small:
        small.next("state", WITHIN, state="paused")
        small.do("play")
        watching = Watching(small)
        time.sleep(3)
        alone, _ = watching.pace(seconds)
        large = [Viewer(server.port, server.want(LARGEST)) for _ in range(3)]
        for viewer in large:
            viewer.do("play")
        for viewer in large:
            viewer.next("state", WITHIN, state="playing")
        time.sleep(3)
        beside, longest = watching.pace(seconds)
        for viewer in large:
            viewer.close()
    held = beside >= alone / 2 and longest <= 1.0
    words = f"{alone:.0f} steps/s alone, {beside:.0f} beside them; longest without a frame {longest:.2f} s"
    return Row("slow", 1, int(held), words)


def crowd(server: Server, viewers: int, seconds: float) -> Row:
    """So many viewers, each with a net of its own that plays; what the server holds before and after."""
    watching = [Viewer(server.port, server.want()) for _ in range(viewers)]
    for viewer in watching:
        viewer.do("play")
        viewer.next("state", WITHIN, state="playing")
    seeing = [Watching(viewer) for viewer in watching]
    time.sleep(seconds / 5)  # until each run's past is as long as it may be
    before = held_by(server)
    time.sleep(seconds * 4 / 5)
    after, now = held_by(server), time.monotonic()
    still = sum(bool(each.seen) and each.seen[-1][0] > now - STILL for each in seeing)
    for viewer in watching:
        viewer.close()
    held = after[0] < before[0] * 1.2 + 30 and after[1] <= before[1] + 5
    words = f"{before[0]:.0f} MB, then {after[0]:.0f}; {before[1]} descriptors, then {after[1]}"
    return Row("crowd", viewers, still * held, words)


def held_by(server: Server) -> tuple[float, int]:
    """Megabytes and descriptors of the server's own process."""
    pid = server.process.pid
    return resident(pid), len(os.listdir(Path(f"/proc/{pid}/fd")))
