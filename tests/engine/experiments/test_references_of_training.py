"""The reference values of optimizers, surfaces, clipping, recurrent nets, training and numerical traps, by id."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from engine import OPTIMIZERS, SURFACES, Probe, RunSpec, SpecError, descend, surface_from_expression
from engine.measure import kernels
from engine.measure.statistics import Measure
from engine.recurrent.unrolling import unroll
from engine.theory.criticality import fixed_point
from engine.theory.laws import law
from engine.training.clipping import clip, gradient_norm

pytestmark = pytest.mark.slow

REFERENCES = {r["id"]: r for r in json.loads((Path(__file__).parents[2] / "references.json").read_text())}
EXCUSED = ("opt_bowl_adam_epshat_lr=0.1_eps=1e-8", "opt_bowl_nadam_simple_lr=0.1")
BOWL = "0.5*(x**2 + 10*y**2)"
NAMES = {
    "gd": "sgd",
    "heavy_ball": "momentum",
    "nesterov_torch": "nesterov",
    "rmsprop_torch": "rmsprop",
    "nadam_torch": "nadam",
}
OPTIONS = {"mu": "momentum", "wd": "weight_decay", "rho": "rho"}


def path(formula: str, optimizer: str, lr: float, start, steps: int, **options) -> np.ndarray:
    """Positions [steps + 1, 2] of one optimizer on a surface."""
    runs = [{"optimizer": optimizer, "lr": lr, "options": options}]
    return descend(surface_from_expression(formula), runs, start=start, steps=steps).positions[0, 0]


@pytest.fixture(autouse=True)
def _double_scalars():
    """torch.optim.NAdam keeps its momentum schedule in the default dtype: 1.5e-9 off in float32."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def bowl(optimizer: str, lr: float, steps: int = 50, **options) -> np.ndarray:
    return path(BOWL, optimizer, lr, (1.0, 1.0), steps, **options)


def iterates(ref):
    name, *settings = ref["setup"]["optimizer"].split()
    given = {key: float(value) for key, value in (setting.split("=") for setting in settings)}
    lr = given.pop("lr")
    if name == "nesterov_lookahead":
        positions = behind(bowl("nesterov", lr, momentum=given["mu"]), given["mu"])
    else:
        options = {OPTIONS.get(key, key): value for key, value in given.items()}
        if name == "rmsprop":
            options["alpha"] = options.pop("rho")
        positions = bowl(NAMES.get(name, name), lr, **options)
    assert_allclose(positions[1:6], ref["expected"]["iterates_1_to_5"], atol=ref["tolerance"]["abs"], rtol=0)
    assert_allclose(positions[50], ref["expected"]["x50"], atol=ref["tolerance"]["x50_abs"], rtol=0)


def behind(ahead: np.ndarray, mu: float) -> np.ndarray:
    """The textbook's Nesterov iterates x from PyTorch's p = x + mu v, v the last step of x."""
    x = [ahead[0]]
    for p in ahead[1:]:
        x.append((p + mu * x[-1]) / (1 + mu))
    return np.array(x)


def nesterov_equivalence(ref):
    lr, mu = ref["setup"]["lr"], ref["setup"]["mu"]
    x = behind(bowl("nesterov", lr, momentum=mu), mu)
    curvature, v = np.array([1.0, 10.0]), np.zeros(2)
    textbook = [np.ones(2)]
    for _ in range(50):
        v = mu * v - lr * curvature * (textbook[-1] + mu * v)
        textbook.append(textbook[-1] + v)
    assert_allclose(x, textbook, atol=1e-12)


def stability(ref):
    lam, mu = ref["setup"]["lam"], ref["setup"]["mu"]
    for key, name, options in (
        ("gd", "sgd", {}),
        ("heavy_ball", "momentum", {"momentum": mu}),
        ("nesterov", "nesterov", {"momentum": mu}),
    ):
        limit = ref["expected"][key]
        for factor, contracts in ((0.999, True), (1.001, False)):
            positions = path(f"{lam / 2}*x**2 + 0*y", name, factor * limit, (1.0, 1.0), 6, **options)[:, :1]
            slowest = abs(positions[-1, 0] / positions[-2, 0]) if key == "gd" else rate(positions)
            assert (slowest < 1) == contracts


