"""Unrolled nets against closed forms, plain backpropagation through time, and the theory of wide ones."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from engine.recurrent import (
    SETTINGS,
    _backward,
    _forward,
    build,
    complete,
    critical_radius,
    gate_decades,
    predict_decades,
    unroll,
)
from engine.registry import SpecError


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


@pytest.mark.parametrize(("activation", "noise"), [("tanh", 0.5), ("relu", 0.5)])
def test_wide_tanh_nets_follow_the_theory(activation, noise):
    for radius in (0.9, 1.3):
        settings = {"activation": activation, "radius": radius, "noise": noise}
        run = unroll(width=200, inputs=64, steps=50, batch_size=4, **settings)
        assert run.relative[-21] / 20 == pytest.approx(predict_decades(**settings), abs=0.02)


def test_a_tanh_net_with_noise_is_critical_well_above_radius_1():
    assert predict_decades(radius=1.0, noise=0.5) < -0.1
    assert predict_decades(radius=1.55, noise=0.5) == pytest.approx(0, abs=0.005)
    assert predict_decades(radius=critical_radius(noise=0.5), noise=0.5) == pytest.approx(0, abs=1e-9)
    assert critical_radius(noise=0.0) == pytest.approx(1)
    assert critical_radius(activation="identity", noise=7.0) == 1
    relu = critical_radius(activation="relu")
    assert predict_decades(activation="relu", radius=relu) == pytest.approx(0, abs=1e-12)
    assert np.isnan(critical_radius(cell="gru"))


def test_a_forget_bias_lets_an_lstm_remember():
    plain, biased = (
        unroll(cell="lstm", matrix="default", forget_bias=b, width=48, steps=60) for b in (0.0, 3.0)
    )
    assert (
        biased.input_gradient[-51] - biased.input_gradient[-1]
        > plain.input_gradient[-51] - plain.input_gradient[-1] + 3
    )


@pytest.mark.parametrize("bias", [-2.0, 0.0, 1.0, 5.0])
def test_without_weights_an_lstm_forgets_at_the_pace_of_its_forget_gate(bias):
    still = {"cell": "lstm", "forget_bias": bias, "radius": 0.0, "noise": 0.0, "width": 6}
    memory = unroll(steps=41, **still).cell_gradient
    assert memory[0] - memory[-2] == pytest.approx(40 * np.log10(1 / (1 + np.exp(-bias))), abs=1e-9)
    assert gate_decades(**still) == pytest.approx(np.log10(1 / (1 + np.exp(-bias))))
    assert np.isnan(gate_decades())


def test_both_of_torchs_forget_biases_together_make_the_one_asked_for():
    for kind, gates in (("lstm", 4), ("gru", 3)):
        cell = build(
            complete({"cell": kind, "forget_bias": 2.0, "width": 6}), torch.Generator().manual_seed(0)
        )
        gate = (cell.bias_ih + cell.bias_hh).chunk(gates)[1]
        assert (gate == 2).all()


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


def test_torchs_own_start_is_drawn_like_torchs():
    cell = build(complete({"matrix": "default", "width": 100, "inputs": 5}), torch.Generator().manual_seed(0))
    theirs = nn.RNNCell(5, 100)
    for mine, other in zip(cell.parameters(), theirs.parameters(), strict=True):
        assert mine.abs().max().item() == pytest.approx(other.abs().max().item(), rel=0.05)
        assert mine.shape == other.shape


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"radius": float("nan")}, "radius: nan is not allowed; give a number with 0 <= radius <= 100."),
        ({"steps": 0}, "steps: 0 is not allowed; give a whole number with 1 <= steps <= 2000."),
        ({"cell": "lsmt"}, "cell: 'lsmt' is not allowed; give one of rnn, lstm, gru. Did you mean 'lstm'?"),
        ({"rho": 1.0}, f"'rho' is no setting of a recurrent net; there are {', '.join(SETTINGS)}."),
    ],
)
def test_settings_that_describe_no_net_are_explained(settings, message):
    with pytest.raises(SpecError) as error:
        unroll(**settings)
    assert str(error.value) == message
