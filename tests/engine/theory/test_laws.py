"""Gaussian expectations against SciPy's Simpson rule, closed forms and random numbers."""

import numpy as np
import pytest
from scipy.integrate import quad, simpson
from scipy.special import erf, expit, ndtr
from scipy.stats import norm
from torch import nn

from engine.theory.laws import Elementwise, Maxout, RandomSlope, law

NUMPY = {
    "linear": lambda u: u,
    "sigmoid": expit,
    "tanh": np.tanh,
    "relu": lambda u: np.maximum(u, 0),
    "leaky_relu": lambda u: np.where(u > 0, u, 0.01 * u),
    "prelu": lambda u: np.where(u > 0, u, 0.25 * u),
    "elu": lambda u: np.where(u > 0, u, np.expm1(np.minimum(u, 0))),
    "selu": lambda u: (
        1.0507009873554805 * np.where(u > 0, u, 1.6732632423543772 * np.expm1(np.minimum(u, 0)))
    ),
    "gelu": lambda u: u * (1 + erf(u / np.sqrt(2))) / 2,
    "silu": lambda u: u * expit(u),
    "softplus": lambda u: np.logaddexp(0, u),
    "softsign": lambda u: u / (1 + np.abs(u)),
    "mish": lambda u: u * np.tanh(np.logaddexp(0, u)),
}
"""An independent phi of each elementwise activation."""


def dense(f, q: float) -> float:
    """E[f(u)], u ~ N(0, q), by SciPy's Simpson rule on 8,001 points a side, dense where activations bend."""
    far = np.arcsinh(100 * 10 * np.sqrt(q))
    x = np.linspace(0, far, 8_001)
    u, du = np.sinh(x) / 100, np.cosh(x) / 100
    gaussian = np.exp(-(u**2) / (2 * q)) / np.sqrt(2 * np.pi * q)
    halves = [simpson(f(side * u) * gaussian * du, x=x) for side in (-1, 1)]
    return float(sum(halves))


@pytest.mark.parametrize("q", [0.04, 1.3, 30.0, 1e4])
@pytest.mark.parametrize("name", NUMPY)
def test_moments_agree_with_a_dense_simpson_rule(name, q):
    phi, moments = NUMPY[name], law(name).moments(q)

    def slope(u):
        side = np.where(np.signbit(u), -1e-5, 1e-5)  # away from the kink at 0, second order
        return (-3 * phi(u) + 4 * phi(u + side) - phi(u + 2 * side)) / (2 * side)

    mean = dense(phi, q)
    assert moments.mean == pytest.approx(mean, rel=1e-8, abs=1e-10 * np.sqrt(q))
    assert moments.second == pytest.approx(dense(lambda u: phi(u) ** 2, q), rel=1e-8)
    assert moments.variance == pytest.approx(dense(lambda u: (phi(u) - mean) ** 2, q), rel=1e-8)
    assert moments.slope == pytest.approx(dense(lambda u: slope(u) ** 2, q), rel=1e-5)


def elu_second(q):
    return q / 2 + np.exp(2 * q) * ndtr(-2 * np.sqrt(q)) - 2 * np.exp(q / 2) * ndtr(-np.sqrt(q)) + 1 / 2


@pytest.mark.parametrize("q", [1e-6, 0.3, 1.0, 40.0])
def test_moments_agree_with_closed_forms(q):
    elu, relu, leaky = (
        law("elu").moments(q),
        law("relu").moments(q),
        law("leaky_relu", {"negative_slope": 0.3}).moments(q),
    )
    assert elu.second == pytest.approx(elu_second(q), rel=1e-9, abs=1e-14)
    assert elu.slope == pytest.approx(1 / 2 + np.exp(2 * q) * ndtr(-2 * np.sqrt(q)), rel=1e-12)
    assert relu.mean == pytest.approx(np.sqrt(q / (2 * np.pi)), rel=1e-13)
    assert relu.second == pytest.approx(q / 2, rel=1e-13)
    assert (leaky.second, leaky.slope) == pytest.approx((q * 1.09 / 2, 1.09 / 2), rel=1e-13)


@pytest.mark.parametrize("q", [1e-40, 1e-20, 1e-6])
def test_tiny_signals_around_a_half_keep_their_digits(q):
    assert law("sigmoid").moments(q).variance == pytest.approx(q / 16, rel=q + 1e-12)


def test_selu_keeps_mean_0_and_variance_1():
    moments = law("selu").moments(1.0)
    assert (moments.mean, moments.second) == pytest.approx((0, 1), abs=1e-7)


