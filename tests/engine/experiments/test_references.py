"""The reference values of signal propagation, by id: kernels, fixed points, nets at init, batch norm, dead units.

Those of optimizers, surfaces, clipping, recurrent nets and numerical traps are in test_references_of_training.py.
Expected values were made by quadrature or closed form and by direct simulation, apart from this code.
"""

import json
import re
import runpy
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from engine import INITIALIZERS, predict, propagate
from engine.spec import blocks
from engine.theory.blocks import Layer, fold
from engine.theory.criticality import critical_weight_variance, fixed_point
from engine.theory.laws import RandomSlope, law
from engine.theory.moments import Gaussian, Gradient
from engine.theory.normalization import over_sphere

pytestmark = pytest.mark.long

REFERENCES = {r["id"]: r for r in json.loads((Path(__file__).parents[2] / "references.json").read_text())}
SEEDS = 3  # of the 8 behind the tolerances, which grow with the root of the ratio
EXCUSED = {
    "opt_bowl_adam_epshat_lr=0.1_eps=1e-8": "torch.optim has no Adam with eps inside the bias correction",
    "opt_bowl_nadam_simple_lr=0.1": "torch.optim's NAdam has Dozat's momentum schedule, not the simple form",
}


def named(act: str) -> dict:
    """A reference's activation as arguments of `predict`; RReLU in evaluation is a leaky ReLU."""
    if match := re.fullmatch(r"leaky_relu\((.+)\)", act):
        return {"activation": "leaky_relu", "activation_options": {"negative_slope": float(match[1])}}
    if act == "rrelu_eval":
        return {"activation": "leaky_relu", "activation_options": {"negative_slope": 11 / 48}}
    return {"activation": {"maxout2": "maxout", "rrelu_train": "rrelu"}.get(act, act)}


def of_setup(setup: dict) -> dict:
    """A reference's net as arguments of `predict`."""
    options = {"scale": setup["sw2"], "mode": "fan_in", "distribution": setup.get("dist", "normal")}
    return {**named(setup["act"]), "initializer": "variance_scaling", "initializer_options": options}


@cache
def measured(act: str, dist: str, sw2: float, n: int):
    """One run for all quantities of a net."""
    depth, seeds = (20, SEEDS) if n == 512 else (50, 1)
    net = of_setup({"act": act, "dist": dist, "sw2": sw2})
    return propagate(
        widths=(n,) * (depth + 1), seeds=seeds, dtype="float64" if n == 512 else "float32", **net
    )


def run_of(setup: dict):
    return measured(setup["act"], setup["dist"], setup["sw2"], setup["n"])


def kernel(ref):
    net = named(ref["setup"]["act"])
    moments = law(net["activation"], net.get("activation_options")).moments(ref["setup"]["q"])
    got = {"mean": moments.mean, "m2": moments.second, "var": moments.variance, "d2": moments.slope}
    assert got == pytest.approx(ref["expected"], **ref["tolerance"])


def fixed(ref):
    setup, expected = ref["setup"], ref["expected"]
    end = fixed_point(law(setup["act"]), setup["sw2"], setup["sb2"])
    got = {"q_star": end.q, "chi1": end.chi, "h_var": end.variance, "h_mean": end.mean}
    got["grad_norm_factor"] = np.sqrt(end.chi)
    assert got == pytest.approx(expected, **ref["tolerance"])


def critical(ref):
    setup = ref["setup"]
    assert critical_weight_variance(law(setup["act"]), setup["sb2"]) == pytest.approx(
        ref["expected"], **ref["tolerance"]
    )


def variance(ref):
    setup = ref["setup"]
    theory = predict(widths=(setup["n"],) * (setup["layer"] + 1), **of_setup(setup))
    assert np.log10(theory.activation_var[-1]) == pytest.approx(ref["expected"], abs=1e-9)
    run = np.log10(run_of(setup).activation_var[:, setup["layer"] - 1]).mean()
    assert run == pytest.approx(
        ref["expected"], abs=ref["tolerance"]["log10_mean_of_8_seeds"] * np.sqrt(8 / SEEDS)
    )


def gradient(ref):
    setup, depth = ref["setup"], ref["setup"]["L"]
    theory = predict(widths=(setup["n"],) * (depth + 1), **of_setup(setup))
    assert theory.gradient_ms_log10[0] == pytest.approx(ref["expected"], abs=1e-9)
    log10 = run_of(setup).gradient_ms_log10
    tolerance = ref["tolerance"].get("log10_mean_of_8_seeds", 0) * np.sqrt(8 / SEEDS) or 0.25
    assert (log10[:, 0] - log10[:, -1]).mean() == pytest.approx(ref["expected"], abs=tolerance)


