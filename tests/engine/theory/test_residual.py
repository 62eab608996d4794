"""The residual path and layer norm at init: what others proved, and real nets of a hundred layers."""

from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose

from engine import RunSpec, Trainer
from engine.experiments.propagation import propagate
from engine.theory.mean_field import expect, predict

DEEP = (64,) * 101
RELU = {"activation": "relu", "initializer": "he_normal"}
TANH = {"activation": "tanh", "initializer": "glorot_normal"}
PLACES = ("post", "pre")


def decades(theory, first=1, last=-2):
    """What the squared gradient changes by from one layer back to another, log10."""
    return theory.gradient_ms_log10[first] - theory.gradient_ms_log10[last]


@pytest.mark.long
@pytest.mark.parametrize(
    "fields",
    [
        {"residual": "plain", **TANH},
        {"residual": "scaled", **RELU},
        {"residual": "plain", "layer_norm": "after", "norm_place": "pre", "layer_norm_kind": "rms", **RELU},
        *(
            pytest.param(fields, marks=pytest.mark.slow)
            for fields in (
                {
                    "residual": "scaled",
                    "residual_every": 3,
                    "activation": "gelu",
                    "initializer": "lecun_normal",
                },
                {"residual": "plain", "layer_norm": "before", "norm_place": "post", **RELU},
                {
                    "residual": "plain",
                    "residual_every": 2,
                    "layer_norm": "after",
                    "norm_place": "pre",
                    **TANH,
                },
                {"residual": "plain", "batch_norm": "before", "batch_size": 24, **RELU},
                {"layer_norm": "before", **TANH},
                {"layer_norm": "after", "layer_norm_kind": "rms", "activation": "sigmoid"},
            )
        ),
    ],
)
def test_theory_and_run_agree_at_a_hundred_layers(fields):
    arguments = {"widths": DEEP, "batch_size": 12} | fields
    run, theory = propagate(seeds=4, **arguments), predict(**arguments)
    for name in ("q", "activation_var"):
        seen = np.log10(run[name]).mean(0)
        assert_allclose(seen, np.log10(theory[name]), atol=0.35, err_msg=name)
    # so narrow a net is off by some percent a layer
    assert_allclose(run.gradient_ms_log10.mean(0), theory.gradient_ms_log10, atol=0.5, rtol=0.03)


def test_unequal_widths_every_third_layer_and_dropout_compose():
    widths = (90, 150, 150, 120, 140, 140, 160, 100, 130, 110)
    for activation, norm in product(("elu", "maxout"), ("batch_norm", "layer_norm")):
        arguments = {"activation": activation, "initializer": "he_normal", "widths": widths, norm: "before"}
        arguments |= {"residual": "scaled", "residual_every": 3, "dropout": 0.2, "batch_size": 20}
        run, theory = propagate(seeds=6, **arguments), predict(**arguments)
        for name in ("q", "activation_var", "signal_var"):
            assert_allclose(np.log10(run[name].mean(0) / theory[name]), 0, atol=0.08, err_msg=name)
        assert_allclose(run.gradient_ms_log10.mean(0), theory.gradient_ms_log10, atol=0.1)


def test_the_variance_of_a_plain_residual_net_grows_and_of_a_scaled_one_stays_within_e():
    """A linear map of a He-ReLU net writes what stands on the path: twice as much a block (Zhang et al. 2019)."""
    plain, scaled = (predict(widths=DEEP, residual=kind, **RELU) for kind in ("plain", "scaled"))
    assert_allclose(plain.q[2:-1] / plain.q[1:-2], 2)
    assert_allclose(scaled.q[2:-1] / scaled.q[1:-2], 1 + 1 / 100, rtol=1e-3)  # 99 blocks and the output layer
    assert scaled.q[:-1].max() / scaled.q[1] < np.e
    assert 0 < decades(scaled) < np.log10(np.e)


