"""Runs by the dozen: nets that differ in their seed or fold alone in one batch where that pays, others in processes."""

import os
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import joblib
import torch
from joblib._parallel_backends import LokyBackend
from joblib.externals.loky.process_executor import TerminatedWorkerError
from joblib.parallel import get_active_backend

from engine.nets.modes import inference, judged
from engine.spec import RunSpec
from engine.tables.datasets import DATASETS, Dataset
from engine.training.data import Fold, data_of
from engine.training.many import Many, refusal
from engine.training.trainer import Trainer

MOST_TOGETHER = 128
FEWEST_TOGETHER = 3
TRIAL = 4  # steps that tell whether a batch pays
STRETCH = 10  # steps of a batch, after which others of the process may have their turn
TRIES = 3  # of a task whose process was killed


@dataclass(frozen=True)
class Job:
    """One run to train. fold: which of the training part is held out, as `load` has it, or None for the test set."""

    spec: RunSpec
    fold: Fold | None = None
    own: Dataset | None = None

    def __post_init__(self) -> None:
        """A table of somebody's own travels with the run to other processes."""
        object.__setattr__(self, "own", DATASETS.own(self.spec.dataset))

    def trainer(self) -> Trainer:
        """The run, not yet begun."""
        if self.own:
            DATASETS.lend(self.own)
        return Trainer(self.spec, data=data_of(self.spec, self.fold))


@dataclass(frozen=True)
class Outcome:
    """What became of a run: one number a look, [looks], NaN from the divergence on; diverged_at is -1 for never.

    train_loss: on the whole training part; test_loss, accuracy: on the test set, or on the fold that was held out.
    """

    train_loss: tuple[float, ...]
    test_loss: tuple[float, ...]
    accuracy: tuple[float, ...]
    diverged_at: int


def train(jobs: Sequence[Job], looks: Sequence[int]) -> Generator[tuple[int, Outcome], None, None]:
    """(index, outcome) of each job as it is done, each looked at after those steps; in no particular order.

    Tasks go through joblib: `joblib.parallel_config(backend=...)` around it decides where they run; else all cores
    of this machine. What a killed process had taken is done again.
    """
    missing = set(range(len(jobs)))
    for _ in range(TRIES):
        try:
            tasks = list(_tasks(jobs, sorted(missing), _processes))
            parallel = joblib.Parallel(n_jobs=_processes(len(tasks)), return_as="generator_unordered")
            with _closing(parallel(joblib.delayed(_train)(jobs, task, looks) for task in tasks)) as arriving:
                for done in arriving:
                    for index, outcome in done:
                        missing.discard(index)
                        yield index, outcome
            return
        except TerminatedWorkerError:
            continue
    raise RuntimeError(
        f"{len(missing)} runs of {len(jobs)} were lost {TRIES} times with the process that trained them"
    )


@contextmanager
def _closing(arriving: Generator) -> Iterator[Generator]:
    """Cancels what is still being trained when nobody waits for it any more, without joblib's advice against that."""
    try:
        yield arriving
    finally:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "[0-9]+ tasks .* cancelled")
            arriving.close()


def _processes(tasks: int) -> int | None:
    """As many as joblib was configured for, else one a core; None leaves it to the configuration."""
    backend, configured = get_active_backend()
    if configured is not None or not isinstance(backend, LokyBackend):
        return None
    return max(min(tasks, os.cpu_count() or 1), 1)


def _tasks(
    jobs: Sequence[Job], indices: Sequence[int], processes: Callable[[int], int | None]
) -> Iterator[list[int]]:
    """The jobs of each task: many that train in one batch, or one alone. processes: how many so many jobs may have."""
    alike = defaultdict(list)
    for index in indices:
        alike[jobs[index].spec.replace(seed=0)].append(index)
    for group in alike.values():
        pays = len(group) >= FEWEST_TOGETHER and _pays(
            jobs[group[0]], min(len(group), MOST_TOGETHER), processes
        )
        size = MOST_TOGETHER if pays else 1
        yield from (group[k : k + size] for k in range(0, len(group), size))


