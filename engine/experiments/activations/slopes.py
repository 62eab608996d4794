"""The slopes below zero: drawn at random (RReLU), learned (PReLU), and what a fixed one does to the gradient."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from engine.experiments.looks import diverged_at, looks
from engine.experiments.pace import Pace
from engine.experiments.propagation import propagate_seeds
from engine.nets.modes import leaves
from engine.spec import RunSpec
from engine.spec.variants import with_layers
from engine.tables.option import Whole
from engine.theory.mean_field import predict
from engine.training.trainer import Trainer

STEPS = Whole("steps", 600, 1, 20_000, words="Steps that the net trains.")
DEPTH = Whole("depth", 20, 2, 100, words="Layers that the gradient crosses.")
LEAKS = (0.0, 0.01, 0.1, 0.25, 0.5, 1.0)
BINS = 60
MOMENTS = 60


@dataclass(frozen=True, eq=False)
class RandomSlopes:
    """The slopes that RReLU drew: counts [bins] between edges [bins + 1], their mean and number.

    inference: the one slope used outside training. changed: share of the values that had another slope at
    the next pass.
    """

    edges: np.ndarray
    counts: np.ndarray
    mean: float
    inference: float
    number: int
    changed: float
    done: float = 1.0


def random_slopes(
    spec: Mapping[str, Any] | RunSpec, lower: float = 1 / 8, upper: float = 1 / 3
) -> Iterator[RandomSlopes]:
    """RReLU's slopes in the first layer of a run's net, told from what goes in and what comes out of one batch.

    Raises SpecError for a bad spec, for lower above upper, and for a net without hidden layers.
    """
    given = with_layers(spec)
    options = {"lower": lower, "upper": upper}
    trainer = Trainer(
        given.replace(activation="rrelu", activation_options=options, dtype="float64", dropout=0.0)
    )
    modules = leaves(trainer.model)
    phi = modules["activation1"]
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(given.seed)
        z = modules["linear1"](trainer.data.train_x[:512])
        first, second = slopes(phi.train(), z), slopes(phi, z)
        inference = slopes(phi.eval(), z)
    counts, edges = np.histogram(first, BINS, range=_room(lower, upper))
    yield RandomSlopes(
        edges=edges,
        counts=counts,
        mean=float(first.mean()),
        inference=float(np.median(inference)),
        number=len(first),
        changed=float((np.abs(first - second) > 1e-9).mean()),
    )


def slopes(phi: nn.Module, z: torch.Tensor) -> np.ndarray:
    """The slope of each value below zero, told from output over input."""
    return (phi(z) / z)[z < -1e-6].numpy()


def _room(lower: float, upper: float) -> tuple[float, float]:
    """The range to count in: a little wider than the slopes can be."""
    margin = max(0.1 * (upper - lower), 0.01)
    return lower - margin, upper + margin


@dataclass(frozen=True, eq=False)
class LearnedSlopes:
    """PReLU's slopes through training: steps [moments], slopes [moments, layers], loss [moments] of the batch.

    diverged_at: the step, -1 for never.
    """

    steps: np.ndarray
    slopes: np.ndarray
    loss: np.ndarray
    diverged_at: int
    done: float


def learned_slopes(
    spec: Mapping[str, Any] | RunSpec, steps: int = 600, init: float = 0.25
) -> Iterator[LearnedSlopes]:
    """Train a run's net with PReLU, one slope a layer, and read the slopes between the steps.

    Raises SpecError for arguments out of their range, a bad spec, and a net without hidden layers.
    """
    given, steps = with_layers(spec), STEPS.check(steps)
    trainer = Trainer(given.replace(activation="prelu", activation_options={"init": init}))
    modules = [module for module in trainer.model.modules() if isinstance(module, nn.PReLU)]
    due = looks(steps, MOMENTS + 1)
    rows: list[tuple] = []
    pace, loss = Pace(first=0), np.nan

    def so_far(done: float) -> LearnedSlopes:
        when, seen, losses = (np.array(column) for column in zip(*rows, strict=True))
        return LearnedSlopes(when, seen, losses, diverged_at(trainer), done)

    while True:
        if trainer.steps in due or trainer.diverged:
            rows.append((trainer.steps, [module.weight.item() for module in modules], loss))
        if trainer.steps >= steps or trainer.diverged:
            break
        if pace.due():
            yield so_far(trainer.steps / steps)
        # the loss is measured where the slopes are read at the next moment
        frame = trainer.step(measure=trainer.steps + 1 in due)
        loss = frame.loss if frame else loss
    yield so_far(1.0)


@dataclass(frozen=True, eq=False)
class Leak:
    """The squared gradient at layer 1 over that at the last layer, log10, by the slope of leaky ReLU.

    leaks: [slopes]. measured: [slopes, seeds] with He's weights for ReLU; told: the same [slopes, seeds] with He's
    weights for that very slope. predicted, predicted_told: [slopes], of the infinitely wide net.
    """

    leaks: np.ndarray
    measured: np.ndarray
    told: np.ndarray
    predicted: np.ndarray
    predicted_told: np.ndarray
    depth: int
    done: float


def leak(depth: int = 20, width: int = 128, seeds: int = 5, leaks: Sequence[float] = LEAKS) -> Iterator[Leak]:
    """What leaky ReLU's slope does to a gradient on its way back through `depth` layers, before any training.

    Raises SpecError for arguments out of their range.
    """
    depth = DEPTH.check(depth)
    rows: list[tuple] = []
    for index, slope in enumerate(leaks):
        row: list[Any] = []
        for a in (0.0, slope):
            stack = {
                "activation": "leaky_relu",
                "activation_options": {"negative_slope": slope},
                "initializer": "he_normal",
                "initializer_options": {"a": a},
                "widths": (width,) * (depth + 1),
            }
            row.append([fall(one) for one in propagate_seeds(seeds=seeds, dtype="float32", **stack)])
            row.append(fall(predict(**stack)))
        rows.append(tuple(row))
        measured, predicted, told, predicted_told = (np.array(column) for column in zip(*rows, strict=True))
        yield Leak(
            leaks=np.array(leaks[: index + 1], float),
            measured=measured,
            told=told,
            predicted=predicted,
            predicted_told=predicted_told,
            depth=depth,
            done=(index + 1) / len(leaks),
        )


def fall(signal: Any) -> float:
    """Decades of the squared gradient at layer 1 over the last layer's."""
    return float(signal.gradient_ms_log10[0] - signal.gradient_ms_log10[-1])