def rate(positions: np.ndarray) -> float:
    """The slowest contraction a step: each coordinate follows x'' = a x' + b x; the largest root over both."""
    roots = []
    for x in positions[1:].T:
        a, b = np.linalg.solve([[x[1], x[0]], [x[2], x[1]]], [x[2], x[3]])
        roots += list(np.abs(np.roots([1, -a, -b])))
    return max(roots)


def optimal_rates(ref):
    kappa = ref["setup"]["kappa"]
    formula = f"0.5*(x**2 + {kappa}*y**2)"
    for key, name in (("gd", "sgd"), ("hb", "momentum"), ("nag", "nesterov"), ("nag_quad_opt", "nesterov")):
        best = ref["expected"][key]
        options = {"momentum": best["mu"]} if "mu" in best else {}
        positions = path(formula, name, best["lr"], (1.0, 1.0), 8, **options)
        got = np.abs(positions[-1] / positions[-2]).max() if key == "gd" else rate(positions)
        assert got == pytest.approx(best["rate"], **ref["tolerance"])


def critical_damping(ref):
    for name, lam in (("lam1", 1.0), ("lam10", 10.0)):
        mu = ref["expected"][name]
        x = path(f"{lam / 2}*x**2 + 0*y", "momentum", ref["setup"]["lr"], (1.0, 0.0), 6, momentum=mu)[1:, 0]
        a, b = np.linalg.solve([[x[1], x[0]], [x[2], x[1]]], [x[2], x[3]])
        assert a**2 + 4 * b == pytest.approx(0, abs=1e-9)
        assert (a / 2) ** 2 == pytest.approx(mu, abs=1e-9)


def heavy_ball(ref):
    positions = bowl("momentum", ref["setup"]["lr"], momentum=ref["setup"]["mu"])
    for column, name in enumerate(("lam1", "lam10")):
        for step, expected in ref["expected"][name].items():
            assert positions[int(step), column] == pytest.approx(expected, **ref["tolerance"])


def gradient_descent(ref):
    positions = bowl("sgd", ref["setup"]["lr"])
    for step, expected in ref["expected"].items():
        assert_allclose(positions[int(step)], expected, atol=ref["tolerance"]["abs"], rtol=0)


def saddle_escape(ref):
    away = path("x**2 - y**2", "sgd", ref["setup"]["lr"], (1.0, 1e-3), 60)
    assert np.argmax(np.abs(away[:, 1]) > 1) == ref["expected"]["t_escape"]
    assert away[38, 1] == pytest.approx(ref["expected"]["y38"], **ref["tolerance"])
    assert (path("x**2 - y**2", "sgd", ref["setup"]["lr"], (1.0, 0.0), 60)[:, 1] == 0).all()


def first_steps(name: str, slopes, lr: float, **options) -> list[float]:
    steps = []
    for slope in slopes:
        x = path(f"{slope}*x + 0*y", name, lr, (0.0, 0.0), 1, **options)
        steps.append(abs(x[1, 0]))
    return steps


def adam_first_step(ref):
    got = first_steps("adam", ref["setup"]["g"], ref["setup"]["lr"])
    assert_allclose(got, ref["expected"]["step"], atol=ref["tolerance"]["abs"], rtol=0)


def rmsprop_first_step(ref):
    for key, alpha in (("alpha_99", 0.99), ("alpha_9", 0.9)):
        (step,) = first_steps("rmsprop", [3.0], ref["setup"]["lr"], alpha=alpha)
        assert step == pytest.approx(ref["expected"][key], **ref["tolerance"])