def _pays(job: Job, runs: int, processes: Callable[[int], int | None]) -> bool:
    """Whether one batch takes less time than the same steps one by one in as many processes; tried out on copies."""
    trainer = job.trainer()
    if refusal([trainer]):
        return False
    together = Many([trainer] * runs)
    alone = _seconds(lambda: trainer.step(measure=False))
    return _seconds(together.step) < alone * runs / (processes(runs) or 1)


def _seconds(step: Callable[[], object]) -> float:
    step()
    begun = time.perf_counter()
    for _ in range(TRIAL):
        step()
    return (time.perf_counter() - begun) / TRIAL


def swept(jobs: Sequence[Job], looks: Sequence[int]) -> Iterator[dict[int, Outcome]]:
    """`train` as `in_turn` tells of it."""
    return ({index: outcome} for index, outcome in train(jobs, looks))


def in_turn(jobs: Sequence[Job], looks: Sequence[int]) -> Iterator[dict[int, Outcome]]:
    """`train` in this process, a stretch at a time: what has ended since the one before, mostly nothing."""
    for task in _tasks(jobs, range(len(jobs)), lambda tasks: 1):
        for outcomes in _stretches([jobs[index].trainer() for index in task], looks):
            yield dict(zip(task, outcomes, strict=False))


def _train(jobs: Sequence[Job], task: Sequence[int], looks: Sequence[int]) -> list[tuple[int, Outcome]]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        trainers = [jobs[index].trainer() for index in task]
        *_, outcomes = _stretches(trainers, looks)
    finally:
        torch.set_num_threads(threads)
    return list(zip(task, outcomes, strict=True))


def watched(trainer: Trainer, looks: Sequence[int]) -> Generator[Outcome, None, None]:
    """Train one run, looked at after those steps: what became of it so far, once a look."""
    seen: list[Judged] = []
    for look in looks:
        while trainer.steps < look and not trainer.diverged:
            trainer.step(measure=False)
        seen.append(_judged(trainer) if not trainer.diverged else NOTHING)
        yield _outcome(seen, trainer.diverged.step if trainer.diverged else -1)


def _stretches(trainers: Sequence[Trainer], looks: Sequence[int]) -> Iterator[list[Outcome]]:
    """Nothing while they train, in the end what became of each."""
    if len(trainers) > 1 and not refusal(trainers):
        yield from _together(trainers, looks)
        return
    alone: list[Outcome] = []
    for trainer in trainers:
        for outcome in watched(trainer, looks):
            newest = outcome
            yield []
        alone.append(newest)
    yield alone


def _together(trainers: Sequence[Trainer], looks: Sequence[int]) -> Iterator[list[Outcome]]:
    many = Many(trainers)
    seen: list[list[Judged]] = [[] for _ in trainers]
    for look in looks:
        while many.steps < look and -1 in many.diverged_at:
            many.step()
            if many.steps % STRETCH == 0:
                yield []
        many.give_back()
        for own, trainer, diverged_at in zip(seen, trainers, many.diverged_at, strict=True):
            own.append(_judged(trainer) if diverged_at < 0 else NOTHING)
    yield [_outcome(*each) for each in zip(seen, many.diverged_at, strict=True)]


Judged = tuple[float, float, float]
NOTHING: Judged = (float("nan"),) * 3


def _judged(trainer: Trainer) -> Judged:
    with inference(trainer.model):
        train_loss, _ = judged(trainer.model, trainer.data.train_x, trainer.data.train_y)
    return (train_loss, *trainer.evaluate())


def _outcome(seen: Sequence[Judged], diverged_at: int) -> Outcome:
    train_loss, test_loss, accuracy = zip(*seen, strict=True)
    return Outcome(train_loss, test_loss, accuracy, diverged_at)
