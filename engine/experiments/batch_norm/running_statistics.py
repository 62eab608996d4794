"""How well running statistics stand for the batch's: over momentum and batch size.

Training never uses the running statistics, so one run serves every momentum: each norm layer gets shadows, batch norms
with a momentum of their own that see the same batches.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from engine.experiments.looks import JUDGED, STEPS
from engine.nets.modes import inference, judged, relative_rms
from engine.spec import RunSpec
from engine.spec.variants import with_batch_norm
from engine.training.trainer import Trainer

MOMENTA = (0.001, 0.01, 0.1, 0.5, 1.0)
BATCH_SIZES = (2, 8, 32, 128, 512)
PROBES = 4  # batches over which the gap is averaged
LOOKS = 8


@dataclass(frozen=True, eq=False)
class Gaps:
    """After equally many steps with each batch size; NaN where the run is still to come or has diverged.

    gap [momenta, batch sizes]: relative rms between the logits by running and by batch statistics, of batches of that
    size. loss, accuracy [momenta, batch sizes]: of test samples by running statistics; loss_batch, accuracy_batch
    [batch sizes]: by those of the test samples themselves.
    """

    done: float
    momenta: tuple[float, ...]
    batch_sizes: tuple[int, ...]
    gap: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    loss_batch: np.ndarray
    accuracy_batch: np.ndarray


def gaps(
    spec: RunSpec,
    steps: int = 200,
    momenta: Sequence[float] = MOMENTA,
    batch_sizes: Sequence[int] = BATCH_SIZES,
    looks: int = LOOKS,
) -> Iterator[Gaps]:
    """One run for each batch size, seen `looks` times; all so far each time.

    A momentum is the newest batch's share, as in PyTorch. Raises SpecError as `with_batch_norm` does and for a momentum
    or batch size that is not allowed.
    """
    STEPS.check(steps)
    spec = with_batch_norm(spec)
    momenta = [spec.replace(batch_norm_momentum=momentum).batch_norm_momentum for momentum in momenta]
    runs = [spec.replace(batch_size=size) for size in batch_sizes]
    shape = (len(momenta), len(runs))
    seen: dict[str, np.ndarray] = {name: np.full(shape, np.nan) for name in ("gap", "loss", "accuracy")}
    seen |= {name: np.full(len(runs), np.nan) for name in ("loss_batch", "accuracy_batch")}
    for column, run in enumerate(runs):
        shadowed = _Shadowed(run, momenta)
        due = {int(step) for step in np.linspace(0, steps, looks + 1)[1:].round()}
        for step in range(1, steps + 1):
            shadowed.trainer.step(measure=False)
            if step in due:
                for name, values in shadowed.look().items():
                    seen[name][..., column] = values
            done = (column + step / steps) / len(runs)
            yield Gaps(
                done=done,
                momenta=tuple(momenta),
                batch_sizes=tuple(batch_sizes),
                **{name: array.copy() for name, array in seen.items()},
            )


class _Shadowed:
    """A run whose norm layers have a shadow for each momentum."""

    def __init__(self, spec: RunSpec, momenta: Sequence[float]):
        self.trainer = Trainer(spec, capacity=2)
        self.model, data = self.trainer.model, self.trainer.data
        self.norms = self.model.norms()
        self.shadows = [[_shadow(norm, momentum) for norm in self.norms] for momentum in momenta]
        for index, norm in enumerate(self.norms):
            norm.register_forward_pre_hook(partial(self._follow, index))
        self.test = data.test_x[:JUDGED], data.test_y[:JUDGED]
        size = min(spec.batch_size or len(data.train_x), len(data.train_x))
        generator = torch.Generator().manual_seed(spec.seed)
        draws = [torch.randperm(len(data.train_x), generator=generator)[:size] for _ in range(PROBES)]
        self.probes = [data.train_x[indices.to(data.train_x.device)] for indices in draws]

    def _follow(self, index: int, norm: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if torch.is_grad_enabled():  # a training step, not a look
            with torch.no_grad():
                for shadows in self.shadows:
                    shadows[index](inputs[0])

    def look(self) -> dict[str, float | np.ndarray]:
        """The column of this run."""
        if self.trainer.diverged:
            return dict.fromkeys(("gap", "loss", "accuracy", "loss_batch", "accuracy_batch"), np.nan)
        with inference(self.model, nn.BatchNorm1d):
            by_batch = [self.model(x) for x in self.probes]
            loss_batch, accuracy_batch = judged(self.model, *self.test)
        rows = [self._by_running(shadows, by_batch) for shadows in self.shadows]
        column: dict[str, float | np.ndarray] = {
            name: np.array([row[name] for row in rows]) for name in rows[0]
        }
        return column | {"loss_batch": loss_batch, "accuracy_batch": accuracy_batch}

    def _by_running(self, shadows: list[nn.BatchNorm1d], by_batch: list[Tensor]) -> dict[str, float]:
        with lent(self.norms, shadows), inference(self.model):
            gap = [relative_rms(self.model(x), y) for x, y in zip(self.probes, by_batch, strict=True)]
            loss, accuracy = judged(self.model, *self.test)
        return {"gap": float(np.mean(gap)), "loss": loss, "accuracy": accuracy}


def _shadow(norm: nn.BatchNorm1d, momentum: float) -> nn.BatchNorm1d:
    """A fresh batch norm of the same width that only keeps running statistics."""
    return nn.BatchNorm1d(
        norm.num_features,
        momentum=momentum,
        affine=False,
        device=norm.weight.device,
        dtype=norm.weight.dtype,
    )


@contextmanager
def lent(norms: Sequence[nn.BatchNorm1d], shadows: Sequence[nn.BatchNorm1d]) -> Iterator[None]:
    """Within, the norms use their shadows' running statistics."""
    own = [(norm.running_mean, norm.running_var) for norm in norms]
    for norm, shadow in zip(norms, shadows, strict=True):
        norm.running_mean, norm.running_var = shadow.running_mean, shadow.running_var
    try:
        yield
    finally:
        for norm, (mean, var) in zip(norms, own, strict=True):
            norm.running_mean, norm.running_var = mean, var
