"""Batch norm at work: one run, seen by the statistics of its batches and by the running statistics.

In training batch norm normalizes by the mean and the (biased) variance of the batch; for inference it keeps running
averages, new = (1 - momentum) old + momentum batch, of the mean and of the unbiased variance.
Sources: Ioffe & Szegedy 2015; torch.nn.BatchNorm1d.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.special import softmax
from torch import Tensor, nn

from engine.experiments.looks import JUDGED, MOMENTS, STEPS, diverged_at, looks
from engine.nets.modes import gap_of_norms, inference, judged, outputs, relative_rms, spread
from engine.spec import RunSpec
from engine.spec.variants import labels, with_batch_norm
from engine.training.trainer import Trainer

COMPANIES = 24  # batches in which one and the same sample is seen
LARGEST_COMPANY = 512  # samples
UNITS = 64  # of a layer, whose outputs are kept for one sample


@dataclass(frozen=True, eq=False)
class Bench:
    """A run with batch norm, moment by moment. Norms in the order data flows; "batch" is training mode.

    spread of gamma, beta, batch_mean, ..., running_var: [moments, norms, 3], (10th percentile, mean, 90th percentile)
    over units; batch_var is the biased variance, running_var averages unbiased ones. first_unit_*: [moments, norms].
    gap: [moments, norms + 1], relative rms between the outputs of one fixed batch in the two modes, logits last;
        NaN where a norm's samples are all alike.
    loss, accuracy: [moments, 2], of test samples by batch and by running statistics.
    one_*: one sample. one_inference [moments, classes] and one_batch [moments, companies, classes] are its logits,
    alone by running statistics and in several batches of `company` samples by theirs; one_running and
    one_training [moments, norms, units] are the norms' outputs (up to 64 units, NaN beyond a layer's width).
    refusal: what torch says to this sample alone in training mode. diverged_at: the step, or -1.
    """

    done: float
    labels: tuple[str, ...]
    company: int
    one_class: int
    refusal: str
    diverged_at: int
    step: np.ndarray
    gamma: np.ndarray
    beta: np.ndarray
    batch_mean: np.ndarray
    batch_var: np.ndarray
    running_mean: np.ndarray
    running_var: np.ndarray
    first_unit_batch_mean: np.ndarray
    first_unit_batch_var: np.ndarray
    first_unit_running_mean: np.ndarray
    first_unit_running_var: np.ndarray
    gap: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    one_inference: np.ndarray
    one_batch: np.ndarray
    one_running: np.ndarray
    one_training: np.ndarray

    def chances(self, at: int) -> tuple[np.ndarray, float]:
        """What the one sample's class gets at a moment: [companies] in each of its batches, and alone."""
        with np.errstate(invalid="ignore"):  # logits of a run about to diverge may be inf
            together, alone = (
                softmax(logits[at], axis=-1) for logits in (self.one_batch, self.one_inference)
            )
        return together[:, self.one_class], float(alone[self.one_class])


def bench(spec: RunSpec, steps: int = 200, moments: int = MOMENTS) -> Iterator[Bench]:
    """Train for `steps` steps and look, at evenly spaced moments, by both kinds of statistics; all so far each time.

    Raises SpecError as `with_batch_norm` does. The run is that of a `Trainer`, to the bit; looking changes nothing.
    """
    due = looks(STEPS.check(steps), moments, first=1)
    trainer = Trainer(with_batch_norm(spec), capacity=2)
    look = _Look(trainer)
    rows: list[dict[str, object]] = []
    for step in range(1, steps + 1):
        trainer.step(measure=False)
        if trainer.diverged:
            break
        if step in due:
            rows.append(look())
            picture = look.picture(rows, 0.0)
        yield replace(picture, done=step / steps)
    if trainer.diverged:
        yield look.picture(rows, 1.0)


