"""Dropout in training and in inference: one net with its masks drawn and without them.

In training each hidden output is kept with chance 1 - p and then divided by 1 - p, so that its mean is that of
inference, where nothing is dropped. For a linear net the mean over masks is the output at inference exactly; through a
nonlinear one it is not. Sources: Srivastava et al. 2014; Baldi & Sadowski 2013; torch.nn.Dropout.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from engine.experiments.looks import JUDGED, STEPS, diverged_at, looks
from engine.nets.modes import along, inference, judged, outputs
from engine.spec import RunSpec
from engine.spec.variants import with_dropout, with_logits
from engine.tables.option import Whole
from engine.theory.mean_field import lengths
from engine.training.trainer import Trainer

MOMENTS = 12
PROBE = 128  # test samples seen under every mask
MASKS = Whole("masks", 64, 2, 1000)


@dataclass(frozen=True, eq=False)
class Dropout:
    """A run with dropout, moment by moment, step 0 first. Layers are the hidden ones, then the output.

    loss, accuracy: [moments, 3], of test samples in training mode (one mask), at inference, and by the mean of the
    chances over the masks. For z of each layer, [moments, layers], over a fixed batch of test samples: gap, relative
    rms between its mean over the masks and z at inference; chance, the gap that so few masks leave even where there is
    none; growth, its mean square over masks over that at inference; predicted_growth [layers]: what theory expects of
    the growth at step 0, NaN with batch norm and where no theory exists. dropped_growth [moments, dropouts]: the mean
    square that leaves a dropout layer over what enters it. agreement [moments, 2]: the share of masks that decide as
    inference does, of samples it gets right and of those it gets wrong.
    One sample of class one_class: its logits, one_inference [moments, classes] and one_masks [moments, masks, classes];
    z of the first unit of each layer, unit_inference [moments, layers] and unit_masks [moments, layers, masks].
    """

    done: float
    p: float
    one_class: int
    diverged_at: int
    predicted_growth: np.ndarray
    step: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    gap: np.ndarray
    chance: np.ndarray
    growth: np.ndarray
    dropped_growth: np.ndarray
    agreement: np.ndarray
    one_inference: np.ndarray
    one_masks: np.ndarray
    unit_inference: np.ndarray
    unit_masks: np.ndarray


def dropout(spec: RunSpec, steps: int = 200, moments: int = MOMENTS, masks: int = 64) -> Iterator[Dropout]:
    """Train for `steps` steps and look at evenly spaced moments; all so far each time.

    Batch norm is at inference in both modes. Raises SpecError as `with_dropout` and `with_logits` do.
    """
    spec = with_logits(with_dropout(spec))
    MASKS.check(masks)
    due = looks(STEPS.check(steps), moments)
    trainer = Trainer(spec, capacity=2)
    expected = growth_at_init(spec, trainer.data.features, trainer.data.classes, trainer.data.test_x[:PROBE])
    rows: list[dict[str, object]] = []
    picture: Dropout | None = None  # the first look is at step 0, ahead of all steps
    for look in due:
        while trainer.steps < look and not trainer.diverged:
            if picture:
                yield replace(picture, done=trainer.steps / (steps + 1))
            trainer.step(measure=False)
        if not trainer.diverged:
            rows.append(_look(trainer, masks))
        picture = Dropout(
            done=1.0 if trainer.diverged else (look + 1) / (steps + 1),
            p=spec.dropout,
            one_class=int(trainer.data.test_y[0]),
            diverged_at=diverged_at(trainer),
            predicted_growth=expected,
            **{name: np.array([row[name] for row in rows]) for name in rows[0]},
        )
        yield picture
        if trainer.diverged:
            return


def growth_at_init(spec: RunSpec, features: int, classes: int, x: Tensor) -> np.ndarray:
    """Theory of the mean square of z in training over inference, before any step, [hidden layers + output].

    Mean-field: q' = sw2 E[phi(u)^2] / (1 - p) + sb2, u ~ N(0, q), at inference the same with p = 0 (Schoenholz et al.
    2017). A linear or ReLU net without biases grows by 1 / (1 - p) a layer.
    """
    if spec.batch_norm != "none" or spec.batch_norm_input:
        return np.full(len(spec.hidden) + 1, np.nan)
    masked, whole = (
        lengths(run, features, classes, x.double().square().mean().item())
        for run in (spec, spec.replace(dropout=0.0))
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return masked / whole


def _look(trainer: Trainer, masks: int) -> dict[str, object]:
    model, data = trainer.model, trainer.data
    x, y = data.test_x[:PROBE], data.test_y[:PROBE]
    test = data.test_x[:JUDGED], data.test_y[:JUDGED]
    with inference(model):
        *whole, logits = (z.double() for z in outputs(model, x, nn.Linear))
        loss, accuracy = judged(model, *test)
    with inference(model, nn.Dropout), drawn(trainer.spec.seed):
        one_mask = judged(model, *test)
        draws = [_under_mask(model, x) for _ in range(masks)]
    averages = [_Average(layers) for layers in zip(*(layers for layers, _, _ in draws), strict=True)]
    votes = torch.stack([z for _, z, _ in draws])  # [masks, samples, classes]
    chances = votes.softmax(2).mean(0)
    decided = logits.argmax(1)
    agreed = (votes.argmax(2) == decided).double().mean(0)
    right = decided == y
    mixed = (
        -chances.gather(1, y[:, None]).log().mean().item(),
        (chances.argmax(1) == y).double().mean().item(),
    )
    return {
        "step": trainer.steps,
        "loss": (one_mask[0], loss, mixed[0]),
        "accuracy": (one_mask[1], accuracy, mixed[1]),
        "gap": [average.gap(z) for average, z in zip(averages, whole, strict=True)],
        "chance": [average.chance(z) for average, z in zip(averages, whole, strict=True)],
        "growth": [average.growth(z) for average, z in zip(averages, whole, strict=True)],
        "dropped_growth": np.mean([grown for _, _, grown in draws], axis=0),
        "agreement": (agreed[right].mean().item(), agreed[~right].mean().item()),
        "one_inference": logits[0].cpu().numpy(),
        "one_masks": votes[:, 0].cpu().numpy(),
        "unit_inference": [z[0, 0].item() for z in whole],
        "unit_masks": [[layers[k][0, 0].item() for layers, _, _ in draws] for k in range(len(whole))],
    }


@contextmanager
def drawn(seed: int) -> Iterator[None]:
    """Within, torch's global generator, which masks are drawn from, starts at a seed; then it is as it was before."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


