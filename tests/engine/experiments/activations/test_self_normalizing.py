"""SELU's fixed point, against the closed forms of Klambauer et al. (2017) and ReLU's by hand."""

import numpy as np
import pytest
from scipy.stats import norm
from torch import nn

from engine import SpecError
from engine.experiments.activations.self_normalizing import expected, selu_fixed_point, settling


def last(**arguments):
    *_, final = settling(**arguments)
    return final


def selu_moments(q: float) -> tuple[float, float]:
    """(mean, variance) of SELU over N(0, q), from the paper's integrals."""
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    root = np.sqrt(q)
    mean = scale * (root / np.sqrt(2 * np.pi) + alpha * (np.exp(q / 2) * norm.cdf(-root) - 0.5))
    tail = np.exp(2 * q) * norm.cdf(-2 * root) - 2 * np.exp(q / 2) * norm.cdf(-root) + 0.5
    return mean, scale**2 * (q / 2 + alpha**2 * tail) - mean**2


def test_selu_follows_the_papers_map_to_mean_0_and_variance_1():
    means, variances = expected("selu", 60, mean=0.5, variance=2.0)
    for layer in range(60):
        q = means[layer] ** 2 + variances[layer]
        assert (means[layer + 1], variances[layer + 1]) == pytest.approx(selu_moments(q), abs=1e-9)
    assert (means[-1], variances[-1]) == pytest.approx((0, 1), abs=1e-3)


def test_the_fixed_point_is_exact_and_its_gradient_grows_a_little():
    mean, variance, slope = selu_fixed_point()
    assert (mean, variance) == pytest.approx((0, 1), abs=1e-12)
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    assert slope == pytest.approx(scale**2 * (0.5 + alpha**2 * np.exp(2) * norm.cdf(-2)), abs=1e-9)


def test_real_nets_do_what_is_expected():
    seen = last(depth=12, width=200, seeds=2)
    assert seen.means.shape == seen.variances.shape == (4, 2, 13)
    assert seen.means[:, :, 0] == pytest.approx(np.full((4, 2), 0.5), abs=0.05)
    assert seen.variances[:, :, 0] == pytest.approx(np.full((4, 2), 2.0), abs=0.1)
    assert seen.variances[0].mean(axis=0) == pytest.approx(seen.predicted_variances[0], rel=0.1)
    assert seen.means[0].mean(axis=0)[-4:] == pytest.approx(seen.predicted_means[0, -4:], abs=0.1)


def test_relu_keeps_its_mean_square_and_never_a_mean_of_zero():
    """With He's weights the mean square of h stays q/2 · 2: the mean is sqrt(q / 2π), the variance the rest."""
    means, variances = expected("relu", 3, mean=0.0, variance=2.0)
    q = 2 * 2.0
    assert means[1:] == pytest.approx(np.full(3, np.sqrt(q / (2 * np.pi))))
    assert variances[1:] == pytest.approx(np.full(3, q / 2 - q / (2 * np.pi)))


def test_the_layers_are_those_of_torch():
    import torch

    from engine.experiments.activations.self_normalizing import forward

    means, variances = forward("elu", 1, 50, seed=3, mean=1.0, variance=4.0)
    generator = torch.Generator().manual_seed(3)
    x = 1 + 2 * torch.randn(128, 50, generator=generator)
    weight = torch.empty(50, 50)
    nn.init.kaiming_normal_(weight, generator=generator)
    h = nn.functional.elu(x @ weight.T)
    assert means == pytest.approx([x.mean().item(), h.mean().item()], rel=1e-4)
    assert variances == pytest.approx([x.var(correction=0).item(), h.var(correction=0).item()], rel=1e-4)


@pytest.mark.parametrize("bad", [{"depth": 0}, {"width": 1}, {"variance": 0.0}, {"names": ["selo"]}])
def test_bad_arguments_are_refused(bad):
    with pytest.raises(SpecError):
        last(**bad)
