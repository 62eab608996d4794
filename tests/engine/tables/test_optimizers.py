import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import optim

from engine.tables.errors import SpecError
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.option import Pair, Switch

REFERENCES = {
    entry["id"].removeprefix("opt_bowl_"): entry["expected"]
    for entry in json.loads((Path(__file__).parents[2] / "references.json").read_text())
}
CURVATURES = torch.tensor([1.0, 10.0], dtype=torch.float64)

CLASSES = {
    "sgd": (optim.SGD, {}),
    "momentum": (optim.SGD, {"momentum": 0.9}),
    "nesterov": (optim.SGD, {"momentum": 0.9, "nesterov": True}),
    "adagrad": (optim.Adagrad, {}),
    "adadelta": (optim.Adadelta, {}),
    "rmsprop": (optim.RMSprop, {}),
    "adam": (optim.Adam, {}),
    "nadam": (optim.NAdam, {}),
    "adamw": (optim.AdamW, {}),
    "adamax": (optim.Adamax, {}),
    "amsgrad": (optim.Adam, {"amsgrad": True}),
    "radam": (optim.RAdam, {}),
    "rprop": (optim.Rprop, {}),
}
"""name -> the class of torch.optim at its own defaults."""


# The update rules once more, from their papers, in plain NumPy: `rule(g, x, t, state, **options)` returns the step that
# is taken from x. They stand beside torch.optim as a second opinion on the formulas that people see.


def sgd(g, x, t, s, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
    g = g + weight_decay * x
    s["v"] = g if t == 1 else momentum * s["v"] + (1 - dampening) * g
    return -lr * (g + momentum * s["v"] if nesterov else s["v"])


def heavy_ball(g, x, t, s, lr, momentum=0.9, **options):
    return sgd(g, x, t, s, lr, momentum, **options)


def nesterov(g, x, t, s, lr, momentum=0.9, **options):
    return sgd(g, x, t, s, lr, momentum, nesterov=True, **options)


def adagrad(g, x, t, s, lr, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10):
    g = g + weight_decay * x
    s["s"] = s.get("s", initial_accumulator_value) + g**2
    return -lr / (1 + (t - 1) * lr_decay) * g / (np.sqrt(s["s"]) + eps)


def adadelta(g, x, t, s, lr, rho=0.9, eps=1e-6, weight_decay=0.0):
    g = g + weight_decay * x
    s["s"] = rho * s.get("s", 0) + (1 - rho) * g**2
    step = np.sqrt((s.get("u", 0) + eps) / (s["s"] + eps)) * g
    s["u"] = rho * s.get("u", 0) + (1 - rho) * step**2
    return -lr * step


def rmsprop(g, x, t, s, lr, alpha=0.99, eps=1e-8, momentum=0.0, centered=False, weight_decay=0.0):
    g = g + weight_decay * x
    s["s"] = alpha * s.get("s", 0) + (1 - alpha) * g**2
    s["m"] = alpha * s.get("m", 0) + (1 - alpha) * g
    spread = np.sqrt(s["s"] - s["m"] ** 2 if centered else s["s"]) + eps
    s["v"] = momentum * s.get("v", 0) + g / spread
    return -lr * s["v"]


def moments(g, s, betas):
    s["m"] = betas[0] * s.get("m", 0) + (1 - betas[0]) * g
    s["v"] = betas[1] * s.get("v", 0) + (1 - betas[1]) * g**2


def adam(g, x, t, s, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, amsgrad=False):
    moments(g + weight_decay * x, s, betas)
    s["top"] = np.maximum(s.get("top", 0), s["v"])
    v_hat = (s["top"] if amsgrad else s["v"]) / (1 - betas[1] ** t)
    return -lr * s["m"] / (1 - betas[0] ** t) / (np.sqrt(v_hat) + eps)


def amsgrad(g, x, t, s, lr, **options):
    return adam(g, x, t, s, lr, amsgrad=True, **options)


def adamw(g, x, t, s, lr, weight_decay=0.01, **options):
    return -lr * weight_decay * x + adam(g, x, t, s, lr, **options)


def nadam(
    g,
    x,
    t,
    s,
    lr,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0.0,
    momentum_decay=4e-3,
    decoupled_weight_decay=False,
):
    shrink = -lr * weight_decay * x if decoupled_weight_decay else 0.0
    g = g if decoupled_weight_decay else g + weight_decay * x
    moments(g, s, betas)
    mu = [betas[0] * (1 - 0.96 ** (i * momentum_decay) / 2) for i in range(1, t + 2)]
    ahead = mu[t] * s["m"] / (1 - math.prod(mu)) + (1 - mu[t - 1]) * g / (1 - math.prod(mu[:t]))
    return shrink - lr * ahead / (np.sqrt(s["v"] / (1 - betas[1] ** t)) + eps)


def adamax(g, x, t, s, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    g = g + weight_decay * x
    s["m"] = betas[0] * s.get("m", 0) + (1 - betas[0]) * g
    s["u"] = np.maximum(betas[1] * s.get("u", 0), np.abs(g) + eps)
    return -lr / (1 - betas[0] ** t) * s["m"] / s["u"]


def radam(g, x, t, s, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled_weight_decay=False):
    shrink = -lr * weight_decay * x if decoupled_weight_decay else 0.0
    moments(g if decoupled_weight_decay else g + weight_decay * x, s, betas)
    m_hat = s["m"] / (1 - betas[0] ** t)
    longest = 2 / (1 - betas[1]) - 1
    length = longest - 2 * t * betas[1] ** t / (1 - betas[1] ** t)
    if length <= 5:
        return shrink - lr * m_hat
    r = math.sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length))
    return shrink - lr * m_hat * r * math.sqrt(1 - betas[1] ** t) / (np.sqrt(s["v"]) + eps)


