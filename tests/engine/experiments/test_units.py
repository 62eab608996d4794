"""Unit health: the shares against plain NumPy, deaths and revivals by hand, the recipe by its numbers."""

import numpy as np
import pytest
import torch
from torch import nn

from engine import RunSpec, SpecError, Trainer
from engine.experiments.looks import looks
from engine.experiments.units import UnitHealth, look, unit_health
from engine.spec.examples import KILLER

SMALL = RunSpec(hidden=(9, 7, 5), activation="relu", initializer="he_normal", lr=0.3, batch_size=32)


def last(*args, **kwargs) -> UnitHealth:
    *_, health = unit_health(*args, **kwargs)
    return health


def by_hand(**changes) -> UnitHealth:
    """Three units over four moments: one dies and comes back, one is born dead, one never dies."""
    saturated = np.array([[0.5, 1.0, 0.2], [1.0, 1.0, 0.9], [0.7, 1.0, 0.1], [1.0, 1.0, 0.4]])
    given = {
        "steps": np.array([0, 2, 5, 9]),
        "layer": np.array([1, 1, 2]),
        "firing": 1 - saturated,
        "saturated": saturated,
        "loss": np.ones(4),
        "accuracy": np.zeros(4),
        "samples": 10,
        "diverged_at": -1,
        "done": 1.0,
    }
    return UnitHealth(**given | changes)


def test_deaths_and_revivals_are_those_one_counts_by_hand():
    health = by_hand()
    assert health.deaths.T.tolist() == [[False, True, False, True], [True, False, False, False], [False] * 4]
    assert health.revivals.T.tolist() == [[False, False, True, False], [False] * 4, [False] * 4]
    assert np.array_equal(health.died, [2, 0, np.nan], equal_nan=True)
    assert health.dead_by_layer().tolist() == [[0.5, 0], [1, 0], [0.5, 0], [1, 0]]
    assert health.order().tolist() == [1, 0, 2]
    assert health.order(2).tolist() == [2]


def test_a_broken_unit_is_neither_dead_nor_back():
    saturated = np.array([[1.0, 0.5], [np.nan, np.nan]])
    health = by_hand(
        saturated=saturated, firing=1 - saturated, layer=np.array([1, 1]), steps=np.array([0, 1])
    )
    assert not health.dead[1].any()
    assert not health.revivals.any()


def forward(model: nn.Sequential, x: np.ndarray, phi) -> list[np.ndarray]:
    """What enters each activation, in NumPy."""
    entering = []
    for linear in [module for module in model if isinstance(module, nn.Linear)]:
        u = x @ linear.weight.detach().numpy().T + linear.bias.detach().numpy()
        entering.append(u)
        x = phi(u)
    return entering[:-1]


@pytest.mark.parametrize(
    ("activation", "phi", "flat"),
    [
        ("relu", lambda u: np.maximum(u, 0), lambda u: u <= 0),
        ("tanh", np.tanh, lambda u: np.abs(np.tanh(u)) >= 0.97),
        ("leaky_relu", lambda u: np.where(u > 0, u, 0.01 * u), lambda u: np.zeros_like(u, bool)),
    ],
)
def test_the_shares_are_those_of_plain_numpy(activation, phi, flat):
    trainer = Trainer(SMALL.replace(activation=activation, dtype="float64"))
    for _ in range(20):
        trainer.step(measure=False)
    firing, saturated, *_ = look(trainer, samples=100)
    entering = forward(trainer.model, trainer.data.train_x[:100].numpy(), phi)
    assert firing == pytest.approx(np.concatenate([(u > 0).mean(0) for u in entering]), abs=1e-6)
    assert saturated == pytest.approx(np.concatenate([flat(u).mean(0) for u in entering]), abs=1e-6)


@pytest.mark.parametrize("extras", [{"batch_norm": "before", "dropout": 0.3}, {"activation": "rrelu"}])
def test_looking_changes_nothing_of_the_run(extras):
    watched, alone = Trainer(SMALL.replace(**extras)), Trainer(SMALL.replace(**extras))
    for _ in range(5):
        look(watched, 50)
        watched.step(measure=False)
        alone.step(measure=False)
    for a, b in zip(watched.model.state_dict().values(), alone.model.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    assert watched.model.training


def test_batch_norm_is_seen_as_it_trains():
    """The same samples as one training batch, measured by the probe: one share for each layer."""
    trainer = Trainer(SMALL.replace(batch_norm="before", batch_size=None))
    firing, saturated, *_ = look(trainer, len(trainer.data.train_x))
    assert saturated[9:16].mean() == pytest.approx(trainer.step().saturated[1], abs=1e-6)
    assert firing == pytest.approx(1 - saturated, abs=1e-6)


def test_maxout_fires_where_its_largest_map_is_positive():
    trainer = Trainer(SMALL.replace(activation="maxout", hidden=(4,)))
    outputs = trainer.model.activation1(trainer.model.linear1(trainer.data.train_x[:64])).detach().numpy()
    assert look(trainer, 64)[0] == pytest.approx((outputs > 0).mean(0))


def test_the_picture_grows_and_the_first_moment_is_the_start():
    health = last(SMALL.to_dict(), steps=50, moments=8, samples=64)
    assert list(health.steps) == looks(50, 8, power=2)
    assert health.steps[0] == 0
    assert health.firing.shape == health.saturated.shape == (len(health.steps), 21)
    assert np.array_equal(health.firing[0], look(Trainer(SMALL), 64)[0])
    assert health.done == 1


def test_moments_are_denser_at_first():
    moments = looks(600, 60, power=2)
    assert moments[:4] == [0, 1, 2, 3]
    assert moments[-1] == 600
    assert 40 < len(moments) <= 60


@pytest.mark.parametrize("seed", range(8))
def test_the_recipe_kills_half_of_the_net_within_20_steps(seed):
    health = last(KILLER.replace(seed=seed), steps=20, moments=2)
    assert 0.45 < health.dead[-1].mean() < 0.65


def test_the_recipe_leaves_half_of_the_net_dead_and_the_rest_learns():
    health = last(KILLER, steps=300, moments=20)
    assert 0.45 < health.dead[-1].mean() < 0.58
    assert health.dead[0].mean() < 0.05
    assert health.accuracy[-1] > 0.95


def test_the_same_recipe_with_leaky_relu_kills_none():
    health = last(KILLER.replace(activation="leaky_relu"), steps=60, moments=8)
    assert not health.dead.any()
    assert (health.firing[-1] == 0).any()


def test_a_run_that_diverges_ends_with_what_was_seen():
    health = last(SMALL.replace(activation="leaky_relu", lr=1e4), steps=500, moments=10)
    assert health.diverged_at == health.steps[-1]
    assert health.steps[-1] < 500
    assert health.done == 1


@pytest.mark.parametrize("extra", [{"hidden": ()}, {"hidden": (1,)}, {"batch_size": 1}])
def test_small_nets_are_looked_at_all_the_same(extra):
    health = last(SMALL.replace(**extra), steps=3, moments=2)
    assert health.firing.shape == (len(health.steps), sum(health.layer > 0))
    assert health.dead_by_layer().shape[0] == len(health.steps)


@pytest.mark.parametrize("bad", [{"steps": 0}, {"moments": 1}, {"samples": 1}])
def test_arguments_out_of_range_say_what_is_allowed(bad):
    with pytest.raises(SpecError, match=next(iter(bad))):
        last(SMALL, **bad)
