"""The chapter's experiment: its net module by module, its batch norm's convention, and its epochs."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn, optim

from engine import DATASETS, Trainer
from engine.experiments.chapter import chapter
from engine.spec.examples import CHAPTER
from engine.spec.variants import without_batch_norm
from engine.training import data as training_data
from tests.engine.training.plain import Plain

pytestmark = pytest.mark.slow

WITH, WITHOUT = range(2)


@pytest.fixture(scope="module")
def epochs():
    return list(chapter())[-1]


def test_the_net_is_the_chapters():
    shapes = [(type(module).__name__, *getattr(module, "weight", torch.empty(0)).shape)
              for module in Trainer(CHAPTER).model]  # fmt: skip
    hidden = [[("Linear", n, m), ("BatchNorm1d", n), ("ELU", 0)] for m, n in ((64, 300), (300, 100))]
    assert shapes == [*hidden[0], *hidden[1], ("Linear", 10, 100), ("BatchNorm1d", 10)]


def test_a_batch_norm_momentum_of_0_9_in_the_chapter_is_0_1_here():
    trainer = Trainer(CHAPTER)
    norm, inputs = trainer.model.norm1, []
    norm.register_forward_pre_hook(lambda module, given: inputs.append(given[0].detach()))
    trainer.step(measure=False)
    (z,) = inputs
    assert norm.running_mean == pytest.approx((0.9 * torch.zeros(300) + 0.1 * z.mean(0)).numpy(), abs=1e-6)
    assert norm.running_var == pytest.approx((0.9 * torch.ones(300) + 0.1 * z.var(0)).numpy(), rel=1e-4)


def test_accuracy_is_looked_at_when_each_epoch_ends(epochs):
    plain = Plain(Trainer(CHAPTER), lambda p: optim.SGD(p, lr=0.01))
    assert epochs.steps == 1437 // 200
    for accuracy in epochs.accuracy[WITH, 1:4]:
        for _ in range(7):
            plain.step()
        plain.model.eval()
        told = plain.model(plain.data.test_x).argmax(1) == plain.data.test_y
        plain.model.train()
        assert accuracy == pytest.approx(told.double().mean().item())


def test_twenty_epochs_bring_both_nets_above_90_percent_and_batch_norm_no_further(epochs):
    assert epochs.accuracy.shape == (2, 21)
    assert (epochs.accuracy[:, 0] < 0.2).all()
    assert (epochs.accuracy[:, -1] > 0.9).all()
    assert epochs.accuracy[WITH, 3] < epochs.accuracy[WITHOUT, 3]


def test_at_100_times_the_rate_only_batch_norm_trains():
    seen = list(chapter(CHAPTER.replace(lr=1.0)))[-1]
    assert seen.diverged_at[WITH] == -1 < seen.diverged_at[WITHOUT] < 20
    assert seen.accuracy[WITH, -1] > 0.97
    assert np.isnan(seen.accuracy[WITHOUT, 3:]).all()


def test_without_batch_norm_nothing_is_normalized():
    model = Trainer(without_batch_norm(CHAPTER.replace(batch_norm_input=True))).model
    assert not [module for module in model if isinstance(module, nn.BatchNorm1d)]


@pytest.fixture
def large_digits(monkeypatch):
    """What stands for MNIST: the digits, enlarged to 28 x 28 pixels."""

    def enlarged(seed):
        x, y = DATASETS["digits"].draw(seed)
        return np.pad(np.kron(x.reshape(-1, 8, 8), np.ones((3, 3))), ((0, 0), (2, 2), (2, 2))).reshape(
            -1, 784
        ), y

    stand_in = dataclasses.replace(DATASETS["mnist"], draw=enlarged, test=300)
    monkeypatch.setitem(DATASETS._entries, "mnist", stand_in)
    training_data._load.cache_clear()
    yield
    training_data._load.cache_clear()


def test_on_mnist_the_net_has_784_inputs_and_learns(large_digits):
    spec = CHAPTER.replace(dataset="mnist")
    assert Trainer(spec).model.linear1.weight.shape == (300, 784)
    seen = list(chapter(spec, epochs=8))[-1]
    assert seen.steps == 1497 // 200
    assert (seen.accuracy[:, -1] > 0.8).all()