def test_a_residual_tanh_net_grows_by_a_power_where_a_plain_one_vanishes():
    """Yang & Schoenholz 2017: in a residual net what decays and grows exponentially does so by a power."""
    chain, path = (predict(widths=DEEP, residual=kind, **TANH) for kind in ("none", "plain"))
    assert path.q[:-1].max() < 1.05  # the path grows by what tanh bounds
    assert abs(decades(path, 50)) < abs(decades(path, 1, 50))  # ever slower
    assert decades(chain) < -1.5


def test_rezero_begins_as_the_identity():
    """Bachlechner et al. 2020: nothing of a body is seen, and none of its weights has a gradient yet."""
    for theory in (
        predict(widths=(32,) * 9, residual="rezero"),
        propagate(widths=(32,) * 9, residual="rezero"),
    ):
        assert (theory.gradient_ms[..., :-1] == 0).all()
        assert (theory.gradient_ms_log10[..., :-1] == -np.inf).all()
    pure = predict(widths=(32,) * 9, residual="rezero", activation="linear")
    assert_allclose(pure.q, 1)


def test_pre_norm_s_gradient_at_the_end_falls_with_depth_where_post_norm_s_does_not():
    """Xiong et al. 2020: at the last layer post-norm's gradient does not depend on depth, pre-norm's is 1 / depth."""
    fields = {"residual": "plain", "layer_norm": "after", **RELU}
    last = {
        place: [
            predict(widths=(64,) * (n + 1), norm_place=place, **fields).gradient_ms[-2] for n in (26, 101)
        ]
        for place in PLACES
    }
    assert last["post"][0] == pytest.approx(last["post"][1], rel=1e-6)
    assert last["pre"][0] / last["pre"][1] == pytest.approx(100 / 25, rel=0.08)
    pre = predict(widths=DEEP, norm_place="pre", **fields)
    # the path is as long as the blocks that wrote to it, so block l is seen as 1 / l: 100 blocks, two decades
    assert decades(pre) == pytest.approx(2, abs=0.4)


def test_batch_norm_s_exponential_becomes_a_power_on_a_residual_path():
    """Yang et al. 2019: pi / (pi - 1) a layer for ReLU; De & Smith 2020: on the path block l has a share of 1 / l."""
    fields = {"widths": DEEP, "batch_norm": "before", "batch_size": 128, **RELU}
    chain, path = (predict(residual=kind, **fields).gradient_ms_log10 for kind in ("none", "plain"))
    layers = np.array([10, 40])
    assert np.diff(chain[layers])[0] / 30 == pytest.approx(-np.log10(np.pi / (np.pi - 1)), rel=0.05)
    powers = [np.diff(path[[low, 2 * low]])[0] / np.log10(2) for low in (12, 25, 49)]
    assert powers == sorted(powers, reverse=True)  # from below to the same number, as a power of the depth
    assert powers[-1] == pytest.approx(-np.pi / (np.pi - 1), rel=0.07)


@pytest.mark.parametrize(
    "fields",
    [
        {"residual": "plain", "residual_every": 2, "activation": "relu", "initializer": "he_normal"},
        {"layer_norm": "before", "activation": "tanh"},
        {"residual": "scaled", "layer_norm": "after", "norm_place": "pre", "activation": "elu"},
        {"residual": "plain", "layer_norm": "after", "layer_norm_kind": "rms", "activation": "elu"},
    ],
)
def test_what_is_expected_of_a_first_frame_is_what_it_shows(fields):
    spec = RunSpec(dataset="gaussian", batch_size=256, hidden=(150, 150, 150, 150), **fields)
    trainers = [Trainer(spec.replace(seed=seed)) for seed in range(3)]
    frames, data = [trainer.step() for trainer in trainers], trainers[-1].data
    theory = expect(spec, data.features, data.classes, data.train_x.square().mean().item())
    variance = np.mean([frame.activation_var for frame in frames], axis=0)
    gradient = np.mean([(frame.gradient_rms / frame.gradient_rms[-1]) ** 2 for frame in frames], axis=0)
    assert_allclose(variance[:-1], theory["activation_var"][:-1], rtol=0.3)
    assert_allclose(gradient, theory["gradient_ms_relative"], rtol=0.5)
