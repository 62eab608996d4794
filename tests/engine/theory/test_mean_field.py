"""The recursions against closed forms, direct simulation, and each other."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from engine.spec import RunSpec
from engine.tables.activations import ACTIVATIONS
from engine.tables.errors import SpecError
from engine.tables.initializers import INITIALIZERS
from engine.theory.laws import law
from engine.theory.mean_field import expect, predict
from engine.theory.shares import dead_share, saturated_share
from engine.training.trainer import Trainer


def test_a_linear_glorot_net_of_constant_width_changes_nothing():
    linear = predict(activation="linear", widths=(64,) * 6)
    assert_allclose(linear.q, 1)
    assert_allclose(linear.gradient_ms, 1)
    assert_allclose(linear.signal_var, 31 / 32)


def test_forward_goes_with_fan_in_and_backward_with_fan_out():
    widths = (30, 60, 20, 50)
    theory = predict(activation="relu", initializer="normal", initializer_options={"std": 0.3}, widths=widths)
    q = [30 * 0.09]
    q += [60 * 0.09 * q[0] / 2]
    q += [20 * 0.09 * q[1] / 2]
    assert_allclose(theory.q, q)
    assert_allclose(theory.gradient_ms, [20 * 0.09 / 2 * 50 * 0.09 / 2, 50 * 0.09 / 2, 1])
    assert_allclose(theory.chi, [20 * 0.09 / 2, 50 * 0.09 / 2, 20 * 0.09 / 2])


def test_the_bias_of_pytorchs_default_adds_to_the_length():
    theory = predict(activation="relu", initializer="torch_default", widths=(50, 20, 80))
    q1 = 1 / 3 + 1 / 150
    assert_allclose(theory.q, [q1, q1 / 6 + 1 / 60])


def test_orthogonal_weights_use_the_larger_side():
    theory = predict(activation="linear", initializer="orthogonal", widths=(40, 80, 20))
    assert_allclose(theory.q, [0.5, 0.5])
    assert_allclose(theory.gradient_ms, [0.25, 1])


def test_maxout_draws_each_piece_for_itself():
    theory = predict(activation="maxout", activation_options={"pieces": 2}, widths=(40, 80, 20))
    assert_allclose(theory.q, [2 / 3, 2 / 3 * 2 * 80 / 100])
    assert_allclose(theory.gradient_ms, [2 * 20 / 100, 1])


def test_the_signal_of_a_sigmoid_falls_while_its_length_stays():
    theory = predict(activation="sigmoid", widths=(100,) * 51, batch_size=10**4)
    assert theory.q[-1] == pytest.approx(theory.q[10], rel=1e-6)
    assert theory.signal_var[-1] / theory.signal_var[-2] == pytest.approx(0.0557207067697, rel=1e-6)
    assert 0 < theory.signal_var[-1] < 1e-60


def test_signal_is_measured_over_the_batch():
    few, many = predict(widths=(8,) * 4, batch_size=2), predict(widths=(8,) * 4, batch_size=1000)
    assert_allclose(few.signal_var / many.signal_var, 0.5 / 0.999)


def test_a_gradient_beyond_float64_keeps_its_logarithm():
    theory = predict(
        activation="tanh", initializer="normal", initializer_options={"std": 1e-3}, widths=(64,) * 131
    )
    assert theory.gradient_ms[0] == 0
    assert theory.gradient_ms_log10[0] == pytest.approx(129 * np.log10(64e-6), abs=1e-2)


def test_saturated_and_dead_are_those_of_correlated_gaussians():
    rng = np.random.default_rng(0)
    q, s, batch = 1.4, 0.35, 6
    u = np.sqrt(q - s) * rng.standard_normal((200_000, 1)) + np.sqrt(s) * rng.standard_normal(
        (200_000, batch)
    )
    for low, high in ((0.0, np.inf), (-0.7, 0.9), (-np.inf, -0.2)):
        beyond = (u <= low) | (u >= high)
        assert saturated_share(low, high, q) == pytest.approx(beyond.mean(), abs=3e-3)
        assert dead_share(low, high, q, s, batch) == pytest.approx(beyond.all(1).mean(), abs=3e-3)


def test_independent_samples_are_dead_together_by_chance_alone():
    assert dead_share(0.0, np.inf, 2.0, 2.0, 32) == pytest.approx(2.0**-32)
    assert dead_share(0.0, np.inf, 2.0, 1e-12, 32) == pytest.approx(0.5, abs=1e-5)
    assert dead_share(-np.inf, np.inf, 2.0, 1.0, 32) == 0


@pytest.mark.parametrize("batch_norm", ["none", "before", "after"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_has_a_theory(activation, batch_norm):
    theory = predict(activation=activation, initializer="he_normal", widths=(64,) * 7, batch_norm=batch_norm)
    for name in theory.names():
        assert np.isfinite(theory[name]).all(), name
        assert theory[name].dtype == float, name
    assert (theory.q > 0).all()


@pytest.mark.parametrize("initializer", INITIALIZERS)
def test_every_initializer_is_taken(initializer):
    theory = predict(initializer=initializer, widths=(64, 32, 64))
    known = initializer != "constant"
    assert np.isfinite(theory.q).all() == known


def test_weights_that_share_a_mean_have_no_theory():
    theory = predict(initializer="uniform", initializer_options={"low": 0.0, "high": 1.0}, widths=(8, 8, 8))
    assert np.isnan(theory.q).all()
    assert np.isnan(theory.gradient_ms[0])


def test_normalized_signals_do_not_depend_on_the_scale_of_the_weights():
    small, large = (
        predict(
            activation="elu",
            initializer="orthogonal",
            initializer_options={"gain": gain},
            batch_norm="before",
        )
        for gain in (0.3, 7.0)
    )
    assert_allclose(small.gradient_ms, large.gradient_ms)
    assert_allclose(small.activation_var, large.activation_var)


def test_batch_norm_makes_a_he_relu_net_explode():
    plain, normal = (
        predict(
            activation="relu", initializer="he_normal", widths=(512,) * 51, batch_size=128, batch_norm=where
        )
        for where in ("none", "before")
    )
    assert plain.gradient_ms[0] == pytest.approx(1)
    assert normal.gradient_ms_log10[0] == pytest.approx(7.87, abs=0.02)


@pytest.mark.parametrize("batch_size", [2, 3])
def test_too_small_a_batch_has_no_theory_of_its_gradient(batch_size):
    theory = predict(batch_norm="before", batch_size=batch_size, widths=(8,) * 4)
    assert np.isnan(theory.gradient_ms[:-1]).all()


def test_a_signal_as_small_as_batch_norms_eps_has_no_theory():
    theory = predict(initializer="zeros", batch_norm="before", widths=(8,) * 4)
    assert np.isnan(theory.activation_var).all()


def test_a_normalized_batch_cannot_be_dead():
    assert (predict(activation="relu", batch_norm="before", widths=(8,) * 4).dead == 0).all()


def test_a_name_that_is_no_array_is_refused():
    with pytest.raises(KeyError, match="no array is named 'gradient'; there are q, activation_var"):
        predict(widths=(8, 8))["gradient"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"widths": (5,)},
            "widths: 1 given, so 0 layers; give the input's width, then one for each of 1 to 1000 layers.",
        ),
        (
            {"widths": 512},
            "widths: 512 is no list; give the input's width, then one for each layer, as (512, 512).",
        ),
        ({"widths": (5, 0)}, "widths: 0 is not allowed; give a whole number with 1 <= widths <= 16384."),
        (
            {"batch_size": 1, "batch_norm": "before"},
            "batch_size: 1 is not allowed with batch norm, which compares samples; give batch_size >= 2.",
        ),
        (
            {"initializer_options": {"gain": float("nan")}},
            "initializer_options, gain: nan is not allowed; give a number with 0 <= gain <= 100.",
        ),
        (
            {"batch_norm": "befor"},
            "batch_norm: 'befor' is not allowed; give one of none, before, after. Did you mean 'before'?",
        ),
    ],
)
def test_arguments_that_describe_no_net_are_explained(arguments, message):
    with pytest.raises(SpecError) as error:
        predict(**arguments)
    assert str(error.value) == message


def test_the_law_of_an_activation_is_kept():
    assert law("elu", {"alpha": 2.0}) is law("elu", {"alpha": 2.0})
    assert law("elu", {"alpha": 2.0}) is not law("elu")


@pytest.mark.parametrize(
    "fields",
    [
        {"hidden": (200, 120, 160)},
        {"hidden": (200, 120, 160), "activation": "relu", "initializer": "torch_default"},
        {"hidden": (120, 160), "activation": "maxout", "initializer": "he_normal"},
        {"hidden": (200, 120, 160), "activation": "relu", "initializer": "he_normal", "batch_norm": "before"},
        {"hidden": (200, 120, 160), "activation": "tanh", "batch_norm": "after", "batch_norm_input": True},
        {
            "hidden": (200, 120, 160),
            "activation": "tanh",
            "batch_norm": "after",
            "initializer": "torch_default",
        },
        {"hidden": (200, 120, 160), "activation": "elu", "initializer": "he_normal", "dropout": 0.4},
    ],
)
def test_what_is_expected_of_a_first_frame_is_what_it_shows(fields):
    frames = []
    for seed in range(3):
        trainer = Trainer(RunSpec(dataset="gaussian", batch_size=256, seed=seed, **fields))
        frames.append(trainer.step())
    data = trainer.data
    theory = expect(trainer.spec, data.features, data.classes, data.train_x.square().mean().item())
    variance = np.mean([frame.activation_var for frame in frames], axis=0)
    gradient = np.mean([(frame.gradient_rms / frame.gradient_rms[-1]) ** 2 for frame in frames], axis=0)
    assert_allclose(variance[:-1], theory["activation_var"][:-1], rtol=0.3)
    assert_allclose(variance[-1], theory["activation_var"][-1], rtol=0.5)  # of three logits only
    assert_allclose(gradient, theory["gradient_ms_relative"], rtol=0.5)


@pytest.mark.parametrize(
    ("activation", "factor"), [("linear", 128), ("relu", 64), ("leaky_relu", 64 * 1.0001)]
)
def test_the_gradient_is_known_where_the_signal_leaves_the_numbers(activation, factor):
    """128 units of standard normal weights: each of 188 steps back multiplies by 128 E[phi'^2]."""
    theory = predict(widths=(128,) * 190, activation=activation, initializer="normal", batch_size=16)
    assert not np.isfinite(theory.q[-2])
    assert_allclose(theory.gradient_ms_log10[0], 188 * np.log10(factor), rtol=1e-9)