def signal(ref):
    setup = ref["setup"]
    net = {"widths": (setup["n"],) * 21, "batch_size": 16, **of_setup(setup)}
    theory, run = predict(**net), propagate(seeds=2, **net)
    for name, expected in ref["expected"].items():
        layer = int(name.removeprefix("layer")) - 1
        assert theory.q[layer] == pytest.approx(expected["q"], rel=1e-6)
        assert theory.signal_var[layer] == pytest.approx(expected["s"] * 15 / 16, rel=1e-4)
        apart = np.log10(run.signal_var[:, layer] / (expected["s"] * 15 / 16)).mean()
        assert abs(apart) < ref["tolerance"]["log10"] * 1.5


def correlation(ref):
    theory = predict(activation="relu", initializer="he_normal", widths=(64,) * 51, batch_size=50_000)
    c = 1 - theory.signal_var / (1 - 1 / 50_000) / theory.q
    for name, expected in ref["expected"].items():
        assert c[int(name[1:]) - 1] == pytest.approx(expected, **ref["tolerance"])


def width_noise(ref):
    run = propagate(activation="relu", initializer="he_normal", widths=(100,) * 52, batch_size=1, seeds=100)
    ln = np.log(run.q[:, -1] / run.q[:, 0])
    assert ln.mean() == pytest.approx(ref["expected"]["mean_ln"], abs=ref["tolerance"]["mean_ln_abs"])
    assert ln.var() == pytest.approx(ref["expected"]["var_ln"], rel=ref["tolerance"]["var_ln_rel"])


def scales(ref):
    fans, expected = (ref["setup"]["fan_in"], ref["setup"]["fan_out"]), ref["expected"]
    for name, entry, options in (
        ("glorot", "glorot", {}),
        ("he", "he", {}),
        ("lecun", "lecun", {}),
        ("book_tanh", "glorot", {"gain": 4.0}),
        ("book_relu", "glorot", {"gain": 2**0.5}),
    ):
        std = INITIALIZERS[f"{entry}_normal"].weight_variance(*fans, **options) ** 0.5
        limit = (3 * INITIALIZERS[f"{entry}_uniform"].weight_variance(*fans, **options)) ** 0.5
        assert (std, limit) == pytest.approx((expected[f"{name}_std"], expected[f"{name}_limit"]), rel=1e-9)
        weight = torch.empty(fans[1], fans[0])
        INITIALIZERS[f"{entry}_uniform"].fill(weight, None, torch.Generator().manual_seed(1), **options)
        assert weight.abs().max() <= limit * (1 + 1e-6)
        assert weight.std().item() == pytest.approx(std, rel=3 / np.sqrt(2 * weight.numel()))
    assert INITIALIZERS["torch_default"].weight_variance(*fans) ** 0.5 == pytest.approx(
        expected["torch_default_std"]
    )
    glorot = INITIALIZERS["glorot_normal"].weight_variance(*fans)
    assert fans[0] * glorot == pytest.approx(expected["glorot_forward_gain"])
    assert fans[1] * glorot == pytest.approx(expected["glorot_backward_gain"])


def orthogonal(ref):
    weight = torch.empty(64, 64)
    INITIALIZERS["orthogonal"].fill(weight, None, torch.Generator().manual_seed(0), gain=2.0)
    assert_allclose(torch.linalg.svdvals(weight), 2.0, atol=1e-5)


def random_slopes(ref):
    expected, setup = ref["expected"], ref["setup"]
    train = RandomSlope(setup["lower"], setup["upper"])
    assert train.moments(1.0).second == pytest.approx(expected["qfactor_train_per_sw2"], rel=1e-9)
    assert 2 * train.moments(1.0).slope - 1 == pytest.approx(expected["Ea2"], rel=1e-9)
    leaky = law("leaky_relu", {"negative_slope": expected["eval_slope"]})
    assert leaky.moments(1.0).second == pytest.approx(expected["qfactor_eval_per_sw2"], rel=1e-9)