@pytest.mark.parametrize("pieces", [1, 2, 3, 5])
def test_maxout_moments_are_those_of_the_largest_of_k(pieces):
    q = 2.5
    largest = [
        quad(lambda z, p=p: (np.sqrt(q) * z) ** p * pieces * norm.pdf(z) * ndtr(z) ** (pieces - 1), -9, 9)[0]
        for p in (1, 2)
    ]
    moments = Maxout(pieces).moments(q)
    assert (moments.mean, moments.second) == pytest.approx(largest, abs=1e-9)


def arc_cosine(rho):
    """E[relu relu'] for unit variance (Cho & Saul 2009)."""
    angle = np.arccos(rho)
    return (np.sin(angle) + rho * (np.pi - angle)) / (2 * np.pi)


@pytest.mark.parametrize("q", [1e-9, 0.7, 3e5])
@pytest.mark.parametrize("rho", [0.0, 0.2, 0.9, 0.999])
def test_the_pair_of_a_relu_is_the_arc_cosine_kernel(rho, q):
    relu, s = law("relu"), q * (1 - rho)
    assert relu.signal(q, s) == pytest.approx(q * (1 / 2 - arc_cosine(rho)), rel=1e-10)
    assert relu.slope_product(q, s) == pytest.approx((np.pi - np.arccos(rho)) / (2 * np.pi), rel=1e-10)


def test_the_pair_of_erf_is_the_arc_sine_kernel():
    class Erf(nn.Module):
        def forward(self, u):
            return (u / 2**0.5).erf()

    q, s = 1.7, 0.4  # Williams 1997
    kernel = 2 / np.pi * np.arcsin((q - s) / (1 + q)), 2 / np.pi * np.arcsin(q / (1 + q))
    assert Elementwise(Erf()).signal(q, s) == pytest.approx(kernel[1] - kernel[0], rel=1e-10)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "gelu", "selu", "mish"])
@pytest.mark.parametrize(("q", "s"), [(1.2, 0.3), (90.0, 25.0), (0.8, 1e-5)])
def test_pairs_agree_with_random_numbers(name, q, s):
    rng = np.random.default_rng(7)
    a, b = rng.standard_normal((2, 200_000)) * np.sqrt([[q - s / 2], [s / 2]])
    sample = (NUMPY[name](a + b) - NUMPY[name](a - b)) ** 2 / 2
    assert law(name).signal(q, s) == pytest.approx(
        sample.mean(), abs=4.5 * sample.std() / np.sqrt(len(sample))
    )


@pytest.mark.parametrize("pieces", [2, 4])
def test_pairs_of_maxout_agree_with_random_numbers(pieces):
    rng, rho, q = np.random.default_rng(3), 0.6, 1.8
    u = rng.standard_normal((300_000, pieces))
    v = rho * u + np.sqrt(1 - rho**2) * rng.standard_normal(u.shape)
    sample = q * (u.max(1) - v.max(1)) ** 2 / 2
    same = (u.argmax(1) == v.argmax(1)).mean()
    maxout = Maxout(pieces)
    assert maxout.signal(q, q * (1 - rho)) == pytest.approx(
        sample.mean(), abs=4.5 * sample.std() / np.sqrt(len(u))
    )
    assert maxout.slope_product(q, q * (1 - rho)) == pytest.approx(same, abs=4e-3)


def test_maxout_of_two_pieces_is_a_closed_form():
    rho = np.array([0.0, 0.4, 0.95, 0.9999])
    exact = 1 - (rho / 2 + (np.sqrt(1 - rho**2) + rho * np.arcsin(rho)) / np.pi)
    assert [Maxout(2).signal(1.0, 1 - r) for r in rho] == pytest.approx(list(exact), rel=1e-6)


def test_random_slopes_make_equal_samples_differ():
    lower, upper = 0.1, 0.7
    noisy = RandomSlope(lower, upper)
    assert noisy.signal(2.0, 0.0) == pytest.approx(2.0 / 2 * (upper - lower) ** 2 / 12)
    second_slope = (lower**2 + lower * upper + upper**2) / 3
    assert noisy.moments(2.0).second == pytest.approx(1 + second_slope)
    assert noisy.moments(2.0).slope == pytest.approx((1 + second_slope) / 2)


def test_the_signal_of_independent_samples_is_the_variance():
    assert law("sigmoid").signal(1.0, 1.0) == law("sigmoid").moments(1.0).variance
    below = law("elu").signal(1.0, 1.0 - 1e-9)
    assert below == pytest.approx(law("elu").moments(1.0).variance, rel=1e-8)


def test_a_signal_without_length_or_beyond_all_numbers_is_said_so():
    assert law("sigmoid").moments(0.0).second == 0.25
    assert law("relu").moments(0.0).slope == pytest.approx(0.5)
    assert law("relu").moments(np.inf).second == np.inf
    assert law("relu").signal(np.inf, np.inf) == np.inf