def surface(ref):
    formula = re.sub(r"\bE\b", "e", ref["setup"]["formula"])
    typed = surface_from_expression(formula)
    name = ref["id"].removeprefix("surf_")
    for one in (typed, *([SURFACES[name]] if name in SURFACES else [])):
        for place in ref["expected"]["values"]:
            assert one(np.array(place["at"])) == pytest.approx(place["f"], **ref["tolerance"])
            assert_allclose(one.gradient(np.array(place["at"])), place["grad"], rtol=1e-6, atol=1e-6)
        for minimum in ref["expected"]["minima"]:
            assert one(np.array(minimum["at"])) == pytest.approx(minimum["f"], abs=1e-6)
            if "hess_eig" in minimum:
                curvature = np.linalg.eigvalsh(one.hessian(np.array(minimum["at"])))
                assert_allclose(curvature, minimum["hess_eig"], rtol=1e-5)
    if name in SURFACES:
        known = {tuple(np.round(p, 6)) for p in SURFACES[name].minima}
        assert known == {tuple(np.round(np.array(m["at"], float), 6)) for m in ref["expected"]["minima"]}


def clipped(gradient: list[list[float]], how: str, threshold: float) -> list[np.ndarray]:
    parameters = [nn.Parameter(torch.zeros(len(part), dtype=torch.float64)) for part in gradient]
    for parameter, part in zip(parameters, gradient, strict=True):
        parameter.grad = torch.tensor(part, dtype=torch.float64)
    clip(parameters, how, threshold, gradient_norm(parameters))
    return [parameter.grad.numpy() for parameter in parameters]


def clipping(ref):
    (by_value,), (by_norm,) = (
        clipped([ref["setup"]["g"]], how, ref["setup"]["c"]) for how in ("value", "norm")
    )
    assert_allclose(by_value, ref["expected"]["value"], atol=ref["tolerance"]["abs"])
    assert_allclose(by_norm, ref["expected"]["norm"], atol=ref["tolerance"]["abs"])
    if "rotation_deg" in ref["expected"]:
        g = np.array(ref["setup"]["g"], float)
        cosine = by_value @ g / np.linalg.norm(by_value) / np.linalg.norm(g)
        assert np.degrees(np.arccos(cosine)) == pytest.approx(ref["expected"]["rotation_deg"], abs=1e-6)


def clipping_together(ref):
    got = clipped([[3.0, 4.0], [12.0]], "norm", 6.5)
    for part, expected in zip(got, ref["expected"]["clipped"], strict=True):
        assert_allclose(part, expected, atol=ref["tolerance"]["abs"])


def linear_rnn(ref):
    for radius, expected in ref["expected"].items():
        settings = {"activation": "identity", "radius": float(radius), "steps": ref["setup"]["T"]}
        assert 10 ** unroll(width=24, **settings).relative[0] == pytest.approx(expected, **ref["tolerance"])


def scalar_rnn(ref):
    for w, expected in ref["expected"].items():
        for steps, slope in expected.items():
            settings = {
                "matrix": "identity",
                "radius": float(w),
                "steps": int(steps),
                "noise": 0.0,
                "width": 1,
            }
            run = unroll(start=ref["setup"]["h0"], inputs=1, batch_size=1, **settings)
            assert 10 ** run.relative[0] == pytest.approx(slope, **ref["tolerance"])


def tanh_rnn(ref):
    setup, expected = ref["setup"], ref["expected"]
    end = fixed_point(law("tanh"), setup["g"] ** 2, setup["su"] ** 2)
    assert (end.q, end.chi) == pytest.approx((expected["q_star"], expected["chi"]), rel=1e-9)
    matrix = {"orth": "orthogonal", "gauss": "gaussian"}[setup["kind"]]
    run = unroll(radius=setup["g"], noise=setup["su"], matrix=matrix, width=256, inputs=256, batch_size=4)
    for lag in (10, 50):
        assert 2 * run.relative[-1 - lag] == pytest.approx(
            expected[f"log10_T{lag}"], abs=ref["tolerance"][f"log10_T{lag}"]
        )


def forgetting(ref):
    for bias in ref["setup"]["b"]:
        settings = {
            "matrix": "orthogonal",
            "radius": 0.0,
            "noise": 0.0,
            "forget_bias": float(bias),
            "start": 0.3,
        }
        run = unroll(cell="lstm", width=3, steps=101, **settings)
        gru = unroll(cell="gru", width=3, steps=101, **settings)
        for lag, expected in ref["expected"][f"b{bias}"].items():
            kept = run.cell_gradient[-2 - int(lag)] - run.cell_gradient[-2]  # dS/dc_T itself is 0
            assert 10**kept == pytest.approx(expected, **ref["tolerance"])
            assert 10 ** (gru.gradient[-1 - int(lag)] - gru.gradient[-1]) == pytest.approx(
                expected, **ref["tolerance"]
            )