def rprop(g, x, t, s, lr, etas=(0.5, 1.2), step_sizes=(1e-6, 50.0)):
    agreement = np.sign(g * s.get("g", 0 * g))
    factor = np.select([agreement > 0, agreement < 0], [etas[1], etas[0]], 1.0)
    s["size"] = np.clip(s.get("size", np.full_like(g, lr)) * factor, *step_sizes)
    s["g"] = np.where(agreement < 0, 0, g)
    return -s["size"] * np.sign(s["g"])


RULES = {
    "sgd": (sgd, {"momentum": 0.8, "dampening": 0.3, "weight_decay": 0.02}),
    "momentum": (heavy_ball, {"momentum": 0.7, "dampening": 0.2, "weight_decay": 0.03}),
    "nesterov": (nesterov, {"momentum": 0.6, "weight_decay": 0.01}),
    "adagrad": (
        adagrad,
        {"lr_decay": 0.1, "weight_decay": 0.02, "initial_accumulator_value": 0.4, "eps": 1e-3},
    ),
    "adadelta": (adadelta, {"rho": 0.8, "eps": 1e-2, "weight_decay": 0.02}),
    "rmsprop": (
        rmsprop,
        {"alpha": 0.7, "eps": 1e-3, "momentum": 0.4, "centered": True, "weight_decay": 0.02},
    ),
    "adam": (adam, {"betas": (0.7, 0.9), "eps": 1e-2, "weight_decay": 0.05}),
    "nadam": (nadam, {"betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.05, "momentum_decay": 0.3}),
    "adamw": (adamw, {"betas": (0.7, 0.9), "eps": 1e-2, "weight_decay": 0.3}),
    "adamax": (adamax, {"betas": (0.7, 0.8), "eps": 1e-2, "weight_decay": 0.05}),
    "amsgrad": (amsgrad, {"betas": (0.7, 0.5), "eps": 1e-2, "weight_decay": 0.05}),
    "radam": (radam, {"betas": (0.7, 0.95), "eps": 1e-2, "weight_decay": 0.05}),
    "rprop": (rprop, {"etas": (0.4, 1.6), "step_sizes": (0.01, 0.2)}),
}
"""name -> its rule, and options away from every default."""

SWITCHES = [
    ("sgd", {"momentum": 0.5, "nesterov": True}),
    ("adam", {"amsgrad": True, "betas": (0.9, 0.5)}),
    ("adamw", {"amsgrad": True, "betas": (0.9, 0.5)}),
    ("nadam", {"decoupled_weight_decay": True, "weight_decay": 0.2}),
    ("radam", {"decoupled_weight_decay": True, "weight_decay": 0.2, "betas": (0.9, 0.99)}),
    ("rmsprop", {"centered": True}),
]


def gradient(x):
    """Of 0.5 x0^2 + 5 x1^2 with waves on it: asymmetric, and its signs turn on the way."""
    return np.array([x[0] + np.sin(5 * x[1]), 10 * x[1] - 0.3 * np.cos(3 * x[0])])


def walked_by_rule(rule, options, lr, steps):
    x, state, path = np.array([1.3, -0.7]), {}, []
    for t in range(1, steps + 1):
        x = x + rule(gradient(x), x, t, state, lr, **options)
        path.append(x)
    return np.array(path)


def walked_by_torch(name, options, lr, steps):
    x, path = torch.tensor([1.3, -0.7], dtype=torch.float64, requires_grad=True), []
    optimizer = OPTIMIZERS[name].build([x], lr, **options)
    for _ in range(steps):
        x.grad = torch.from_numpy(gradient(x.detach().numpy()))
        optimizer.step()
        path.append(x.detach().numpy().copy())
    return np.array(path)


def on_the_bowl(name, lr, steps=50, **options):
    """The path of the references: 0.5 (x^2 + 10 y^2) from (1, 1), shape [steps, 2]."""
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    optimizer, path = OPTIMIZERS[name].build([x], lr, **options), []
    for _ in range(steps):
        optimizer.zero_grad()
        (0.5 * (CURVATURES * x**2).sum()).backward()
        optimizer.step()
        path.append(x.tolist())
    return path


def test_every_optimizer_has_both_witnesses():
    assert set(OPTIMIZERS) == set(CLASSES) == set(RULES)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_is_the_class_of_torch_at_its_defaults(name):
    cls, arguments = CLASSES[name]
    ours = OPTIMIZERS[name].build([torch.nn.Parameter(torch.ones(3))], 0.02)
    theirs = cls([torch.nn.Parameter(torch.ones(3))], lr=0.02, **arguments)
    assert type(ours) is cls
    assert ours.defaults == theirs.defaults


@pytest.mark.parametrize(("name", "options"), [(name, row[1]) for name, row in RULES.items()] + SWITCHES)
@pytest.mark.parametrize("lr", [0.05, 0.003])
def test_the_steps_are_those_of_the_published_rule(name, options, lr):
    expected = walked_by_rule(RULES[name][0], options, lr, 25)
    tolerance = 1e-8 if name == "nadam" else 1e-12  # torch keeps the product of NAdam's momenta in 32 bits
    np.testing.assert_allclose(walked_by_torch(name, options, lr, 25), expected, rtol=1e-9, atol=tolerance)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_default_steps_are_those_of_the_published_rule(name):
    expected = walked_by_rule(RULES[name][0], {}, 0.01, 10)
    np.testing.assert_allclose(walked_by_torch(name, {}, 0.01, 10), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("reference", "name", "lr", "options"),
    [
        ("gd_lr=0.05", "sgd", 0.05, {}),
        ("heavy_ball_lr=0.05_mu=0.9", "momentum", 0.05, {}),
        ("heavy_ball_lr=0.05_mu=0.9_dampening=0.9", "momentum", 0.05, {"dampening": 0.9}),
        ("nesterov_torch_lr=0.05_mu=0.9", "nesterov", 0.05, {}),
        ("adagrad_lr=0.5_eps=1e-10", "adagrad", 0.5, {}),
        ("rmsprop_torch_lr=0.02_alpha=0.99_eps=1e-8", "rmsprop", 0.02, {}),
        ("rmsprop_lr=0.1_rho=0.9_eps=1e-8", "rmsprop", 0.1, {"alpha": 0.9}),
        ("adadelta_lr=1_rho=0.9_eps=1e-6", "adadelta", 1.0, {}),
        ("adam_lr=0.1", "adam", 0.1, {}),
        ("adamw_lr=0.1_wd=0.1", "adamw", 0.1, {"weight_decay": 0.1}),
        ("nadam_torch_lr=0.1", "nadam", 0.1, {}),
    ],
)
def test_the_path_on_the_bowl_is_that_of_the_references(reference, name, lr, options):
    path = on_the_bowl(name, lr, **options)
    np.testing.assert_allclose(path[:5], REFERENCES[reference]["iterates_1_to_5"], atol=1e-9)
    np.testing.assert_allclose(path[-1], REFERENCES[reference]["x50"], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "lr", "first"),
    [
        ("adam", 0.01, 0.01),
        ("amsgrad", 0.01, 0.01),
        ("adamax", 0.01, 0.01),
        ("rprop", 0.01, 0.01),
        ("rmsprop", 0.01, 0.1),
        ("nadam", 0.01, 0.010565),
        ("adadelta", 1.0, 0.00316),
        ("adagrad", 0.01, 0.01),
    ],
)
def test_the_first_step_is_as_long_as_the_notes_say(name, lr, first):
    step = 1 - np.array(on_the_bowl(name, lr, steps=1)[0])
    np.testing.assert_allclose(step, first, rtol=2e-3)


@pytest.mark.parametrize(
    ("name", "options", "limit"),
    [("sgd", {}, 0.2), ("momentum", {}, 0.38), ("nesterov", {}, 2 * 1.9 / (10 * 2.8))],
)
def test_the_stable_rates_are_those_of_the_notes(name, options, limit):
    def end(lr):
        return abs(on_the_bowl(name, lr, steps=400, **options)[-1][1])

    assert end(0.98 * limit) < 1
    assert not end(1.02 * limit) < 1e3


def test_radam_starts_to_divide_at_its_sixth_step():
    x = torch.ones(1, dtype=torch.float64, requires_grad=True)
    optimizer, steps = OPTIMIZERS["radam"].build([x], 0.1), []
    for _ in range(6):
        before = x.item()
        x.grad = torch.tensor([100.0], dtype=torch.float64)
        optimizer.step()
        steps.append(before - x.item())
    assert steps[:5] == pytest.approx([10.0] * 5)
    assert 0 < steps[5] < 0.1


def ends(option):
    """The first and the last value that an option allows, or does not allow just so."""
    match option:
        case Switch():
            return False, True
        case Pair():
            first, second = map(ends, option.parts)
            return tuple(zip(first, second, strict=True))
    return option.low, option.high


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_end_of_every_range_is_accepted_by_torch(name):
    entry = OPTIMIZERS[name]
    for option in entry.options:
        for value in ends(option):
            try:
                entry.complete({option.name: value})
            except SpecError:
                continue
            entry.build([torch.nn.Parameter(torch.ones(1))], 0.1, **{option.name: value})


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_no_optimizer_is_fused(name):
    optimizer = OPTIMIZERS[name].build([torch.nn.Parameter(torch.ones(1))], OPTIMIZERS[name].default_lr)
    assert not optimizer.defaults.get("fused")


@pytest.mark.parametrize(
    ("name", "options", "text"),
    [
        (
            "sgd",
            {"nesterov": True},
            "options: nesterov needs momentum above 0 and dampening 0; give momentum=0.9 and dampening=0.",
        ),
        (
            "nesterov",
            {"momentum": 0},
            "options, momentum: 0 is not allowed; give a number with 0 < momentum <= 1.",
        ),
        (
            "adam",
            {"betas": (0.9, 1.0)},
            "options, betas: (0.9, 1.0) is not allowed; "
            "give two numbers with 0 <= the first < 1 and 0 <= the second < 1.",
        ),
        (
            "rprop",
            {"step_sizes": (0.1, 0.01)},
            "options: the smallest step 0.1 is above the largest 0.01; give step_sizes in order.",
        ),
        (
            "adam",
            {"beta": 0.9},
            "options: 'beta' is no option of adam; it takes betas, eps, weight_decay, amsgrad. Did you mean 'betas'?",
        ),
    ],
)
def test_nonsense_is_refused_with_the_way_out(name, options, text):
    with pytest.raises(SpecError) as error:
        OPTIMIZERS[name].build([torch.nn.Parameter(torch.ones(1))], 0.1, **options)
    assert str(error.value) == text