class _Look:
    """What is looked at: a fixed test batch, and one sample of it in several batches."""

    def __init__(self, trainer: Trainer):
        self.trainer, self.model, data = trainer, trainer.model, trainer.data
        self.norms = self.model.norms()
        self.entering: dict[nn.Module, Tensor] = {}
        for norm in self.norms:
            norm.register_forward_pre_hook(self._keep)
        self.test = data.test_x[:JUDGED], data.test_y[:JUDGED]
        self.one, self.one_class = data.test_x[:1], int(data.test_y[0])
        size = min(trainer.spec.batch_size or len(data.train_x), LARGEST_COMPANY, len(data.train_x))
        generator = torch.Generator().manual_seed(trainer.spec.seed)
        others = [
            torch.randperm(len(data.train_x), generator=generator)[: size - 1] for _ in range(COMPANIES)
        ]
        self.batches = [
            torch.cat([self.one, data.train_x[indices.to(data.train_x.device)]]) for indices in others
        ]
        self.refusal = self._alone()

    def _keep(self, norm: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if torch.is_grad_enabled():  # a training step, not a look
            self.entering[norm] = inputs[0].detach()

    def _alone(self) -> str:
        with inference(self.model, nn.BatchNorm1d):
            try:
                self.model(self.one)
            except ValueError as error:
                return str(error)
        return ""

    def __call__(self) -> dict[str, object]:
        batch = [_moments(self.entering[norm]) for norm in self.norms]
        running = [(norm.get_buffer("running_mean"), norm.get_buffer("running_var")) for norm in self.norms]
        with inference(self.model):
            by_running = outputs(self.model, self.batches[0], nn.BatchNorm1d)
            loss_running, accuracy_running = judged(self.model, *self.test)
            one_inference = self.model(self.one)[0]
        with inference(self.model, nn.BatchNorm1d):
            by_batch = outputs(self.model, self.batches[0], nn.BatchNorm1d)
            loss_batch, accuracy_batch = judged(self.model, *self.test)
            one_batch = torch.stack([self.model(x)[0] for x in self.batches])
        return {
            "step": self.trainer.steps,
            "gamma": [spread(norm.weight) for norm in self.norms],
            "beta": [spread(norm.bias) for norm in self.norms],
            "batch_mean": [spread(mean) for mean, _ in batch],
            "batch_var": [spread(var) for _, var in batch],
            "running_mean": [spread(mean) for mean, _ in running],
            "running_var": [spread(var) for _, var in running],
            "first_unit_batch_mean": [mean[0].item() for mean, _ in batch],
            "first_unit_batch_var": [var[0].item() for _, var in batch],
            "first_unit_running_mean": [mean[0].item() for mean, _ in running],
            "first_unit_running_var": [var[0].item() for _, var in running],
            "gap": [
                *map(gap_of_norms, by_running[:-1], by_batch[:-1]),
                relative_rms(by_running[-1], by_batch[-1]),
            ],
            "loss": (loss_batch, loss_running),
            "accuracy": (accuracy_batch, accuracy_running),
            "one_inference": one_inference.cpu().numpy(),
            "one_batch": one_batch.cpu().numpy(),
            "one_running": _first_sample(by_running[:-1]),
            "one_training": _first_sample(by_batch[:-1]),
        }

    def picture(self, rows: list[dict[str, object]], done: float) -> Bench:
        """All moments so far; without any, arrays of length 0."""
        names = (
            rows[0] if rows else [name for name, kind in Bench.__annotations__.items() if kind is np.ndarray]
        )
        return Bench(
            done=done,
            labels=tuple(labels(self.trainer.spec)),
            company=len(self.batches[0]),
            one_class=self.one_class,
            refusal=self.refusal,
            diverged_at=diverged_at(self.trainer),
            **{name: np.array([row[name] for row in rows]) for name in names},
        )


def _moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """The mean and the biased variance over samples, as batch norm uses them."""
    variance, mean = torch.var_mean(x.double(), dim=0, correction=0)
    return mean, variance


def _first_sample(layers: list[Tensor]) -> np.ndarray:
    """The first sample's outputs, [layers, units], float32."""
    rows = np.full((len(layers), UNITS), np.nan, np.float32)
    for row, layer in zip(rows, layers, strict=True):
        units = layer[0, :UNITS].float().cpu().numpy()
        row[: len(units)] = units
    return rows