def default_cells(ref):
    for key, expected in ref["expected"].items():
        cell, _, bias = key.split("_")
        forget = {} if bias == "fbNone" else {"forget_bias": float(bias.removeprefix("fb"))}
        lags = [
            run.input_gradient[[-11, -51]] - run.input_gradient[-1]
            for run in (
                unroll(cell=cell.lower(), matrix="default", width=128, seed=s, **forget) for s in range(2)
            )
        ]
        at_10, at_50 = np.mean(lags, axis=0)
        assert at_10 == pytest.approx(expected["10"][0], abs=ref["tolerance"]["log10_at_lag10"])
        assert at_50 == pytest.approx(expected["50"][0], abs=4 * expected["50"][1])


def dying_unit(ref):
    x = torch.tensor([[1.0], [2.0]], dtype=torch.float64)

    def after(lr: float) -> list[float]:
        net = nn.Sequential(nn.Linear(1, 1, dtype=torch.float64), nn.ReLU())
        net[0].weight.data.fill_(1.0), net[0].bias.data.zero_()
        optimizer = OPTIMIZERS["sgd"].build(net.parameters(), lr)
        for _ in range(2):  # the second step finds either a live unit or no gradient at all
            with Probe(net) as probe:
                optimizer.zero_grad()
                (net(x) ** 2).mean().div(2).backward()
                state = [net[0].weight.item(), net[0].bias.item(), probe.measure()["dead"][0]]
                optimizer.step()
        return state

    assert after(1.0) == pytest.approx([*ref["expected"]["after_lr1"], 1])
    assert after(0.3) == pytest.approx([*ref["expected"]["after_lr0p3"], 0])
    threshold = ref["expected"]["threshold"]
    assert after(threshold + 1e-9)[2] == 1
    assert after(threshold - 1e-9)[2] == 0


def dying_recipe(ref):
    rng = np.random.default_rng(0)
    theta, label = rng.uniform(0, 2 * np.pi, 400), np.arange(400) % 2
    radius = 1 + label + 0.1 * rng.standard_normal(400)
    x = torch.tensor(np.stack([radius * np.cos(theta), radius * np.sin(theta)], 1), dtype=torch.float64)
    y = torch.tensor(label, dtype=torch.float64)[:, None]
    name, lr = ref["setup"]["optimizer"].split()
    shares = []
    for seed in range(2):
        torch.manual_seed(seed)
        linears = [nn.Linear(a, b) for a, b in ((2, 64), (64, 64), (64, 64), (64, 1))]
        for linear in linears:
            nn.init.kaiming_normal_(linear.weight, nonlinearity="relu"), nn.init.zeros_(linear.bias)
        net = nn.Sequential(*(m for linear in linears[:3] for m in (linear, nn.ReLU())), linears[3])
        optimizer = OPTIMIZERS[name].build(net.parameters(), float(lr))
        for _ in range(200):
            optimizer.zero_grad()
            nn.functional.binary_cross_entropy_with_logits(net(x), y).backward()
            optimizer.step()
        with Probe(net) as probe:
            net(x).sum().backward()
        shares.append(probe.measure()["dead"][:3].mean())
    low, high = ref["expected"]["seed_range"]
    assert all(low - 0.1 <= share <= high + 0.1 for share in shares)


def update_ratio(ref):
    net = nn.Sequential(nn.Linear(10, 10, bias=False, dtype=torch.float64))
    net[0].weight.data.fill_(1.0)
    optimizer = OPTIMIZERS["sgd"].build(net.parameters(), 0.1)
    with Probe(net) as probe:
        net(torch.ones(1, 10, dtype=torch.float64)).mul(0.01).sum().backward()
        optimizer.step()
    assert probe.measure()["update_ratio"][0] == pytest.approx(
        ref["expected"]["norm_ratio"], **ref["tolerance"]
    )


