"""The noise of a mini-batch's gradient: against all subsets one by one, single-sample gradients, and theory."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from engine import ACTIVATIONS, RunSpec, SpecError, Trainer
from engine.experiments.batches.noise import (
    against,
    batch_sizes,
    deviations,
    expected_noise,
    gradient_noise,
    gradients,
    quiet,
)
from engine.spec.examples import DIVERGES
from tests.engine.training.plain import spec

NET = RunSpec(hidden=(12, 9), activation="elu", initializer="he_normal", lr=0.05, batch_size=16)


def last(pictures):
    return list(pictures)[-1]


def squared(tensors) -> float:
    return sum(t.double().square().sum().item() for t in tensors)


def test_the_theory_is_the_mean_over_all_subsets():
    each = np.random.default_rng(5).normal(size=(7, 4)) * [3, 1, 0.2, 1] + [1, 0, 2, 0]
    full = each.mean(axis=0)
    variance = ((each - full) ** 2).sum(axis=1).mean()
    for size in range(1, 8):
        subsets = itertools.combinations(range(7), size)
        apart = np.mean([((each[list(some)].mean(axis=0) - full) ** 2).sum() for some in subsets])
        (expected,) = expected_noise(variance, np.linalg.norm(full), np.array([size]), 7)
        assert expected == pytest.approx(math.sqrt(apart) / np.linalg.norm(full), abs=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_deviations_are_those_of_gradients_taken_one_by_one(activation):
    trainer = Trainer(NET.replace(activation=activation))
    model, x, y = quiet(trainer.model), trainer.data.train_x[:5], trainer.data.train_y[:5]
    full = gradients(model, x, y)
    found = torch.cat([squares for _, squares in deviations(model, x, y, full)])
    for k in range(5):
        model.zero_grad()
        cross_entropy(model(x[k : k + 1]), y[k : k + 1]).backward()
        apart = squared([p.grad - g for p, g in zip(model.parameters(), full, strict=True)])
        assert found[k].item() == pytest.approx(apart, rel=1e-4)


def test_noise_drawn_is_the_noise_expected():
    seen = last(gradient_noise(NET, steps=20, draws=40))
    assert seen.samples == 1437
    assert seen.sizes.tolist() == [2**k for k in range(11)]
    assert seen.root_mean_square() == pytest.approx(seen.expected, rel=0.25)
    assert seen.root_mean_square()[3:].mean() == pytest.approx(seen.expected[3:].mean(), rel=0.05)
    assert seen.expected[:6] * np.sqrt(seen.sizes[:6]) == pytest.approx(seen.expected[0], rel=0.02)
    assert (np.diff(seen.cosine.mean(axis=1)[4:]) > 0).all()
    assert seen.done == 1


def test_the_full_batch_has_no_noise_and_the_opposite_points_away():
    full = [torch.tensor([3.0, 0.0]), torch.tensor([[4.0]])]
    assert against(full, full, 5.0) == (0, 1)
    assert against([-g for g in full], full, 5.0) == (2, -1)
    assert np.isnan(against(full, [g * 0 for g in full], 0.0)).all()


def test_the_place_is_where_training_stands():
    seen = last(gradient_noise(NET, steps=7, draws=1))
    trainer = Trainer(NET)
    for _ in range(7):
        trainer.step(measure=False)
    cross = cross_entropy(trainer.model(trainer.data.train_x), trainer.data.train_y)
    norm = squared(torch.autograd.grad(cross, trainer.parameters)) ** 0.5
    assert seen.norm == pytest.approx(norm, rel=1e-6)


def test_with_batch_norm_there_is_no_theory_and_no_batch_of_one():
    seen = last(gradient_noise(NET.replace(batch_norm="before"), steps=5, draws=10))
    assert seen.sizes[0] == 2
    assert np.isnan(seen.expected).all()
    assert (np.diff(seen.root_mean_square()[4:]) < 0).all()


@pytest.mark.parametrize("fields", [{"dropout": 0.5}, {"activation": "rrelu"}])
def test_only_the_draw_makes_noise(fields):
    trainer = Trainer(spec(**fields))
    model, x = quiet(trainer.model), trainer.data.train_x
    assert torch.equal(model(x), model(x))
    assert not torch.equal(trainer.model(x), trainer.model(x))
    assert torch.equal(model(x), trainer.model.eval()(x))


def test_batch_sizes_are_powers_of_two_below_the_samples():
    assert batch_sizes(9).tolist() == [1, 2, 4, 8]
    assert batch_sizes(8, alone=False).tolist() == [2, 4]


def test_a_run_that_diverges_on_the_way_says_so():
    with pytest.raises(SpecError, match=r"diverged at step 8.*fewer steps"):
        last(gradient_noise(DIVERGES, steps=50))
