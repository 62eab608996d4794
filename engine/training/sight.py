"""What a net sees: its answers all over the plane of two inputs, or on a strip of pictures. Looking changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from engine.nets.modes import inference, leaves
from engine.spec import RunSpec
from engine.tables.datasets import DATASETS
from engine.tables.option import Whole
from engine.training.trainer import Trainer

SIDE, SIDE_OF_UNITS = 40, 20  # cells across the plane
MARGIN = 0.08  # of the data's reach, on each side of it
SAMPLES = 300  # of the training set, on the plane
PICTURES = 16  # of the test set
UNITS = 16  # of a layer
NO_ANSWER = -1  # where an output is no finite number


@dataclass(frozen=True, eq=False)
class Plane:
    """The answers of a net of two inputs, in their units as the net gets them.

    low, high: the plane's corners. answers [cells, cells] labels, `NO_ANSWER` where there is none, and their
    probability, NaN where outputs are none: rows from the lowest second input up, columns from the lowest first. On it
    samples of the training set, points [samples, 2], their labels, and what they are answered. units [units, cells,
    cells]: what the first units of one hidden layer put out, on a coarser plane; None unless asked for.
    """

    low: tuple[float, float]
    high: tuple[float, float]
    answers: np.ndarray
    probability: np.ndarray
    points: np.ndarray
    labels: np.ndarray
    answered: np.ndarray
    units: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Strip:
    """Samples of the test set as pictures [samples, height, width] from 0 to 1, their labels, the net's answers (see
    `NO_ANSWER`) and their probability."""

    pictures: np.ndarray
    labels: np.ndarray
    answers: np.ndarray
    probability: np.ndarray


Kind = Literal["plane", "strip"]


def kind_of(spec: RunSpec) -> Kind | None:
    """What can be shown of what this spec's net sees; None where its inputs are neither two nor a picture."""
    dataset = DATASETS[spec.dataset]
    if not dataset.classes:
        return None
    return "plane" if dataset.features == 2 else "strip" if dataset.picture else None


def sight(trainer: Trainer, layer: int | None = None) -> Plane | Strip | None:
    """What the net of a run sees now, in inference mode; None where there is nothing to show of it, see `kind_of`.

    layer: a hidden layer, from 1 on, whose units are to be seen too, on a plane. No random number is drawn, and nothing
    of the run changes. Raises SpecError for a layer that it does not have.
    """
    match kind_of(trainer.spec):
        case "plane":
            return _plane(trainer, layer)
        case "strip":
            return _strip(trainer)
    return None


def _plane(trainer: Trainer, layer: int | None) -> Plane:
    x, y = trainer.data.train_x, trainer.data.train_y
    low, high = x.amin(0), x.amax(0)
    reach = torch.where(high > low, high - low, 1.0)
    low, high = low - MARGIN * reach, high + MARGIN * reach
    chosen = torch.linspace(0, len(x) - 1, min(SAMPLES, len(x))).long().to(x.device)
    seen = torch.cat([_cells(low, high, SIDE), x[chosen]])
    answers, probability = _answers(trainer, seen)
    shape = SIDE, SIDE
    return Plane(
        low=(low[0].item(), low[1].item()),
        high=(high[0].item(), high[1].item()),
        answers=answers[: -len(chosen)].reshape(shape),
        probability=probability[: -len(chosen)].reshape(shape),
        points=x[chosen].cpu().numpy(),
        labels=y[chosen].cpu().numpy(),
        answered=answers[-len(chosen) :],
        units=None if layer is None else _units(trainer, _cells(low, high, SIDE_OF_UNITS), layer),
    )


def _cells(low: Tensor, high: Tensor, side: int) -> Tensor:
    """The middles of a plane's cells, [side * side, 2], row by row."""
    part = (torch.arange(side, device=low.device, dtype=low.dtype) + 0.5) / side
    across, up = (first + part * (last - first) for first, last in zip(low, high, strict=True))
    return torch.cartesian_prod(up, across).flip(1)


def _units(trainer: Trainer, x: Tensor, layer: int) -> np.ndarray:
    """What the first units of a hidden layer put out, [units, side, side]."""
    layer = Whole("layer", 1, 1, len(trainer.spec.hidden)).check(layer)
    with inference(trainer.model), _heard(leaves(trainer.model)[f"activation{layer}"]) as outputs:
        trainer.model(x)
    return outputs[0][:, :UNITS].T.reshape(-1, SIDE_OF_UNITS, SIDE_OF_UNITS).cpu().numpy()


@contextmanager
def _heard(module: nn.Module) -> Iterator[list[Tensor]]:
    """What a module puts out within."""
    outputs: list[Tensor] = []
    handle = module.register_forward_hook(lambda _, inputs, out: outputs.append(out))
    try:
        yield outputs
    finally:
        handle.remove()


def _strip(trainer: Trainer) -> Strip:
    x, y = trainer.data.test_x, trainer.data.test_y
    chosen = torch.linspace(0, len(x) - 1, min(PICTURES, len(x))).long().to(x.device)
    pictures = x[chosen]
    low, high = pictures.min(), pictures.max()
    answers, probability = _answers(trainer, pictures)
    shape = DATASETS[trainer.spec.dataset].picture or ()
    return Strip(
        pictures=((pictures - low) / (high - low)).reshape(-1, *shape).cpu().numpy(),
        labels=y[chosen].cpu().numpy(),
        answers=answers,
        probability=probability,
    )


def _answers(trainer: Trainer, x: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Label and probability, each [samples]."""
    with inference(trainer.model):
        out = trainer.model(x)
        loss = trainer.model.loss
        is_number = out.isfinite().all(1)
        answers = torch.where(is_number, loss.answer(out), NO_ANSWER).long()
        probability = torch.where(is_number, loss.probability(out), torch.nan)
    return answers.cpu().numpy(), probability.cpu().numpy()
