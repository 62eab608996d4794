"""Unrolled nets against closed forms and plain backpropagation through time."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from engine.recurrent.cells import build
from engine.recurrent.unrolling import _backward, _forward, unroll
from engine.spec.unrolled import complete
from engine.theory.recurrent import predict_decades


@pytest.mark.parametrize("radius", [0.9, 1.0, 1.1])
def test_an_orthogonal_linear_net_follows_its_radius_exactly(radius):
    run = unroll(activation="identity", radius=radius, steps=60, width=24, inputs=3)
    assert_allclose(run.relative, np.arange(60, -1, -1) * np.log10(radius), atol=1e-12)
    assert run.radius == pytest.approx(radius)
    assert run.decades_a_step == pytest.approx(
        predict_decades(activation="identity", radius=radius), abs=1e-12
    )


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_the_gradient_is_that_of_plain_backpropagation_through_time(cell):
    settings = complete({"cell": cell, "width": 5, "inputs": 3, "steps": 7, "batch_size": 2, "start": 0.3})
    module = build(settings, torch.Generator().manual_seed(4))
    generator = torch.Generator().manual_seed(9)
    xs = torch.randn(7, 2, 3, generator=generator, dtype=torch.float64)
    v = torch.randn(2, 5, generator=generator, dtype=torch.float64)
    first = torch.full((2, 5), 0.3, dtype=torch.float64)
    lstm = cell == "lstm"
    run = _backward(module, _forward(module, xs.clone(), (first, first) if lstm else (first,)), v, np.nan)

    inputs = xs.clone().requires_grad_()
    states = [(first.clone().requires_grad_(), first.clone().requires_grad_())]
    for x in inputs:
        after = module(x, states[-1] if lstm else states[-1][0])
        states.append(after if lstm else (after,))
    for h, *c in states:
        h.retain_grad()
        [part.retain_grad() for part in c]
    (states[-1][0] * v).sum().backward()
    if not lstm:
        hidden = [h.grad.norm().item() for h, *_ in states]
        assert_allclose(10**run.gradient, hidden, rtol=1e-10)
    else:
        cells = [torch.stack(s).detach() for s in states[1:-1]]
        carried = [_carried(module, inputs[t + 1 :].detach(), s, v) for t, s in enumerate(cells)]
        assert_allclose(10 ** run.state_gradient[1:-1], carried, rtol=1e-10)
    assert_allclose(10**run.input_gradient, inputs.grad.norm(dim=(1, 2)), rtol=1e-10)
    assert 10**run.total == pytest.approx(module.weight_hh.grad.norm().item(), rel=1e-10)
    assert_allclose(run.state_rms, [h.detach().square().mean().sqrt().item() for h, *_ in states], rtol=1e-10)


def _carried(module: nn.Module, xs: torch.Tensor, state: torch.Tensor, v: torch.Tensor) -> float:
    """Norm of the gradient of an LSTM's state (h and c stacked) that is all the rest of the net starts from."""
    leaf = state.requires_grad_()
    h, c = leaf
    for x in xs:
        h, c = module(x, (h, c))
    return torch.autograd.grad((h * v).sum(), leaf)[0].norm().item()


def test_a_forget_bias_lets_an_lstm_remember():
    plain, biased = (
        unroll(cell="lstm", matrix="default", forget_bias=b, width=48, steps=60) for b in (0.0, 3.0)
    )
    assert (
        biased.input_gradient[-51] - biased.input_gradient[-1]
        > plain.input_gradient[-51] - plain.input_gradient[-1] + 3
    )


def test_weights_add_up_over_time_and_clipping_scales_them_all_alike():
    run = unroll(radius=1.6, activation="identity", steps=40, width=16)
    assert run.total <= np.log10((10**run.weight_gradient).sum())
    factor, after = run.clipped(1.0)
    assert factor == pytest.approx(-run.total)
    assert_allclose(after[1:] - run.weight_gradient[1:], factor)
    small = unroll(radius=0.5, noise=1e-3, steps=40, width=16)
    assert small.clipped(1e3)[0] == 0


def test_a_radius_of_10_over_500_steps_is_shown_as_the_overflow_it_is():
    run = unroll(activation="identity", radius=10.0, steps=500, width=8)
    assert run.gradient[0] - run.gradient[-1] == pytest.approx(500)
    assert 300 < run.overflow_at < 320
    assert np.isnan(run.state_rms[-1])
    assert np.isnan(run.clipped(1.0)[0])
    tanh = unroll(radius=10.0, steps=500, width=8)
    assert tanh.overflow_at == -1
    assert np.isfinite(tanh.gradient).all()


def test_where_the_states_of_a_relu_overflow_no_gradient_is_made_up():
    run = unroll(activation="relu", radius=10.0, steps=500, width=8)
    assert 300 < run.overflow_at < 450
    assert np.isnan(run.gradient).all()
    assert np.isnan(run.total)
    assert run.span() == (-1, -1)


def test_the_span_holds_nine_tenths_of_the_weights_gradient():
    run = unroll(activation="identity", radius=0.9, steps=100, width=16)
    first, last = run.span()
    parts = 10**run.weight_gradient
    assert 0.88 < parts[first - 1 : last].sum() / parts.sum() < 0.97
    assert 60 < first < last <= 100
    exploding = unroll(radius=3.0, steps=100, width=64)
    assert exploding.span()[1] < 30


def test_a_radius_of_0_leaves_no_gradient_and_says_so():
    run = unroll(radius=0.0, steps=5, width=4)
    assert (run.gradient[:-1] == -np.inf).all()
    assert run.clipped(1.0)[0] <= 0
    assert predict_decades(radius=0.0) == -np.inf


def test_single_precision_follows_far_below_its_smallest_number():
    settings = {"radius": 0.3, "activation": "identity", "steps": 200, "width": 8}
    assert_allclose(unroll(dtype="float32", **settings).relative, unroll(**settings).relative, atol=1e-3)


def test_a_run_is_its_seed_and_leaves_torchs_generator_alone():
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    first = unroll(seed=5, steps=4, width=4)
    assert torch.equal(torch.rand(1), expected)
    assert np.array_equal(first.gradient, unroll(seed=5, steps=4, width=4).gradient)
    assert not np.array_equal(first.gradient, unroll(seed=6, steps=4, width=4).gradient)
