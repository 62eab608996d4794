"""Scaled tensors against whole numbers, which Python holds at any size."""

from math import isnan, log10, sqrt

import pytest
import torch

from engine.measure.scaled import Scaled, exponent, rms


def test_the_norm_is_right_far_beyond_what_floating_point_holds():
    x = torch.tensor([[3.0, -4.0], [0.0, 12.0]])
    assert Scaled(x, 5000).log10_norm == pytest.approx(log10(13 * 2**5000))
    assert Scaled(1e-200 * x.double()).log10_norm == pytest.approx(log10(13) - 200)
    assert Scaled(0 * x, 7).log10_norm == -float("inf")
    assert isnan(Scaled(torch.tensor([1.0, float("inf")])).log10_norm)


@pytest.mark.parametrize(("power", "other"), [(3000, 3002), (3002, 3000), (0, 0), (-2100, -2099)])
def test_a_sum_stands_at_the_larger_power(power, other):
    total = Scaled(torch.tensor([3.0, 8.0]), power) + Scaled(torch.tensor([5.0, -1.0]), other)
    low = min(power, other)
    terms = [3 * 2 ** (power - low) + 5 * 2 ** (other - low), 8 * 2 ** (power - low) - 2 ** (other - low)]
    assert total.power == max(power, other)
    assert total.log10_norm == pytest.approx(log10(sqrt(sum(t**2 for t in terms))) + low * log10(2))


def test_what_is_far_too_small_to_show_leaves_the_sum_as_it_is():
    large = torch.tensor([0.75, -0.5])
    assert torch.equal((Scaled(torch.tensor([9.0, 9.0]), -(10**6)) + Scaled(large, 10**6)).tensor, large)


def test_the_root_mean_square_does_not_overflow_on_the_way():
    assert rms(torch.tensor([3e200, 4e200], dtype=torch.float64)) == pytest.approx(sqrt(12.5) * 1e200)
    assert rms(torch.zeros(3)) == 0
    assert rms(torch.tensor([1.0, -float("inf")])) == float("inf")
    assert isnan(rms(torch.tensor([1.0, float("nan")])))


def test_the_exponent_brings_the_largest_entry_between_one_half_and_1():
    parts = [torch.tensor([0.1, -5.0]), torch.tensor([3.0])]
    assert exponent(parts) == 3
    assert exponent([0 * part for part in parts]) == 0
    assert exponent([torch.tensor([float("inf")])]) == 0
