"""Where batch norm stands: the same net without it, ahead of each activation, after it, on the data, on the logits.

Ioffe & Szegedy 2015 put it ahead of the activation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.experiments.looks import JUDGED, STEPS, diverged_at, looks
from engine.nets.modes import inference, judged
from engine.spec import RunSpec, SpecError
from engine.spec.variants import without_batch_norm
from engine.training.trainer import Trainer

PLACES: dict[str, dict[str, Any]] = {
    "none": {},
    "before": {"batch_norm": "before"},
    "after": {"batch_norm": "after"},
    "before + data": {"batch_norm": "before", "batch_norm_input": True},
    "before + logits": {"batch_norm": "before", "batch_norm_output": True},
}
MOMENTS = 20


@dataclass(frozen=True, eq=False)
class Placements:
    """One run a place, equal weights at the start. loss, accuracy [places, moments]: test samples at inference.

    NaN where the run is still to come or has diverged (diverged_at [places], -1: not).
    """

    done: float
    places: tuple[str, ...]
    step: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    diverged_at: np.ndarray


def placements(spec: RunSpec, steps: int = 200, moments: int = MOMENTS) -> Iterator[Placements]:
    """Train every run for `steps` steps, side by side; all so far each time.

    Raises SpecError for a net without hidden layers and for batches of one sample.
    """
    if not spec.hidden:
        raise SpecError(
            "{place}: a net without hidden layers has no activation to put batch norm before or after; give it at "
            "least one.",
            field="hidden",
        )
    due = looks(STEPS.check(steps), moments)
    trainers = [Trainer(without_batch_norm(spec).replace(**fields), capacity=2) for fields in PLACES.values()]
    seen = np.full((2, len(trainers), len(due)), np.nan)
    for index, look in enumerate(due):
        for row, trainer in enumerate(trainers):
            while trainer.steps < look and not trainer.diverged:
                trainer.step(measure=False)
            if not trainer.diverged:
                data = trainer.data
                with inference(trainer.model):
                    seen[:, row, index] = judged(trainer.model, data.test_x[:JUDGED], data.test_y[:JUDGED])
            yield Placements(
                done=(index + (row + 1) / len(trainers)) / len(due),
                places=tuple(PLACES),
                step=np.array(due),
                loss=seen[0].copy(),
                accuracy=seen[1].copy(),
                diverged_at=np.array([diverged_at(trainer) for trainer in trainers]),
            )
