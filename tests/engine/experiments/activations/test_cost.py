"""The cost of activations: every one is timed in every round, and slower code takes longer."""

import time

import numpy as np
import pytest
import torch
from torch import nn

from engine import ACTIVATIONS, SpecError
from engine.experiments.activations import cost as module
from engine.experiments.activations.cost import Cost, activation_cost, backward, forward


def test_every_activation_has_its_turn_in_every_round():
    *_, cost = activation_cost(samples=8, width=8, rounds=3)
    assert cost.names[0] == "relu"
    assert set(cost.names) == set(ACTIVATIONS)
    assert cost.seconds.shape == (3, len(ACTIVATIONS), 3)
    assert (cost.seconds > 0).all()
    assert cost.done == 1
    assert np.array_equal(cost.ratios[0], [1, 1, 1])


def test_ratios_are_taken_within_a_round():
    """A machine that slows down threefold in the second round changes no ratio."""
    slow = np.array([1.0, 3.0, 1.0])[:, None, None]
    cost = Cost(names=["relu", "b"], seconds=slow * np.array([[1.0, 2, 4], [3, 2, 1]]), done=1.0)
    assert cost.ratios.tolist() == [[1, 1, 1], [3, 1, 0.25]]
    assert cost.quartiles[:, 1, 0].tolist() == [3, 3]


class Slow(torch.autograd.Function):
    """The identity; it sleeps 2 ms forward and 30 ms backward."""

    @staticmethod
    def forward(ctx, x):
        time.sleep(0.002)
        return x.clone()

    @staticmethod
    def backward(ctx, upstream):
        time.sleep(0.03)
        return upstream


class Sleeper(nn.Module):
    def forward(self, x):
        return Slow.apply(x)


def test_forward_and_backward_are_timed_apart():
    x = torch.ones(3, requires_grad=True)
    seconds, y = forward(Sleeper(), x)
    assert 0.002 <= seconds < 0.03
    assert backward(y, [x], torch.ones(3)) >= 0.03


def test_the_orders_of_two_rounds_are_each_others_reverse():
    seen = []
    tasks = [lambda name=name: seen.append(name) or 0.0 for name in "abc"]
    module.one_round(tasks, 0)
    module.one_round(tasks, 1)
    assert "".join(seen[:: module.REPEATS]) == "abccba"


def test_timing_leaves_the_random_numbers_of_others_alone():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    *_, _ = activation_cost(samples=4, width=4, rounds=3, names=["rrelu"])
    assert torch.equal(torch.rand(1), expected)


def test_an_unknown_activation_is_refused():
    with pytest.raises(SpecError, match="Did you mean 'tanh'"):
        next(activation_cost(names=["tahn"]))
