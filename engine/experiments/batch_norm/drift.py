"""What reaches each activation drifts while the layers below it learn: the same net with and without batch norm.

Ioffe & Szegedy 2015 gave batch norm this reason ("internal covariate shift", their Figure 1b, c); Santurkar et al. 2018
dispute that it is what helps. Measured here is the drift itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor, nn

from engine.experiments.looks import MOMENTS, STEPS, diverged_at, looks
from engine.nets.modes import along, inference
from engine.spec import RunSpec, SpecError
from engine.spec.variants import with_batch_norm, without_batch_norm
from engine.training.trainer import Trainer

BINS = 128
REACH = 7.0  # of the axis asinh(u / scale): up to 548 times the scale
PROBE = 256  # samples
MOST = 2**16 - 1  # values in a histogram
PERCENTILES = (0.15, 0.5, 0.85)  # Ioffe and Szegedy's
TWINS = ("with", "without")


@dataclass(frozen=True, eq=False)
class Drift:
    """Twins with and without batch norm, equal weights at the start; arrays [2, moments, hidden layers], with first.

    What enters the activation, u, over the same samples each time: counts [..., 128] over bins equal in
    asinh(u / scale) from -7 to 7, the outermost holding what lies beyond; scale [2, layers] is the rms of u at the
    start. percentiles [..., 3]: 15, 50 and 85 %. shift: rms over units of how far a unit's mean has moved since the
    start, in units of the layer's standard deviation then (over samples, rms over units). widened: the standard
    deviation over that at the start. loss [2, moments], of the probe. After a divergence (diverged_at [2], -1: none)
    counts are 0 and the rest is NaN.
    """

    done: float
    step: np.ndarray
    counts: np.ndarray
    scale: np.ndarray
    percentiles: np.ndarray
    shift: np.ndarray
    widened: np.ndarray
    loss: np.ndarray
    diverged_at: np.ndarray


def drift(spec: RunSpec, steps: int = 200, moments: int = MOMENTS) -> Iterator[Drift]:
    """Train both twins for `steps` steps and look at evenly spaced moments, step 0 first; all so far each time.

    Batch norm is seen in training mode, dropout off. Raises SpecError for a net without hidden layers and as
    `with_batch_norm` does.
    """
    if not spec.hidden:
        raise SpecError(
            "{place}: a net without hidden layers has no activations; give it at least one.", field="hidden"
        )
    due = looks(STEPS.check(steps), moments)
    twins = [_Twin(with_batch_norm(spec)), _Twin(without_batch_norm(spec))]
    picture: Drift | None = None  # the first look is at step 0, ahead of all steps
    for index, look in enumerate(due):
        for twin in twins:
            for step in twin.steps_to(look):
                if picture:
                    yield replace(picture, done=step / (steps + 1))
        picture = _picture(twins, np.array(due[: index + 1]), (look + 1) / (steps + 1))
        yield picture


class _Twin:
    """One of the two runs and what was seen of it."""

    def __init__(self, spec: RunSpec):
        self.trainer = Trainer(spec, capacity=2)
        data = self.trainer.data
        self.x, self.y = data.train_x[:PROBE], data.train_y[:PROBE]
        self.rows: list[dict[str, np.ndarray]] = []

    def steps_to(self, look: int) -> Iterator[int]:
        """Train up to a step, one by one, and look there."""
        while self.trainer.steps < look and not self.trainer.diverged:
            yield self.trainer.steps
            self.trainer.step(measure=False)
        self.rows.append(self._nothing() if self.trainer.diverged else self._look())

    def _look(self) -> dict[str, np.ndarray]:
        with inference(self.trainer.model, nn.BatchNorm1d):
            seen = list(along(self.trainer.model, self.x))
            logits = seen[-1][2]
            loss = self.trainer.model.loss(logits, self.y).item()
        entering = [u.double().cpu() for name, u, _ in seen if name.startswith("activation")]
        means = [u.mean(0) for u in entering]
        stds = [u.var(0, correction=0).mean().sqrt() for u in entering]
        if not self.rows:
            self.scale = np.array([u.square().mean().sqrt().item() or 1.0 for u in entering])
            self.means, self.stds = means, stds
        shift = [
            (now - then).square().mean().sqrt() / std
            for now, then, std in zip(means, self.means, self.stds, strict=True)
        ]
        return {
            "counts": np.stack([_counts(u, s) for u, s in zip(entering, self.scale, strict=True)]),
            "percentiles": np.stack([np.quantile(u.numpy(), PERCENTILES) for u in entering]),
            "shift": np.array([value.item() for value in shift]),
            "widened": np.array([(now / then).item() for now, then in zip(stds, self.stds, strict=True)]),
            "loss": np.array(loss),
        }

    def _nothing(self) -> dict[str, np.ndarray]:
        """What is known of a run that has diverged."""
        last = self.rows[-1]
        return {
            name: np.zeros_like(value) if name == "counts" else np.full_like(value, np.nan)
            for name, value in last.items()
        }


def _counts(u: Tensor, scale: float) -> np.ndarray:
    """Values in each bin, of as many samples as uint16 can count."""
    samples = max(1, min(len(u), MOST // u.shape[1]))
    places = np.arcsinh(u[:samples].numpy() / scale).clip(-REACH, REACH)
    return np.histogram(places, bins=BINS, range=(-REACH, REACH))[0].astype(np.uint16)


def _picture(twins: list[_Twin], step: np.ndarray, done: float) -> Drift:
    rows = {name: np.stack([[row[name] for row in twin.rows] for twin in twins]) for name in twins[0].rows[0]}
    return Drift(
        done=done,
        step=step,
        scale=np.stack([twin.scale for twin in twins]),
        diverged_at=np.array([diverged_at(twin.trainer) for twin in twins]),
        **rows,
    )


def edges(scale: float) -> np.ndarray:
    """The bins' edges in the unit of u, [129]."""
    return scale * np.sinh(np.linspace(-REACH, REACH, BINS + 1))
