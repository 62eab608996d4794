"""Batch norm's theory against a simulation of one normalized layer, and Yang et al.'s closed forms."""

import numpy as np
import pytest
import torch

from engine.spec import blocks
from engine.theory.blocks import Layer, fold
from engine.theory.laws import law
from engine.theory.moments import Gaussian, Gradient
from engine.theory.normalization import after_activation, over_sphere
from engine.theory.shares import tail_of_sphere


def normalized(draws: int, batch: int, seed: int = 5) -> torch.Tensor:
    z = torch.randn(draws, batch, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return torch.nn.functional.batch_norm(z.T, None, None, training=True, eps=1e-12).T


def back_through(name: str, batch: int, above: Gradient, variance: float = 1.0) -> float:
    """The squared gradient at z ~ N(0, variance) below a norm and an activation, by theory."""
    parts = blocks.BatchNorm("norm1", 1), blocks.Activation("activation1", name, {})
    z = Gaussian(mean=0.0, second=variance, signal=variance, samples=batch)
    _, back = fold(parts, z, [Layer(z)])
    below = back(above)
    assert below.product == pytest.approx(-below.square / (batch - 1))  # of what sums to 0 over the batch
    return below.mean_square * law(name).pieces


def through_a_norm(batch: int) -> Gradient:
    """A gradient that came through a batch norm above: it sums to 0."""
    return Gradient(square=1.0, product=-1 / (batch - 1))


@pytest.mark.parametrize("batch", [4, 5, 9, 64])
def test_a_linear_net_grows_by_b_minus_2_over_b_minus_3(batch):
    signal = over_sphere(law("linear"), batch).signal
    factor = back_through("linear", batch, through_a_norm(batch), signal)
    assert factor == pytest.approx((batch - 2) / (batch - 3))


@pytest.mark.parametrize(("name", "factor"), [("relu", np.pi / (np.pi - 1)), ("maxout", np.pi / (np.pi - 1))])
def test_large_batches_reach_the_limit(name, factor):
    signal = over_sphere(law(name), 60_000).signal
    assert back_through(name, 60_000, through_a_norm(60_000), signal) == pytest.approx(factor, rel=1e-4)
    assert after_activation(law(name), 1.0, 1.0, 3_000)[1] == pytest.approx(factor, rel=8e-3)


@pytest.mark.parametrize("name", ["relu", "tanh", "selu", "softplus"])
@pytest.mark.parametrize("batch", [4, 6, 17])
def test_moments_over_the_sphere_are_those_of_normalized_batches(name, batch):
    y = normalized(60_000, batch)
    phi = law(name).module(y)
    moments = over_sphere(law(name), batch)
    assert moments.mean == pytest.approx(phi.mean().item(), abs=4e-3)
    assert moments.second == pytest.approx(phi.square().mean().item(), rel=1e-2)
    assert moments.signal == pytest.approx(phi.var(dim=1).mean().item(), rel=1e-2)


def gradient_through(
    phi, batch: int, order: str, gradient: torch.Tensor, draws: int = 20_000
) -> torch.Tensor:
    """dS/dz of BN and phi in either order, by autograd; z ~ N(0, 1), units in the second axis."""
    generator = torch.Generator().manual_seed(11)
    z = torch.randn(batch, draws, generator=generator, dtype=torch.float64).requires_grad_()

    def norm(v):
        return torch.nn.functional.batch_norm(v, None, None, training=True, eps=1e-12)

    h = phi(norm(z)) if order == "before" else norm(phi(z))
    return torch.autograd.grad(h, z, gradient(h.shape))[0]


def white(shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


def centered(shape):
    return white(shape) - white(shape).mean(0)


@pytest.mark.parametrize("name", ["relu", "tanh", "rrelu"])
def test_one_layer_backward_agrees_with_autograd(name):
    batch = 24
    phi = law(name)
    module = torch.nn.RReLU().double().train() if name == "rrelu" else phi.module
    torch.manual_seed(4)
    first = gradient_through(module, batch, "before", white).square().mean().item()
    inner = gradient_through(module, batch, "before", centered).square().mean().item()
    assert back_through(name, batch, Gradient()) == pytest.approx(first, rel=0.03)
    share = (batch - 1) / batch  # what centering leaves of the mean square
    assert back_through(name, batch, through_a_norm(batch)) * share == pytest.approx(inner, rel=0.03)
    after = gradient_through(module, batch, "after", white)
    square, unshared = after_activation(phi, 1.0, 1.0, batch)
    assert square == pytest.approx(after.square().mean().item(), rel=0.03)
    covariance = after @ after.T / after.shape[1]
    diagonal = covariance.diagonal().mean()
    off = (covariance.sum() - covariance.trace()) / (batch * (batch - 1))
    assert unshared == pytest.approx((diagonal - off).item(), rel=0.03)


@pytest.mark.parametrize("batch", [4, 7, 40])
def test_the_tail_of_the_sphere_is_counted(batch):
    y = normalized(100_000, batch)
    counted = ((y <= -1.3) | (y >= 0.4)).double().mean().item()
    assert tail_of_sphere(-1.3, 0.4, batch) == pytest.approx(counted, abs=4e-3)
    assert tail_of_sphere(-np.inf, np.inf, batch) == 0
