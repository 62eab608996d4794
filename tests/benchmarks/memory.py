"""What the server and its engine processes hold, over minutes of training.

    python -m tests.benchmarks.memory [--minutes 5] [--viewers 4]

Each viewer plays a run of its own, and every half minute one of them leaves its run for a new one, as visitors do.
Rings and histories fill in the first minutes, and a run that was left is kept for two; after that, growth should be
nothing but noise.
"""

import argparse
import asyncio
import time

import websockets

from engine import RunSpec
from tests.benchmarks.lab_server import Server, resident, serving

WARM = 150.0
EVERY = 10.0
LEAVES_EVERY = 30.0


async def play(server: Server, token: str) -> None:
    """Watch a run, and throw away what is seen."""
    origin = f"http://127.0.0.1:{server.port}"
    async with websockets.connect(server.url(token), origin=origin, compression=None) as socket:
        await socket.send('{"do":"play"}')
        async for _ in socket:
            pass


def held(server: Server) -> tuple[float, float]:
    """Megabytes of the server, and of all engine processes."""
    return resident(server.process.pid), sum(map(resident, server.engines()))


async def measure(server: Server, viewers: int, seconds: float) -> None:
    playing = [asyncio.create_task(play(server, server.want())) for _ in range(viewers)]
    begin = time.monotonic()
    rows: list[tuple[float, float, float]] = []
    left = begin + LEAVES_EVERY
    print("   time    server   engines (MB)")
    while (now := time.monotonic()) < begin + seconds:
        if now > left:
            left += LEAVES_EVERY
            playing.pop(0).cancel()
            playing.append(asyncio.create_task(play(server, server.want())))
        rows.append((now - begin, *held(server)))
        print("{:5.0f} s  {:8.1f}  {:8.1f}".format(*rows[-1]), flush=True)
        await asyncio.sleep(EVERY)
    for task in playing:
        task.cancel()
    warm = [row for row in rows if row[0] >= min(WARM, seconds / 2)]
    print(f"from {warm[0][0]:.0f} s on:")
    for name, column in (("server", 1), ("engine processes", 2)):
        first, last = warm[0][column], warm[-1][column]
        print(f"{name}: {last - first:+.1f} MB ({last / first - 1:+.1%}); aim: below +10 %")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--viewers", type=int, default=4)
    asked = parser.parse_args()
    seconds = 60 * asked.minutes
    spec = RunSpec(dataset="digits", hidden=(100,) * 10)
    with serving(spec) as server:
        asyncio.run(measure(server, asked.viewers, seconds))


if __name__ == "__main__":
    main()
