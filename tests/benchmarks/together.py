"""Seeds together: the wall time of a sweep over that of its runs one by one, all in this run.

    uv run python -m tests.benchmarks.together

Eight seeds of 10x100 against one run of it, and small nets against the same nets in turn. Each side once to begin
with, then by turns; the median of the ratios stands beside the one to reach.
"""

import statistics
import time
from collections.abc import Callable

import torch

from engine import RunSpec, Trainer, sweep

ROUNDS = 3
LARGE = RunSpec(hidden=(100,) * 10, batch_size=128)
SMALL = RunSpec(dataset="moons", hidden=(32,) * 3, batch_size=64)
NARROW = SMALL.replace(hidden=(16,) * 5)
ROWS = [
    ("8 seeds of 10x100 over one", LARGE, 8, 1, 300, "5.0"),
    ("32 of 3x32 over one by one", SMALL, 32, 32, 300, "1/3.5"),
    ("128 of 5x16 over one by one", NARROW, 128, 128, 300, "1/8"),
]
"""What is compared: spec, seeds together, runs one by one, steps, what it must reach."""


def one_by_one(spec: RunSpec, runs: int, steps: int) -> None:
    for seed in range(runs):
        trainer = Trainer(spec.replace(seed=seed))
        for _ in range(steps):
            trainer.step(measure=False)
        trainer.evaluate()


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    torch.set_num_threads(1)
    for name, spec, together, alone, steps, must in ROWS:
        one_by_one(spec, 1, 20)
        sweep([spec], seeds=range(2), steps=2)
        ratios = [
            seconds(lambda: sweep([spec], seeds=range(together), steps=steps))  # noqa: B023
            / seconds(lambda: one_by_one(spec, alone, steps))  # noqa: B023
            for _ in range(ROUNDS)
        ]
        ratio = statistics.median(ratios)
        said = f"{ratio:.1f}" if ratio >= 1 else f"1/{1 / ratio:.1f}"
        print(f"{name}: {said} ({', '.join(f'{each:.2f}' for each in ratios)}); must {must}", flush=True)


if __name__ == "__main__":
    main()
