"""Layers without an activation are one linear map: the product of their matrices."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from engine.experiments.looks import diverged_at, looks
from engine.experiments.pace import Pace
from engine.nets.modes import inference
from engine.spec import RunSpec
from engine.tables.option import Whole
from engine.training.trainer import Trainer

STEPS = Whole("steps", 300, 0, 20_000, words="Steps that the nets train.")
MOST_SAMPLES = 300  # shown
MOMENTS = 30
PLAIN = {
    "batch_norm": "none", "batch_norm_input": False, "batch_norm_output": False, "dropout": 0.0,
    "residual": "none", "layer_norm": "none", "output": "linear", "optimizer": "adam", "lr": 1e-3, "clip": "none",
}  # fmt: skip
"""No part but linear maps and activations; and a rule that trains nets of either kind."""


@dataclass(frozen=True, eq=False)
class OneMap:
    """A net without activation beside the product of its matrices, and a net with one beside its best linear map.

    outputs, product: [samples, classes], the linear net's and its one map's, on test samples. difference: the largest
    |outputs - product| over the largest |outputs|. curved, best: [samples, classes], the same net with its activation,
    and the linear map that least squares finds for it on the training samples. unexplained: share of the variance of
    `curved` that `best` misses. matrix: [classes, features]. singular: [moments, rank], singular values of the
    product, the largest first. steps: [moments]. accuracy: right on the test set: linear net, product, curved net.
    diverged_at: the first step at which either diverged, -1 for never.
    """

    outputs: np.ndarray
    product: np.ndarray
    difference: float
    curved: np.ndarray
    best: np.ndarray
    unexplained: float
    matrix: np.ndarray
    singular: np.ndarray
    steps: np.ndarray
    accuracy: np.ndarray
    diverged_at: int
    done: float


def one_map(spec: Mapping[str, Any] | RunSpec, steps: int = 300) -> Iterator[OneMap]:
    """Train a run's net without activations, and with them, and hold each against one linear map.

    Both train by Adam at 0.001, without batch norm and dropout; the one without activations starts from Glorot's
    weights, which keep its variance. Raises SpecError for arguments out of their range or a bad spec.
    """
    given = (spec if isinstance(spec, RunSpec) else RunSpec.from_dict(spec)).replace(**PLAIN)
    steps = STEPS.check(steps)
    curved, plain = Trainer(given), Trainer(given.replace(activation="linear", initializer="glorot_normal"))
    due = looks(steps, MOMENTS)
    when, singular, pace = [], [], Pace(first=0)
    for step in range(steps + 1):
        if step in due and not plain.diverged:
            when.append(step)
            singular.append(torch.linalg.svdvals(compose(plain.model.linears())[0]).numpy())
        over = step == steps or plain.diverged or curved.diverged
        if over or pace.due():
            seen = {"steps": np.array(when), "singular": np.array(singular)}
            yield held_against(plain, curved, done=1.0 if over else step / steps, **seen)
        if over:
            return
        plain.step(measure=False)
        curved.step(measure=False)


def compose(linears: list[nn.Linear]) -> tuple[Tensor, Tensor]:
    """(matrix, bias) of the one map that several make, first to last: W_L ... W_1 and b_L + W_L (b_(L-1) + ...).

    In float64.
    """
    matrix, bias = linears[0].weight.detach().double(), linears[0].bias.detach().double()
    for linear in linears[1:]:
        weight = linear.weight.detach().double()
        matrix, bias = weight @ matrix, weight @ bias + linear.bias.detach().double()
    return matrix.cpu(), bias.cpu()


def held_against(plain: Trainer, curved: Trainer, **seen: Any) -> OneMap:
    """The picture at this moment."""
    data = plain.data.to("cpu")
    matrix, bias = compose(plain.model.linears())
    outputs = answers(plain, data.test_x)
    product = data.test_x.double() @ matrix.T + bias
    best = least_squares(data.train_x, answers(curved, data.train_x))
    bent = answers(curved, data.test_x)
    straight = with_one(data.test_x) @ best
    kept = slice(MOST_SAMPLES)
    return OneMap(
        outputs=outputs[kept].numpy(),
        product=product[kept].numpy(),
        difference=float((outputs - product).abs().max() / outputs.abs().max()),
        curved=bent[kept].numpy(),
        best=straight[kept].numpy(),
        unexplained=float((bent - straight).square().sum() / (bent - bent.mean(0)).square().sum()),
        matrix=matrix.numpy(),
        accuracy=np.array([plain.model.loss.accuracy(one, data.test_y) for one in (outputs, product, bent)]),
        diverged_at=max(diverged_at(plain), diverged_at(curved)),
        **seen,
    )


def answers(trainer: Trainer, x: Tensor) -> Tensor:
    """The net's outputs in inference, in float64 on the CPU."""
    with inference(trainer.model):
        return trainer.model(x.to(trainer.spec.device)).double().cpu()


def least_squares(x: Tensor, y: Tensor) -> Tensor:
    """The affine map [features + 1, classes] that comes closest to y."""
    return torch.linalg.lstsq(with_one(x), y.nan_to_num(), driver="gelsd").solution


def with_one(x: Tensor) -> Tensor:
    """x with a column of ones, in float64."""
    return torch.cat([x.double(), torch.ones(len(x), 1, dtype=torch.float64)], dim=1)
