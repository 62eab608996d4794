"""The same net trained with several rates of dropout: its loss on the data it learns from, and on new ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.experiments.looks import JUDGED, STEPS, diverged_at, looks
from engine.nets.modes import inference, judged
from engine.spec import RunSpec
from engine.spec.variants import with_dropout
from engine.training.trainer import Trainer

RATES = (0.0, 0.2, 0.5, 0.8)
MOMENTS = 16


@dataclass(frozen=True, eq=False)
class DropoutRates:
    """One run a rate, equal weights and batches. loss, accuracy [rates, moments, 2]: training and test samples, both at
    inference; NaN where the run is still to come or has diverged (diverged_at [rates], -1: not)."""

    done: float
    rates: tuple[float, ...]
    step: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    diverged_at: np.ndarray


def dropout_rates(
    spec: RunSpec, steps: int = 200, rates: Sequence[float] = RATES, moments: int = MOMENTS
) -> Iterator[DropoutRates]:
    """Train a net for each rate, side by side; all so far each time.

    Raises SpecError without hidden layers and for a rate that is not allowed.
    """
    with_dropout(spec)
    due = looks(STEPS.check(steps), moments)
    trainers = [Trainer(spec.replace(dropout=rate), capacity=2) for rate in rates]
    seen = np.full((2, len(trainers), len(due), 2), np.nan)
    for index, look in enumerate(due):
        for row, trainer in enumerate(trainers):
            while trainer.steps < look and not trainer.diverged:
                trainer.step(measure=False)
            if not trainer.diverged:
                seen[:, row, index] = np.transpose(_judged(trainer))
            yield DropoutRates(
                done=(index + (row + 1) / len(trainers)) / len(due),
                rates=tuple(trainer.spec.dropout for trainer in trainers),
                step=np.array(due),
                loss=seen[0].copy(),
                accuracy=seen[1].copy(),
                diverged_at=np.array([diverged_at(trainer) for trainer in trainers]),
            )


def _judged(trainer: Trainer) -> list[tuple[float, float]]:
    """(loss, accuracy) of training and of test samples, at inference."""
    data = trainer.data
    with inference(trainer.model):
        return [
            judged(trainer.model, x[:JUDGED], y[:JUDGED])
            for x, y in ((data.train_x, data.train_y), (data.test_x, data.test_y))
        ]
