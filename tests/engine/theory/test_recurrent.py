"""What theory says of recurrent nets, against nets that are unrolled."""

import numpy as np
import pytest

from engine.recurrent.unrolling import unroll
from engine.theory.recurrent import critical_radius, gate_decades, predict_decades


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


@pytest.mark.parametrize("bias", [-2.0, 0.0, 1.0, 5.0])
def test_without_weights_an_lstm_forgets_at_the_pace_of_its_forget_gate(bias):
    still = {"cell": "lstm", "forget_bias": bias, "radius": 0.0, "noise": 0.0, "width": 6}
    memory = unroll(steps=41, **still).cell_gradient
    assert memory[0] - memory[-2] == pytest.approx(40 * np.log10(1 / (1 + np.exp(-bias))), abs=1e-9)
    assert gate_decades(**still) == pytest.approx(np.log10(1 / (1 + np.exp(-bias))))
    assert np.isnan(gate_decades())
