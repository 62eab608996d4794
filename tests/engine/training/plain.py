"""Training in plain PyTorch, written out: the trainer's witness."""

import copy
from collections.abc import Callable

import torch
from torch import nn, optim
from torch.nn.functional import cross_entropy

from engine.spec import RunSpec
from engine.tables.datasets import DATASETS
from engine.training.trainer import Trainer

SMALL = {"dataset": "moons", "hidden": (7, 5), "batch_size": 16, "lr": 0.05}


def spec(**fields) -> RunSpec:
    return RunSpec(**SMALL | fields)


class Plain:
    """The same net on the same batches in a loop of plain PyTorch."""

    def __init__(self, trainer: Trainer, make: Callable[..., optim.Optimizer], clip=lambda parameters: None):
        self.model = copy.deepcopy(trainer.model)
        self.data, self.size = DATASETS[trainer.spec.dataset].load(trainer.spec.seed), trainer.spec.batch_size
        self.generator = torch.Generator().manual_seed(trainer.spec.seed + 1)
        self.optimizer, self.clip = make(self.model.parameters()), clip
        self.order = torch.empty(0, dtype=torch.int64)

    def step(self) -> float:
        if len(self.order) < self.size:
            self.order = torch.randperm(len(self.data.train_x), generator=self.generator)
        batch, self.order = self.order[: self.size], self.order[self.size :]
        self.optimizer.zero_grad()
        loss = cross_entropy(self.model(self.data.train_x[batch]), self.data.train_y[batch])
        loss.backward()
        self.clip(self.model.parameters())
        self.optimizer.step()
        return loss.item()


def assert_same_weights(one: nn.Module, other: nn.Module) -> None:
    for name, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name
