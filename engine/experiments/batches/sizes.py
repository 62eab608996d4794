"""What the batch size costs and brings: time a step, and the loss of full batch, mini-batches and single samples."""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.experiments.batches.noise import batch_sizes
from engine.experiments.looks import diverged_at
from engine.experiments.pace import Pace
from engine.nets.modes import inference, judged
from engine.spec import RunSpec
from engine.tables.option import Whole
from engine.training.trainer import Trainer

STEPS = Whole("steps", 200, 1, 2000)
EPOCHS = Whole("epochs", 2, 1, 20)
LARGEST = 4096  # samples in a timed step
WORK = 2e9  # parameters x samples of a timed step
SECONDS = 0.06  # that each size is timed for, and at least REPEATS steps
REPEATS = 5
MINI = 32  # the mini-batch where the spec itself has none
LOOKED_AT = 2048  # training samples whose loss is drawn
MOST_STEPS = 10_000  # of a run: single samples of a large set do not get through its epochs
UPDATES = 5e9  # parameters x steps of a run, beyond the steps asked for
POINTS = 60  # at which the loss of a run is looked at, evenly over the logarithm of its steps


@dataclass(frozen=True, eq=False)
class BatchTimes:
    """How long a step takes: arrays [sizes], NaN where not timed yet. The last size is the full batch where it fits.

    step: seconds of one step, forward, backward and update. epoch: seconds for as many samples as the training set has.
    done: the share of the work behind it.
    """

    sizes: np.ndarray
    step: np.ndarray
    epoch: np.ndarray
    samples: int
    done: float


def batch_times(spec: RunSpec) -> Iterator[BatchTimes]:
    """Time a step at every batch size: the fastest of several, which the machine's other work disturbs least."""
    # at rate 0 the net stays where it is, whatever the batch
    trainer = Trainer(spec.replace(lr=0.0))
    samples = len(trainer.data.train_x)
    sizes = np.append(batch_sizes(samples, alone=not trainer.model.norms()), samples)
    sizes = sizes[sizes <= largest_batch(trainer)]
    step = np.full(len(sizes), math.nan)
    for k, size in enumerate(sizes.tolist()):
        trainer.change(batch_size=size)
        step[k] = seconds_a_step(trainer)
        yield BatchTimes(sizes, step.copy(), step * samples / sizes, samples, (k + 1) / len(sizes))


def largest_batch(trainer: Trainer) -> int:
    """The full batch, or as many samples as one step can see without holding up everybody else."""
    affordable = int(WORK / sum(p.numel() for p in trainer.parameters))
    return min(len(trainer.data.train_x), LARGEST, max(2, affordable))


def seconds_a_step(trainer: Trainer) -> float:
    """The fastest of several plain steps; NaN for a run that diverged."""
    trainer.step(measure=False)
    best, began, count = math.inf, time.perf_counter(), 0
    while count < REPEATS or time.perf_counter() - began < SECONDS:
        before = time.perf_counter()
        trainer.step(measure=False)
        best = min(best, time.perf_counter() - before)
        count += 1
    return math.nan if trainer.diverged else best


@dataclass(frozen=True, eq=False)
class BatchRuns:
    """Three runs from one start: full batch, mini-batches, one sample a step (two with batch norm).

    batch [runs]: samples a step; `largest_batch` stands for a full batch that is too large. Arrays [runs, points],
    NaN where a run has not come yet or diverged: `step`, the steps taken, 0 first; `seconds` that they took; `loss`
    on the training set (its first `LOOKED_AT` samples, in evaluation mode). accuracy [runs]: on the test set now,
    NaN once diverged; diverged_at [runs]: -1 for never. done: the share of the work behind it.
    """

    batch: np.ndarray
    step: np.ndarray
    seconds: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    diverged_at: np.ndarray
    done: float

    def seen(self) -> np.ndarray:
        """Samples seen by then, [runs, points]."""
        return self.batch[:, None] * self.step


def batch_runs(spec: RunSpec, steps: int = 200, epochs: int = 2) -> Iterator[BatchRuns]:
    """Train three nets alike but for their batch size; each takes at least `steps` steps and sees `epochs` epochs.

    The learning rate is the same for all. Yields everything so far; the runs grow together.
    """
    return _train(spec, STEPS.check(steps), EPOCHS.check(epochs))


def _train(spec: RunSpec, steps: int, epochs: int) -> Iterator[BatchRuns]:
    first = Trainer(spec)
    samples, full = len(first.data.train_x), largest_batch(first)
    one = 2 if first.model.norms() else 1
    mini = spec.batch_size if spec.batch_size and one < spec.batch_size < full else min(MINI, full)
    batch = np.array([full, mini, one])
    most = max(steps, min(MOST_STEPS, int(UPDATES / sum(p.numel() for p in first.parameters))))
    wanted = np.clip(epochs * samples // batch, steps, most)
    runs = [_Run(spec.replace(batch_size=b), n) for b, n in zip(batch.tolist(), wanted.tolist(), strict=True)]
    pace = Pace()
    while going := [run for run in runs if run.marks]:
        min(going, key=lambda run: run.done).advance()
        if pace.due():
            yield _picture(batch, runs, 0.999 * float(np.mean([run.done for run in runs])))
    yield _picture(batch, runs, 1.0)


class _Run:
    """One of the three, and what was seen of it at each mark on its way."""

    def __init__(self, spec: RunSpec, steps: int):
        self.trainer, self.steps, self.seconds = Trainer(spec), steps, 0.0
        self.marks = np.unique(np.geomspace(1, steps, POINTS).round().astype(int)).tolist()
        self.rows = [(0, 0.0, training_loss(self.trainer))]

    @property
    def done(self) -> float:
        return self.trainer.steps / self.steps if self.marks else 1.0

    def advance(self) -> None:
        """Go on to the next mark, or so far as a picture's time allows."""
        pace = Pace()
        while self.trainer.steps < self.marks[0] and not self.trainer.diverged:
            began = time.perf_counter()
            self.trainer.step(measure=False)
            self.seconds += time.perf_counter() - began
            if pace.due():
                return
        if self.trainer.diverged:
            self.marks = []
            return
        self.rows.append((self.marks.pop(0), self.seconds, training_loss(self.trainer)))


def training_loss(trainer: Trainer) -> float:
    """The loss on the training set as `Trainer.evaluate` has it on the test set."""
    with inference(trainer.model):
        return judged(trainer.model, trainer.data.train_x[:LOOKED_AT], trainer.data.train_y[:LOOKED_AT])[0]


def _picture(batch: np.ndarray, runs: Sequence[_Run], done: float) -> BatchRuns:
    rows = np.full((len(runs), max(len(run.rows) for run in runs), 3), math.nan)
    for k, run in enumerate(runs):
        rows[k, : len(run.rows)] = run.rows
    step, seconds, loss = np.moveaxis(rows, -1, 0)
    return BatchRuns(
        batch=batch,
        step=step,
        seconds=seconds,
        loss=loss,
        accuracy=np.array([math.nan if run.trainer.diverged else run.trainer.evaluate()[1] for run in runs]),
        diverged_at=np.array([diverged_at(run.trainer) for run in runs]),
        done=done,
    )
