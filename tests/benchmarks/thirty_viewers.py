"""Thirty browsers' worth of websockets on one server, each with its own training run.

    python -m tests.benchmarks.thirty_viewers [--viewers 30] [--seconds 20]

Prints the share of ten updates a second that arrives, the age of what is on screen (in frames of 100 ms, sampled
60 times a second as a browser would), and how long an unrelated request takes meanwhile.
"""

import argparse
import asyncio
import struct
import time
import urllib.request

import numpy as np
import websockets

from engine import RunSpec
from tests.benchmarks.lab_server import Server, busy_seconds, seconds_of, serving

ASKED = 10.0
SETTLING = 5.0
MADE_AT = 56


class Watcher:
    """One viewer: (made, arrived) of each frame of its run, in Unix time."""

    def __init__(self, server: Server, token: str) -> None:
        self.server, self.token = server, token
        self.seen: list[tuple[float, float]] = []
        self.plays = asyncio.Event()

    async def watch(self) -> None:
        origin = f"http://127.0.0.1:{self.server.port}"
        async with websockets.connect(self.server.url(self.token), origin=origin, compression=None) as socket:
            await socket.send('{"do":"play"}')
            async for message in socket:
                if isinstance(message, bytes):
                    self.seen.append((struct.unpack_from("<d", message, MADE_AT)[0], time.time()))
                elif '"state": "playing"' in message:
                    self.plays.set()


async def knock(server: Server, start: float, end: float) -> list[float]:
    """Seconds that /_stcore/health takes, asked ten times a second."""

    def once() -> float:
        began = time.perf_counter()
        urllib.request.urlopen(f"http://127.0.0.1:{server.port}/_stcore/health", timeout=30).close()
        return time.perf_counter() - began

    await asyncio.sleep(start - time.time())
    took = []
    while time.time() < end:
        took.append(await asyncio.to_thread(once))
        await asyncio.sleep(0.1)
    return took


def ages(seen: list[tuple[float, float]], start: float, end: float) -> np.ndarray:
    """How old what is on screen is, 60 times a second, in frames."""
    made, arrived = np.array(seen).T
    grid = np.arange(max(start, arrived[0]), end, 1 / 60)
    return (grid - made[np.searchsorted(arrived, grid, side="right") - 1]) * ASKED


async def measure(server: Server, viewers: int, seconds: float) -> None:
    watchers = [Watcher(server, server.want()) for _ in range(viewers)]
    watching = [asyncio.create_task(watcher.watch()) for watcher in watchers]
    await asyncio.gather(*(watcher.plays.wait() for watcher in watchers))
    start = time.time() + SETTLING
    end = start + seconds
    shares, took = await asyncio.gather(cpu_over(server, start, end), knock(server, start, end))
    for task in watching:
        task.cancel()
    seen = [watcher.seen for watcher in watchers]
    held = np.array([sum(start <= arrived < end for _, arrived in each) for each in seen]) / (ASKED * seconds)
    old = np.concatenate([ages(each, start, end) for each in seen])
    server_cpu, engine_cpu, own_cpu, busy = shares
    frames = held.sum() * ASKED
    late, slow = np.percentile(old, 95), 1e3 * np.percentile(took, 95)
    print(
        f"updates held, of 10 a second  {held.mean():7.3f}   must 0.85, aim 0.95; worst viewer {held.min():.3f}"
    )
    print(f"age on screen p95, frames     {late:7.2f}   must 3, aim 2; median {np.median(old):.2f}")
    print(f"unrelated request p95, ms     {slow:7.1f}   must 150, aim 50")
    print(f"server CPU per frame, ms      {1e3 * server_cpu / frames:7.2f}   {server_cpu:.0%} of a core")
    print(f"engine CPU per frame, ms      {1e3 * engine_cpu / frames:7.2f}   {engine_cpu:.0%} of a core")
    others = busy - server_cpu - engine_cpu - own_cpu
    print(
        f"{len(server.engines())} engine processes; what else ran on this machine took {others:.0%} of a core"
    )


async def cpu_over(server: Server, start: float, end: float) -> np.ndarray:
    """Cores used between two times by the server, by its engine processes, by these viewers and by everything."""

    def used() -> np.ndarray:
        engines = sum(map(seconds_of, server.engines()))
        return np.array([seconds_of(server.process.pid), engines, time.process_time(), busy_seconds()])

    await asyncio.sleep(start - time.time())
    before = used()
    await asyncio.sleep(end - time.time())
    return (used() - before) / (end - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--viewers", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=20.0)
    asked = parser.parse_args()
    spec = RunSpec(dataset="digits", hidden=(100,) * 10)
    print(
        f"{asked.viewers} viewers, each with a run of ten layers of 100 on digits, batch 128; {asked.seconds:.0f} s"
    )
    with serving(spec) as server:
        asyncio.run(measure(server, asked.viewers, asked.seconds))


if __name__ == "__main__":
    main()