def rectangular(ref):
    relu = "relu" in ref["id"]
    net = {"activation": "relu" if relu else "tanh", "initializer": "he_normal" if relu else "glorot_normal"}
    net |= {"widths": ref["setup"]["widths"], "batch_size": ref["setup"]["B"]}
    theory, run = predict(**net), propagate(seeds=ref["setup"]["seeds"], **net)
    assert_allclose(theory.q, ref["expected"]["q"], rtol=1e-9)
    assert_allclose(theory.gradient_ms, ref["expected"]["g_rel"], rtol=1e-9)
    assert_allclose(run.q.mean(0), ref["expected"]["q"], rtol=ref["tolerance"]["rel"])
    relative = (run.gradient_ms / run.gradient_ms[:, -1:]).mean(0)
    assert_allclose(relative, ref["expected"]["g_rel"], rtol=ref["tolerance"]["rel"])


def bn_factor(ref):
    phi, expected = law(ref["setup"]["act"]), ref["expected"]
    for batch, factor in expected["factor_by_B"].items():
        b = int(batch)
        z = Gaussian(mean=0.0, second=1.0, signal=over_sphere(phi, b).signal, samples=b)
        norm, bend = blocks.BatchNorm("norm1", 1), blocks.Activation("activation1", ref["setup"]["act"], {})
        below = fold((norm, bend), z, [Layer(z)])[1](Gradient(square=1.0, product=-1 / (b - 1)))
        assert below.mean_square == pytest.approx(factor, rel=4e-3)
    net = {
        "activation": ref["setup"]["act"],
        "initializer": "lecun_normal",
        "widths": (256,) * 21,
        "batch_size": 128,
    }
    for where in ("before", "after"):
        log10 = propagate(batch_norm=where, seeds=1, **net).gradient_ms_log10[0]
        layers = np.arange(5, 15)
        slope = np.polyfit(layers, -log10[layers], 1)[0]
        assert 10**slope == pytest.approx(expected["factor_by_B"]["128"], rel=ref["tolerance"]["rel"])


def bn_total(ref):
    net = {"activation": "relu", "initializer": "he_normal", "batch_norm": "before", "batch_size": 128}
    theory = predict(widths=(512,) * 51, **net)
    assert theory.gradient_ms_log10[0] == pytest.approx(ref["expected"], **ref["tolerance"])


def bn_activations(ref):
    expected, net = ref["expected"], {"batch_norm": "before", "batch_size": 1000, "widths": (64,) * 4}
    tanh, relu, sigmoid = (predict(activation=name, **net) for name in ("tanh", "relu", "sigmoid"))
    got = {
        "tanh_std": tanh.activation_var[-1] ** 0.5,
        "tanh_sat": tanh.saturated[-1],
        "relu_var": relu.activation_var[-1],
        "sigmoid_var": sigmoid.activation_var[-1],
    }
    assert got == pytest.approx(expected, rel=0.01)
    run = propagate(activation="tanh", seeds=2, **net)
    assert run.activation_var[:, -1].mean() ** 0.5 == pytest.approx(expected["tanh_std"], **ref["tolerance"])
    assert run.saturated[:, -1].mean() == pytest.approx(expected["tanh_sat"], rel=0.1)


def dead(ref):
    samples = ref["setup"]["M"]
    net = {"activation": "relu", "initializer": "he_normal", "batch_size": samples}
    theory = predict(widths=(1000,) * 51, **net)
    run = propagate(widths=(400,) * 11, seeds=2, **net)
    for name, expected in ref["expected"].items():
        layer = int(name.removeprefix("layer")) - 1
        assert theory.dead[layer] == pytest.approx(expected, rel=1e-9)
        if layer < 10:
            assert run.dead[:, layer].mean() == pytest.approx(expected, **ref["tolerance"])


def born_dead(ref):
    width, depth, trials = ref["setup"]["N"], ref["setup"]["L"], 250
    run = propagate(
        activation="relu", initializer="he_normal", widths=(width,) * (depth + 1), batch_size=1, seeds=trials
    )
    share = (run.dead == 1).any(1).mean()
    assert share == pytest.approx(ref["expected"], abs=3 * np.sqrt(0.25 / trials))


def glorot_2010(ref):
    initializer = {
        "standard": ("variance_scaling", {"scale": 1 / 3, "mode": "fan_in", "distribution": "uniform"}),
        "normalized": ("glorot_uniform", {}),
    }[ref["setup"]["init"]]
    net = {"activation": "tanh", "initializer": initializer[0], "initializer_options": initializer[1]}
    net |= {"widths": ref["setup"]["widths"], "batch_size": 64}
    expected, theory, run = ref["expected"], predict(**net), propagate(seeds=1, dtype="float32", **net)
    for got, tolerance in ((theory, 1e-6), (run, ref["tolerance"]["rel"])):
        std, back = (np.atleast_2d(got[name])[0] ** 0.5 for name in ("activation_var", "gradient_ms"))
        weights = (
            np.append(1.0, std[:-1]) * back
        )  # dC/dW is the product of what comes from below and from above
        assert_allclose(std, expected["act_std"], rtol=tolerance)
        assert_allclose(back / back[-1], expected["bp_std_rel"], rtol=tolerance)
        assert_allclose(weights / weights[-1], expected["wgrad_std_rel"], rtol=tolerance)
    assert_allclose(np.tanh(2.3263478740408408 * theory.q**0.5), expected["pctl98"], rtol=1e-6)


