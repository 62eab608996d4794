"""Unit health: when each unit of a net dies while it trains, and whether it comes back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from engine.experiments.looks import diverged_at, looks
from engine.experiments.pace import Pace
from engine.measure.roles import is_activation
from engine.nets.maxout import Maxout
from engine.nets.modes import along, inference, leaves
from engine.nets.saturation import saturation_of
from engine.spec import RunSpec
from engine.tables.option import Whole
from engine.training.network import Network
from engine.training.trainer import Trainer

STEPS = Whole("steps", 600, 1, 20_000, words="Steps that the net trains.")
MOMENTS = Whole("moments", 60, 2, 400, words="Moments at which every unit is looked at.")
SAMPLES = Whole("samples", 256, 2, 4096, words="Training samples that are sent through the net.")
ROW = ("steps", "firing", "saturated", "loss", "accuracy")


@dataclass(frozen=True, eq=False)
class UnitHealth:
    """Every hidden unit at every moment, over the same samples; units of all layers one after the other.

    steps: [moments], steps taken. layer: [units], from 1. firing: [moments, units], the share of samples at which
    what enters the activation is above 0 (maxout: its largest map). saturated: [moments, units], the share at which
    the activation is flat. Both are NaN for a unit with a NaN or an inf. loss, accuracy: [moments], over the same
    samples. diverged_at: the step, -1 for never. done: share of the steps taken.

    A unit is dead at a moment when it is flat at every sample: none of them sends a gradient through it.
    """

    steps: np.ndarray
    layer: np.ndarray
    firing: np.ndarray
    saturated: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    samples: int
    diverged_at: int
    done: float

    @cached_property
    def dead(self) -> np.ndarray:
        """[moments, units] bool."""
        return self.saturated >= 1

    @cached_property
    def deaths(self) -> np.ndarray:
        """[moments, units] bool: alive at the moment before, dead now; at the first moment, dead from the start."""
        return self.dead & ~np.vstack([np.zeros_like(self.dead[:1]), self.dead[:-1]])

    @cached_property
    def revivals(self) -> np.ndarray:
        """[moments, units] bool: dead at the moment before, alive now. A broken unit is not alive."""
        before = np.vstack([np.zeros_like(self.dead[:1]), self.dead[:-1]])
        return before & (self.saturated < 1)

    @cached_property
    def died(self) -> np.ndarray:
        """[units]: the step of the first moment at which a unit was found dead; NaN for one that never was."""
        first = self.steps[self.deaths.argmax(axis=0)].astype(float)
        return np.where(self.dead.any(axis=0), first, np.nan)

    def order(self, layer: int | None = None) -> np.ndarray:
        """Indices of a layer's units (None: of all), layer by layer: earliest death first, then the least firing."""
        rank = np.nan_to_num(self.died, nan=np.inf)
        order = np.lexsort([np.nan_to_num(self.firing[-1]), rank, self.layer])
        return order if layer is None else order[self.layer[order] == layer]

    def dead_by_layer(self) -> np.ndarray:
        """[moments, layers]: share of each layer's units that are dead."""
        layers = range(1, int(self.layer.max(initial=0)) + 1)
        columns = [self.dead[:, self.layer == layer].mean(axis=1) for layer in layers]
        return np.stack(columns, axis=1) if columns else np.zeros((len(self.steps), 0))


def unit_health(
    spec: Mapping[str, Any] | RunSpec, steps: int = 600, moments: int = 60, samples: int = 256
) -> Iterator[UnitHealth]:
    """Train a run and look at its units between the steps, more often at first: the whole picture so far.

    Looking changes nothing of the run. Batch norm takes the samples' own statistics, as it does in training; dropout
    is off and RReLU at its mean slope. Raises SpecError for arguments out of their range and for a bad spec.
    """
    trainer = Trainer(spec if isinstance(spec, RunSpec) else RunSpec.from_dict(spec))
    steps, samples = STEPS.check(steps), min(SAMPLES.check(samples), len(trainer.data.train_x))
    due = looks(steps, MOMENTS.check(moments), power=2)  # most deaths come early
    layer = np.repeat(np.arange(1, len(trainer.spec.hidden) + 1), trainer.spec.hidden)
    rows: list[tuple] = []

    def so_far(done: float) -> UnitHealth:
        columns = zip(*rows, strict=True)
        seen = {name: np.array(column) for name, column in zip(ROW, columns, strict=True)}
        return UnitHealth(**seen, layer=layer, samples=samples, diverged_at=diverged_at(trainer), done=done)

    pace = Pace(first=0)
    while True:
        if trainer.steps in due or trainer.diverged:
            rows.append((trainer.steps, *look(trainer, samples)))
        if trainer.steps >= steps or trainer.diverged:
            break
        if pace.due():
            yield so_far(trainer.steps / steps)
        trainer.step(measure=False)
    yield so_far(1.0)


def look(trainer: Trainer, samples: int) -> tuple[np.ndarray, np.ndarray, float, float]:
    """(firing [units], saturated [units], loss, accuracy) of a net over its first training samples."""
    x, y = trainer.data.train_x[:samples], trainer.data.train_y[:samples]
    with inference(trainer.model, nn.BatchNorm1d):
        shares, logits = shares_of(trainer.model, x)
    firing, saturated = shares.cpu().numpy() if shares.numel() else np.zeros((2, 0), np.float32)
    loss = trainer.model.loss
    return firing, saturated, loss(logits, y).item(), loss.accuracy(logits, y)


def shares_of(model: Network, x: Tensor) -> tuple[Tensor, Tensor]:
    """The units' two shares, [2, units] (firing, saturated), and the net's outputs."""
    shares, modules, seen = [torch.zeros(2, 0)], leaves(model), along(model, x)
    for name, u, out in seen:
        if is_activation(module := modules[name]):
            shares.append(_shares(out if isinstance(module, Maxout) else u, *saturation_of(module)))
    return torch.cat([share.to(x.device) for share in shares], dim=1), seen[-1][2]


def _shares(u: Tensor, low: float, high: float) -> Tensor:
    flat = (u <= low) | (u >= high)
    shares = torch.stack([(u > 0).float().mean(0), flat.float().mean(0)])
    return shares.where(u.isfinite().all(0), torch.nan)
