"""10 optimizers x 1000 starts x 500 steps on Beale's function: `descend` against torch.optim one start at a time.

    python tests/benchmarks/descend.py

Both sides are timed by turns in the same run, in seconds of the processor, one thread each; the slow one on a few
starts, scaled up. Prints the median ratio, and checks that every path timed on both sides is the same, bit for bit.
"""

import statistics
import time

import numpy as np
import torch

from engine import OPTIMIZERS, SURFACES, descend

NAMES = ("sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "nadam", "adamax", "rprop")
STARTS, STEPS, ROUNDS = 1000, 500, 7


def one_at_a_time(start: np.ndarray) -> np.ndarray:
    """[runs, steps + 1, 2], the way anyone would write it."""
    surface = SURFACES["beale"]
    paths = []
    for name in NAMES:
        point = torch.tensor(start, requires_grad=True)
        optimizer = OPTIMIZERS[name].build([point], OPTIMIZERS[name].default_lr)
        path = [point.detach().clone()]
        for _ in range(STEPS):
            optimizer.zero_grad()
            surface(point).backward()
            optimizer.step()
            path.append(point.detach().clone())
        paths.append(torch.stack(path))
    return torch.stack(paths).numpy()


def timed(work, *given):
    began = time.process_time()
    result = work(*given)
    return result, time.process_time() - began


def main() -> None:
    torch.set_num_threads(1)
    starts = np.random.default_rng(0).uniform(-2, 2, (STARTS, 2))
    runs = [{"optimizer": name} for name in NAMES]
    descend("beale", runs, starts, STEPS)
    one_at_a_time(starts[0])

    fast, ratios, equal, compared = [], [], 0, 0
    for i in range(ROUNDS):
        race, seconds = timed(descend, "beale", runs, starts, STEPS)
        paths, slow = timed(one_at_a_time, starts[i])
        fast.append(seconds)
        ratios.append(slow * STARTS / seconds)
        finite = (
            np.arange(STEPS + 1) < np.where(race.diverged_at < 0, STEPS + 1, race.diverged_at)[:, i, None]
        )
        equal += np.array_equal(race.positions[:, i][finite], paths[finite])
        compared += 1
    print(f"descend: {statistics.median(fast):.3f} s (median of {ROUNDS}); best {min(fast):.3f} s")
    print(
        f"ratio over one start at a time: {statistics.median(ratios):.0f} ({min(ratios):.0f} to {max(ratios):.0f})"
    )
    print(f"bit-equal paths: {equal} of {compared} starts, {len(NAMES)} optimizers each, until they diverge")


if __name__ == "__main__":
    main()