def tanh_saturation(ref):
    net = {"initializer": "variance_scaling", "widths": (300,) * 51}
    options = {"scale": ref["setup"]["gain"] ** 2, "mode": "fan_in", "distribution": "normal"}
    theory = predict(initializer_options=options, **net)
    run = propagate(initializer_options=options, **{**net, "widths": (300,) * 11}, seeds=2)
    for name, expected in ref["expected"].items():
        layer = int(name.removeprefix("layer")) - 1
        assert theory.activation_var[layer] ** 0.5 == pytest.approx(expected["std"], rel=1e-6)
        assert theory.saturated[layer] == pytest.approx(expected["sat"], rel=1e-6)
        if layer < 10:
            std = run.activation_var[:, layer].mean() ** 0.5
            assert std == pytest.approx(expected["std"], rel=ref["tolerance"]["std_rel"])
            assert run.saturated[:, layer].mean() == pytest.approx(
                expected["sat"], abs=ref["tolerance"]["sat_abs"]
            )


def underflow_depth(ref):
    theory = predict(activation="sigmoid", widths=(512,) * 101)
    squares = theory.gradient_ms_log10[::-1]  # by depth: a net of this many layers gives its first layer this
    tiny, zero, expected = np.log10(1.18e-38), np.log10(0.7e-45), ref["expected"]
    depths = {
        "depth_var_below_normal": np.argmax(squares < tiny) + 1,
        "depth_var_zero": np.argmax(squares < zero) + 1,
        "depth_std_below_normal": np.argmax(squares / 2 < tiny) + 1,
        "depth_std_zero": np.argmax(squares / 2 < zero) + 1,
    }
    for name, depth in depths.items():
        assert depth == pytest.approx(expected[name], **ref["tolerance"])
    assert squares[50] - squares[49] == pytest.approx(expected["per_layer_log10_var"], abs=1e-6)


def deep_sigmoid(ref):
    setup = ref["setup"]
    for dtype in ("float32", "float64"):
        run = propagate(activation="sigmoid", widths=(setup["n"],) * (setup["L"] + 1), seeds=2, dtype=dtype)
        rms = run.gradient_ms_log10[:, 0].mean() / 2
        assert rms == pytest.approx(ref["expected"]["log10_rms_float64"], abs=ref["tolerance"]["log10"])
        assert (run.gradient_ms > 0).all()


CHECKS = {
    "kern_": kernel,
    "fp_": fixed,
    "crit_tanh": critical,
    "hv_": variance,
    "grad": gradient,
    "signal_": signal,
    "relu_corr_map": correlation,
    "hanin_": width_noise,
    "init_scales": scales,
    "init_orthogonal": orthogonal,
    "rrelu_moments": random_slopes,
    "rect_": rectangular,
    "bn_factor": bn_factor,
    "bn_relu_total": bn_total,
    "bn_act_stats": bn_activations,
    "dead_at_init": dead,
    "born_dead": born_dead,
    "glorot2010": glorot_2010,
    "karpathy": tanh_saturation,
    "tanh_sat": tanh_saturation,
    "trap_underflow_depth": underflow_depth,
    "trap_f32_sigmoid": deep_sigmoid,
}


def covered(checks: dict) -> list[str]:
    """The ids that begin like one of the checks."""
    return [name for name in REFERENCES if name.startswith(tuple(checks)) and name not in EXCUSED]


@pytest.mark.parametrize("name", covered(CHECKS))
def test_signal_reference(name):
    check = next(check for prefix, check in CHECKS.items() if name.startswith(prefix))
    check(REFERENCES[name])


def test_every_reference_is_checked_or_excused():
    others = runpy.run_path(str(Path(__file__).with_name("test_references_of_training.py")))
    checked = covered(CHECKS) + covered(others["CHECKS"])
    assert len(checked) == len(set(checked))
    assert set(checked) | EXCUSED.keys() == set(REFERENCES)
