"""The chapter's experiment: an ELU net with and without batch norm, twenty epochs, test accuracy after each."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.experiments.looks import diverged_at
from engine.experiments.pace import Pace
from engine.spec import RunSpec
from engine.spec.examples import CHAPTER
from engine.spec.variants import without_batch_norm
from engine.tables.option import Whole
from engine.training.trainer import Trainer

EPOCHS = Whole("epochs", 20, 1, 100)


@dataclass(frozen=True, eq=False)
class Epochs:
    """Two runs epoch by epoch, [runs, epochs + 1] from before the first step on, NaN where not there yet.

    Runs: with batch norm, without. accuracy and loss: on the test set; batch norm with its running statistics.
    diverged_at [runs]: the step, -1 for never. steps: in an epoch.
    """

    accuracy: np.ndarray
    loss: np.ndarray
    diverged_at: np.ndarray
    steps: int
    done: float


def chapter(spec: RunSpec = CHAPTER, epochs: int = 20) -> Iterator[Epochs]:
    """Train the spec and the same without batch norm, and look at the test set at the end of each epoch."""
    return _train([spec, without_batch_norm(spec)], EPOCHS.check(epochs))


def _train(specs: Sequence[RunSpec], epochs: int) -> Iterator[Epochs]:
    trainers = [Trainer(spec) for spec in specs]
    samples = len(trainers[0].data.train_x)
    steps = max(1, samples // (specs[0].batch_size or samples))
    seen, pace = np.full((2, len(trainers), epochs + 1), math.nan), Pace()

    def picture(done: float) -> Epochs:
        at = np.array([diverged_at(trainer) for trainer in trainers])
        return Epochs(seen[0].copy(), seen[1].copy(), at, steps, done)

    for epoch in range(epochs + 1):
        for run, trainer in enumerate(trainers):
            for step in range(steps if epoch else 0):
                trainer.step(measure=False)
                if pace.due():
                    yield picture((epoch - 1 + (run + step / steps) / len(trainers)) / epochs)
            if not trainer.diverged:
                seen[1, run, epoch], seen[0, run, epoch] = trainer.evaluate()
    yield picture(1.0)
