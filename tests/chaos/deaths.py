"""The processes that train are killed at any moment, in the middle of a rebuild too: what a page loses by it."""

import json
import os
import random
import signal
import time
from bisect import bisect_left
from statistics import median

from tests.benchmarks.lab_server import Server
from tests.chaos.promises import Row
from tests.viz.live.server import Viewer, ask

WITHIN = 300
SAID = ("hello", "state")
MOST_LOST = 2.0  # seconds of play


class Played:
    """What one page saw of its run: when it was at which step."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.seen: list[tuple[int, float]] = [(0, 0.0)]  # (step, seconds of play)
        self.seconds = 0.0

    def play(self, seconds: float) -> None:
        """Play, and watch for so long."""
        self.viewer.do("play")
        self.viewer.next("state", WITHIN, state="playing")
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            self.seen.append((self.viewer.next(within=WITHIN)["step"], self.seconds + passed))
        self.seconds += passed

    def back_at(self, step: int) -> tuple[int, float]:
        """The run goes on from this step: steps and seconds of play that are lost."""
        newest = self.seen[-1][0]
        steps = [seen for seen, _ in self.seen]
        at = self.seen[min(bisect_left(steps, step), len(steps) - 1)][1]
        lost = max(newest - step, 0), max(self.seconds - at, 0.0) if newest > step else 0.0
        self.seen = [entry for entry in self.seen if entry[0] <= step] or [(0, 0.0)]
        self.seconds = at
        return lost


def kill(server: Server) -> bool:
    """End every process that trains, at once; False where there is none, as in the pause before the next start."""
    found = server.engines()
    for pid in found:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return bool(found)


def come_back(viewer: Viewer, can: list[str]) -> None:
    """Press what the page offers; where the run is lost once more before it is back, press again, as a person would."""
    end = time.monotonic() + WITHIN
    viewer.do("resume" if "resume" in can else "rebuild")
    while time.monotonic() < end:
        message = viewer.next(SAID, WITHIN)
        if message["say"] == "hello":
            return
        if message.get("state") == "lost":
            viewer.do("resume" if "resume" in message["can"] else "rebuild")
    raise TimeoutError(f"the run did not come back within {WITHIN} s")


def kills(server: Server, count: int, seed: int = 11, most_lost: float = MOST_LOST) -> Row:
    """Play, kill, resume, again and again; every third time a second death comes within the rebuild.

    most_lost: seconds of play that a death may cost.
    """
    draw = random.Random(seed)
    lost: list[tuple[int, float]] = []
    back: list[float] = []
    with Viewer(server.port, server.want()) as viewer:
        viewer.next("state", WITHIN, state="paused")
        played = Played(viewer)
        for number in range(count):
            played.play(draw.uniform(0.3, 6.0))
            while not kill(server):
                time.sleep(0.1)
            can = viewer.next("state", WITHIN, state="lost")["can"]
            began = time.monotonic()
            if number % 3 == 2 and "resume" in can:
                viewer.do("resume")
                time.sleep(draw.uniform(0.0, 3.0))
                while not kill(server):
                    time.sleep(0.1)
                can = viewer.next("state", WITHIN, state="lost")["can"]
            come_back(viewer, can)
            lost.append(played.back_at(viewer.next(within=WITHIN)["step"]))
            back.append(time.monotonic() - began)
    steps, seconds = zip(*lost, strict=True)
    held = sum(each <= most_lost for each in seconds)
    words = (
        f"steps: median {median(steps):g}, most {max(steps)}; seconds of play: median {median(seconds):.1f}, most "
        f"{max(seconds):.1f}; back after {median(back):.1f} s, at most {max(back):.1f}"
    )
    return Row("death", count, held, words)


BACK_WITHIN = 12.0
RACE, WORKBENCH = "viz.workers.race.worker", "viz.workers.bench.worker"


def helpers(server: Server, count: int, within: float = BACK_WITHIN) -> Row:
    """The race's and the workbench's process are killed in turn, and somebody asks at once."""
    took = {RACE: [], WORKBENCH: []}
    asking = {RACE: race_answers, WORKBENCH: workbench_answers}
    for each in (RACE, WORKBENCH):
        asking[each](server)
    for number in range(count):
        module = (RACE, WORKBENCH)[number % 2]
        for pid in server.children(module):
            os.kill(pid, signal.SIGKILL)
        took[module].append(asking[module](server))
    held = sum(seconds <= within for each in took.values() for seconds in each)
    words = "; ".join(
        f"{name} after {median(each):.1f} s, at most {max(each):.1f}"
        for name, each in (("the race", took[RACE]), ("the workbench", took[WORKBENCH]))
    )
    return Row("helpers", count, held, words)


def race_answers(server: Server) -> float:
    """Seconds until a page's question is answered, asked again while it is refused."""
    began, token = time.monotonic(), server.admit()
    origin = {"origin": f"http://127.0.0.1:{server.port}"}
    question = json.dumps({"ask": "paths", "race": {}}).encode()
    while (
        "octet-stream"
        not in (ask(server.port, f"/race/ask/{token}", question, WITHIN, **origin).headers["content-type"])
    ):
        time.sleep(0.2)
    return time.monotonic() - began


def workbench_answers(server: Server) -> float:
    """Seconds until an experiment has its first result, begun again while its process dies."""
    return server.work("audit")


def asleep(server: Server, seconds: float = 10.0) -> Row:
    """The processes stand still, as on a laptop that sleeps; frames come again by themselves."""
    with Viewer(server.port, server.want()) as viewer:
        viewer.next("state", WITHIN, state="paused")
        viewer.do("play")
        before = viewer.next(within=WITHIN)["step"]
        stopped = server.engines()
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        began = time.monotonic()
        while viewer.next(within=WITHIN)["step"] <= before:
            pass
        return Row("asleep", 1, 1, f"a frame {time.monotonic() - began:.1f} s after it went on")
