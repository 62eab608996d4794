"""What it costs to watch a net of one's own: a step with every statistic, and at display rate, over the bare step.

`python -m tests.benchmarks.own_nets` prints the medians of interleaved rounds, one row a net; rows for a GPU where
there is one, else that they were not measured.
"""

import statistics
import time
from collections.abc import Callable

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from engine import Watch

ROUNDS, SECONDS = 7, 1.0
BATCH, FEATURES, CLASSES = 128, 64, 10


def mlp(depth: int, width: int) -> nn.Module:
    parts: list[nn.Module] = []
    for k in range(depth):
        parts += [nn.Linear(width if k else FEATURES, width), nn.Tanh()]
    return nn.Sequential(*parts, nn.Linear(width, CLASSES))


def row(depth: int, width: int, device: str) -> tuple[float, float, float]:
    """Milliseconds of the bare step, then the share of it that a measured step and a step at display rate take."""
    torch.manual_seed(0)
    net = mlp(depth, width).to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    x = torch.randn(BATCH, FEATURES, device=device)
    y = torch.randint(0, CLASSES, (BATCH,), device=device)

    def step() -> None:
        optimizer.zero_grad()
        cross_entropy(net(x), y).backward()
        optimizer.step()

    def lasts() -> float:
        steps, start = 0, time.perf_counter()
        while time.perf_counter() - start < SECONDS:
            step()
            steps += 1
        if device != "cpu":
            torch.cuda.synchronize()
        return (time.perf_counter() - start) / steps

    def watched(**options: int) -> float:
        with Watch(net, optimizer, **options):  # type: ignore[arg-type]
            step()
            return lasts()

    ways: dict[str, Callable[[], float]] = {
        "bare": lasts,
        "every step": lambda: watched(every=1),
        "display rate": watched,
    }
    for way in ways.values():
        way()
    times = [{name: way() for name, way in ways.items()} for _ in range(ROUNDS)]
    bare = statistics.median(each["bare"] for each in times)
    shares = [statistics.median(each[name] / each["bare"] for each in times) for name in list(ways)[1:]]
    return bare * 1e3, *shares


def main() -> None:
    torch.set_num_threads(1)
    print(f"{'net':<16}{'bare, ms':>10}{'every step':>12}{'display rate':>14}")
    for device in ("cpu", *(["cuda"] if torch.cuda.is_available() else [])):
        for depth, width in ((2, 32), (10, 100), (50, 100)):
            bare, every, rate = row(depth, width, device)
            print(f"{f'{depth}x{width}, {device}':<16}{bare:>10.2f}{every:>12.2f}{rate:>14.2f}", flush=True)
    if not torch.cuda.is_available():
        print("no GPU here: its rows were not measured")


if __name__ == "__main__":
    main()