def deep_linear(ref):
    setup, expected = REFERENCES["saxe_exact"]["setup"], ref["expected"]
    x = path(f"0.5*(x*y - {setup['s']})**2", "sgd", setup["lr"], (0.1, 0.1), 3000)
    u = x[:, 0] * x[:, 1]
    for time, value in expected["u"].items():
        if time != "1.3233":  # the half-time, where the tabulated value of u is that of its check
            assert u[round(float(time) / setup["lr"])] == pytest.approx(value, **ref["tolerance"])
    assert u[round(expected["t_half"] / setup["lr"])] == pytest.approx(setup["s"] / 2, rel=5e-3)


def cancellation(ref):
    x = (ref["setup"]["mean"] + np.random.default_rng(0).standard_normal(ref["setup"]["n"])).astype(
        np.float32
    )
    assert kernels.moments(x)[1] == pytest.approx(ref["expected"], **ref["tolerance"])


def one_element(ref):
    assert torch.zeros(2).var(correction=0).item() == ref["expected"]["numpy"]
    measure = Measure(compiled=True)
    assert measure.moments(torch.tensor([3.0]))[1] == ref["expected"]["numpy"]
    assert measure.moments(torch.full((5,), 0.1))[1] == 0


def batch_of_one(ref):
    with pytest.raises(ValueError, match="batch_size: 1"):
        RunSpec(batch_norm="before", batch_size=1)
    assert issubclass(SpecError, ValueError)


def nan_units(ref):
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    net[0].weight.data[1] = float("nan")
    with Probe(net) as probe:
        net(torch.ones(4, 2)).sum().backward()
    assert probe.measure()["nonfinite"][0] == pytest.approx(1 / 3)


def bn_running(ref):
    setup, expected = ref["setup"], ref["expected"]
    norm = nn.BatchNorm1d(1, momentum=setup["momentum"], dtype=torch.float64)
    x = torch.tensor(setup["x"], dtype=torch.float64)[:, None]
    assert_allclose(norm(x)[:, 0].detach(), expected["y"], atol=ref["tolerance"]["abs"])
    assert norm.running_mean.item() == pytest.approx(expected["running_mean_1"])
    assert norm.running_var.item() == pytest.approx(expected["running_var_1"])
    for _ in range(9):
        norm(x)
    assert norm.running_mean.item() == pytest.approx(expected["running_mean_10"])
    assert norm.running_var.item() == pytest.approx(expected["running_var_10"])
    alone = norm.eval()(torch.tensor([[2.5]], dtype=torch.float64)).item()
    assert alone == pytest.approx(expected["eval_of_2p5"], abs=1e-5)


CHECKS = {
    "opt_bowl": iterates,
    "stab_limits": stability,
    "optimal_rates": optimal_rates,
    "crit_damping": critical_damping,
    "hb_closed_form": heavy_ball,
    "gd_closed_form": gradient_descent,
    "saddle_escape": saddle_escape,
    "adam_first_step": adam_first_step,
    "rmsprop_first_step": rmsprop_first_step,
    "nag_equivalence": nesterov_equivalence,
    "surf_": surface,
    "clip_global": clipping_together,
    "clip_": clipping,
    "rnn_orth_linear": linear_rnn,
    "rnn_scalar_tanh": scalar_rnn,
    "rnn_tanhrnn": tanh_rnn,
    "lstm_forget": forgetting,
    "rnn_cells_default": default_cells,
    "dying_one_unit": dying_unit,
    "dying_recipe": dying_recipe,
    "update_ratio": update_ratio,
    "saxe_exact": deep_linear,
    "trap_cancellation": cancellation,
    "trap_var_single": one_element,
    "trap_bn_batch1": batch_of_one,
    "trap_nan_dead": nan_units,
    "bn_running": bn_running,
}


@pytest.mark.long
@pytest.mark.parametrize("name", [n for n in REFERENCES if n.startswith(tuple(CHECKS)) and n not in EXCUSED])
def test_training_reference(name):
    check = next(check for prefix, check in CHECKS.items() if name.startswith(prefix))
    check(REFERENCES[name])
