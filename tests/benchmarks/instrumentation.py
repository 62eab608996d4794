"""What watching costs: a measured step over the bare step of the same net, side by side in one run.

    uv run python -m tests.benchmarks.instrumentation

"every step": `Trainer.step()` each time. "display rate": a measured step with its histograms as often as the page
draws one while a net trains: every 50 ms, or as seldom as every 100 ms where a frame would take more than a 25th
of the time; plain steps between. "bare": the same network, data, loss and torch.optim as it
comes, in a loop of six lines, without any of ours.
Prints medians of the ratios of adjacent rounds; "bare again" shows the noise of the machine.
"""

import argparse
import statistics
import time

import torch
from torch.nn import functional

from engine import OPTIMIZERS, RunSpec, Trainer
from engine.measure.histograms import fair_share
from viz.workers.train.scheduler import Scheduler

NETS = {
    "10x100, batch 128": RunSpec(hidden=(100,) * 10, activation="tanh", lr=0.01),
    "50x100, batch 256": RunSpec(hidden=(100,) * 50, activation="tanh", batch_size=256, lr=0.01),
    "10x100, batch 128, ReLU + batch norm, Adam": RunSpec(
        hidden=(100,) * 10,
        activation="relu",
        initializer="he_normal",
        batch_norm="before",
        optimizer="adam",
        lr=1e-3,
    ),
    "10x100, batch 128, squared error": RunSpec(hidden=(100,) * 10, loss="mse", lr=0.01),
    "10x100, batch 128, sigmoid and binary cross-entropy": RunSpec(
        hidden=(100,) * 10, loss="bce", output="sigmoid", lr=0.01
    ),
    "10x100, batch 128, numbers": RunSpec(hidden=(100,) * 10, dataset="friedman", loss="mse", lr=0.01),
}


def squared(model, x, y):
    """The mean squared error, to numbers or to 1 for the right class and 0 for the others."""
    out = model(x)
    wanted = y[:, None] if y.is_floating_point() else functional.one_hot(y, out.shape[1]).to(out.dtype)
    return functional.mse_loss(out, wanted)


def binary(model, x, y):
    """Binary cross-entropy of what enters the last sigmoid."""
    *body, _ = model
    for module in body:
        x = module(x)
    return functional.binary_cross_entropy_with_logits(x, functional.one_hot(y, x.shape[1]).to(x.dtype))


LOSSES = {
    "cross_entropy": lambda model, x, y: functional.cross_entropy(model(x), y),
    "mse": squared,
    "bce": binary,
}


def bare(spec: RunSpec):
    """One step of a plain PyTorch training loop over the same net."""
    trainer = Trainer(spec)
    model, data = trainer.model, trainer.data
    optimizer = OPTIMIZERS[spec.optimizer].build(model.parameters(), spec.lr)
    order, position = torch.randperm(len(data.train_x)), 0

    def step():
        nonlocal order, position
        if position + spec.batch_size > len(order):
            order, position = torch.randperm(len(data.train_x)), 0
        batch = order[position : position + spec.batch_size]
        position += spec.batch_size
        optimizer.zero_grad()
        loss = LOSSES[spec.loss](model, data.train_x[batch], data.train_y[batch])
        loss.backward()
        optimizer.step()

    return step


def every_step(spec: RunSpec):
    """A measured step."""
    return Trainer(spec, capacity=2000).step


def display_rate(spec: RunSpec):
    """A step that is measured, with its histograms, when the scheduler of the app has it due.

    The time of the other ways between two rounds does not count: it would make the first step of every round a frame.
    """
    trainer = Trainer(spec, capacity=2000)
    limit = fair_share(len(trainer.model.linears()))
    now = 0.0
    scheduler = Scheduler(clock=lambda: now)
    scheduler.play("net")

    def step():
        nonlocal now
        start = time.perf_counter()
        while (turn := scheduler.turn()) is None:
            now += scheduler.wait()
        trainer.step(turn.measure)
        if turn.measure:
            trainer.histograms(limit=limit)
        took = time.perf_counter() - start
        now += took
        scheduler.spent(turn, took)

    return step


WAYS = {"bare": bare, "bare again": bare, "every step": every_step, "display rate": display_rate}


def one_round(spec: RunSpec) -> dict[str, float]:
    """Seconds a step takes each way, on new nets: where in memory a net happens to lie makes 2 % of difference."""
    ways = {name: way(spec) for name, way in WAYS.items()}
    for step in ways.values():
        seconds(step, 10)
    steps = max(10, int(1 / seconds(ways["bare"], 10)))
    return {name: seconds(step, steps) for name, step in ways.items()}


def seconds(step, steps: int) -> float:
    """Seconds a step takes, over so many of them."""
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return (time.perf_counter() - start) / steps


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=17)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    for name, spec in NETS.items():
        rows = [one_round(spec) for _ in range(rounds)]
        print(f"{name}: bare step {statistics.median(row['bare'] for row in rows) * 1e3:.2f} ms")
        for way in list(WAYS)[1:]:
            print(f"  {way:>12}  {statistics.median(row[way] / row['bare'] for row in rows):.3f} x")


if __name__ == "__main__":
    main()