def _under_mask(model: nn.Sequential, x: Tensor) -> tuple[list[Tensor], Tensor, list[float]]:
    """z of each layer, the logits, and how the mean square grew in each dropout layer, under newly drawn masks."""
    layers, grown, out = [], [], x
    for name, entering, out in along(model, x):
        if isinstance(model.get_submodule(name), nn.Linear):
            layers.append(out.double())
        if name.startswith("dropout"):
            square = entering.double().square().mean().item()
            grown.append(out.double().square().mean().item() / square if square else 1.0)
    return layers, out.double(), grown


class _Average:
    """Mean and variance over masks of a layer's z, given under each."""

    def __init__(self, layers: tuple[Tensor, ...]):
        self.count = len(layers)
        self.variance, self.mean = torch.var_mean(torch.stack(layers), dim=0)

    def gap(self, whole: Tensor) -> float:
        """rms of mean - whole over rms of whole."""
        return _ratio((self.mean - whole).square().mean().sqrt(), whole.square().mean().sqrt())

    def chance(self, whole: Tensor) -> float:
        """The gap expected of the mean of so few masks where the mean over all of them has none."""
        return _ratio((self.variance.mean() / self.count).sqrt(), whole.square().mean().sqrt())

    def growth(self, whole: Tensor) -> float:
        """Mean square under masks over that at inference."""
        masked = self.mean.square().mean() + self.variance.mean() * (self.count - 1) / self.count
        return _ratio(masked, whole.square().mean())


def _ratio(a: Tensor, b: Tensor) -> float:
    return (a / b).item() if b > 0 else float("nan")
