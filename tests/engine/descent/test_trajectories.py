import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from engine.descent.expression import surface_from_expression
from engine.descent.surfaces import SURFACES
from engine.descent.trajectories import batch_noise, descend
from engine.descent.walk import clipped
from engine.tables.errors import SpecError
from engine.tables.optimizers import OPTIMIZERS

REFERENCES = {
    entry["id"]: entry["expected"]
    for entry in json.loads((Path(__file__).parents[2] / "references.json").read_text())
}
STARTS = np.array([[1.0, 1.5], [-1.3, 0.4], [2.5, -0.3]])
STEPS = 30

# Options away from their defaults, so that every branch of torch.optim that reads them is walked.
OPTIONS = {
    "sgd": {"weight_decay": 0.05},
    "momentum": {"momentum": 0.8, "dampening": 0.1},
    "nesterov": {"momentum": 0.7, "weight_decay": 0.02},
    "adagrad": {"lr_decay": 0.01, "initial_accumulator_value": 0.1},
    "adadelta": {"rho": 0.8},
    "rmsprop": {"alpha": 0.9, "momentum": 0.5, "centered": True},
    "adam": {"betas": (0.8, 0.99), "weight_decay": 0.03},
    "nadam": {"weight_decay": 0.1, "decoupled_weight_decay": True},
    "adamw": {"weight_decay": 0.2, "amsgrad": True},
    "adamax": {"betas": (0.7, 0.9)},
    "amsgrad": {"eps": 1e-6},
    "radam": {"betas": (0.9, 0.95)},
    "rprop": {"etas": (0.4, 1.3)},
}
SCHEDULERS = {
    "constant": (None, {}),
    "step": (lambda o: lr_scheduler.StepLR(o, step_size=10, gamma=0.3), {"step_size": 10, "gamma": 0.3}),
    "cosine": (lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS, eta_min=0.001), {"eta_min": 0.001}),
    "warmup": (
        lambda o: lr_scheduler.LinearLR(o, 0.2, total_iters=15),
        {"start_factor": 0.2, "total_iters": 15},
    ),
}
CONDITIONS = {
    "plain": {},
    "clipped by value": {"clip": "value", "clip_threshold": 0.7},
    "clipped by norm": {"clip": "norm", "clip_threshold": 1.3},
    "noisy and clipped": {"noise": 0.4, "seed": 7, "clip": "norm", "clip_threshold": 2.0},
}


def alone(
    surface,
    optimizer,
    start,
    steps,
    scheduler=None,
    clip="none",
    clip_threshold=1.0,
    noise=0.0,
    seed=0,
    index=0,
):
    """One torch.optim optimizer on one point of shape [2], as anyone would write it: positions [steps + 1, 2]."""
    point = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = optimizer([point])
    scheduler = scheduler and scheduler(optimizer)
    draws = np.random.default_rng([seed, index]).standard_normal((steps, 2))
    path = [point.detach().clone()]
    for t in range(steps):
        optimizer.zero_grad()
        surface(point).backward()
        point.grad += torch.from_numpy(noise * draws[t])
        if clip == "value":
            torch.nn.utils.clip_grad_value_([point], clip_threshold)
        elif clip == "norm":
            torch.nn.utils.clip_grad_norm_([point], clip_threshold)
        optimizer.step()
        if scheduler:
            scheduler.step()
        path.append(point.detach().clone())
    return torch.stack(path).numpy()


def assert_as_alone(race, k, name, lr, options, scheduler=None, **conditions):
    for i, start in enumerate(STARTS):
        path = alone(
            race.surface,
            lambda params: OPTIMIZERS[name].build(params, lr, **options),
            start,
            STEPS,
            scheduler,
            **conditions,
            index=i,
        )
        finite = race.diverged_at[k, i] if race.diverged_at[k, i] >= 0 else STEPS + 1
        np.testing.assert_array_equal(race.positions[k, i, :finite], path[:finite])


@pytest.mark.parametrize("conditions", CONDITIONS.values(), ids=CONDITIONS)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_walking_together_is_walking_alone_bit_for_bit(name, conditions):
    race = descend(
        "beale", [{"optimizer": name, "lr": 0.03, "options": OPTIONS[name]}], STARTS, STEPS, **conditions
    )
    assert_as_alone(race, 0, name, 0.03, OPTIONS[name], **conditions)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_defaults_walk_together_as_alone(name):
    race = descend("himmelblau", [{"optimizer": name, "lr": 0.01}], STARTS, STEPS)
    assert_as_alone(race, 0, name, 0.01, {})


@pytest.mark.parametrize("surface", SURFACES)
def test_every_surface_rounds_alike_together_and_alone(surface):
    race = descend(surface, [{"optimizer": "adam", "lr": 0.1}], STARTS, STEPS)
    assert (race.diverged_at == -1).all()
    assert_as_alone(race, 0, "adam", 0.1, {})


@pytest.mark.parametrize("schedule", SCHEDULERS)
def test_schedules_are_those_of_torch(schedule):
    scheduler, options = SCHEDULERS[schedule]
    runs = [
        {"optimizer": name, "lr": 0.02, "schedule": {"name": schedule, **options}}
        for name in ("momentum", "adamw")
    ]
    race = descend("rosenbrock", runs, STARTS, STEPS, clip="norm")
    assert_as_alone(race, 0, "momentum", 0.02, {}, scheduler, clip="norm")
    assert_as_alone(race, 1, "adamw", 0.02, {}, scheduler, clip="norm")


@pytest.mark.long
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_many_learning_rates_share_an_optimizer_bit_for_bit(name):
    lrs = [0.3, 0.01, 0.0]
    for options in ({}, OPTIONS[name]):
        runs = [{"optimizer": name, "lr": lr, "options": options} for lr in lrs]
        race = descend("rosenbrock", runs, STARTS, STEPS, clip="value")
        for k, lr in enumerate(lrs):
            assert_as_alone(race, k, name, lr, options, clip="value")


class AlongTheGradient(torch.optim.Optimizer):
    """Steps of one length: every coordinate's step depends on all the others."""

    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.data -= group["lr"] * p.grad / (p.grad.norm() + 1e-12)


class HalfTheRate(torch.optim.SGD):
    """Reads lr in a way of its own."""

    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.data.add_(p.grad, alpha=-float(group["lr"]) / 2)


def test_optimizer_that_mixes_coordinates_walks_one_start_at_a_time():
    runs = [
        {"optimizer": "sgd", "lr": 0.01},
        {"optimizer": AlongTheGradient, "lr": 0.05},
        {"optimizer": "adam", "lr": 0.1},
    ]
    race = descend("himmelblau", runs, STARTS, STEPS, noise=0.5, seed=3, clip="value")
    for i, start in enumerate(STARTS):
        conditions = {"noise": 0.5, "seed": 3, "clip": "value", "index": i}
        path = alone(race.surface, lambda params: AlongTheGradient(params, 0.05), start, STEPS, **conditions)
        np.testing.assert_array_equal(race.positions[1, i], path)
    assert_as_alone(race, 0, "sgd", 0.01, {}, noise=0.5, seed=3, clip="value")
    assert_as_alone(race, 2, "adam", 0.1, {}, noise=0.5, seed=3, clip="value")


def test_optimizer_with_its_own_use_of_lr_does_not_share():
    race = descend("booth", [{"optimizer": HalfTheRate, "lr": lr} for lr in (0.02, 0.05)], STARTS, STEPS)
    for k, lr in enumerate((0.02, 0.05)):
        path = alone(race.surface, lambda params, lr=lr: torch.optim.SGD(params, lr / 2), STARTS[1], STEPS)
        np.testing.assert_array_equal(race.positions[k, 1], path)


@pytest.mark.parametrize(
    "entry",
    [entry for entry in REFERENCES if entry.startswith("opt_bowl")],
    ids=lambda e: e.removeprefix("opt_bowl_"),
)
def test_bowl_is_walked_as_in_the_references(entry):
    runs = {
        "gd_lr=0.05": {"optimizer": "sgd", "lr": 0.05},
        "heavy_ball_lr=0.05_mu=0.9": {"optimizer": "momentum", "lr": 0.05},
        "heavy_ball_lr=0.05_mu=0.9_dampening=0.9": {
            "optimizer": "momentum",
            "lr": 0.05,
            "options": {"momentum": 0.9, "dampening": 0.9},
        },
        "nesterov_torch_lr=0.05_mu=0.9": {"optimizer": "nesterov", "lr": 0.05},
        "adagrad_lr=0.5_eps=1e-10": {"optimizer": "adagrad", "lr": 0.5},
        "rmsprop_torch_lr=0.02_alpha=0.99_eps=1e-8": {"optimizer": "rmsprop", "lr": 0.02},
        "rmsprop_lr=0.1_rho=0.9_eps=1e-8": {"optimizer": "rmsprop", "lr": 0.1, "options": {"alpha": 0.9}},
        "adadelta_lr=1_rho=0.9_eps=1e-6": {"optimizer": "adadelta", "lr": 1.0},
        "adam_lr=0.1": {"optimizer": "adam", "lr": 0.1},
        "adamw_lr=0.1_wd=0.1": {"optimizer": "adamw", "lr": 0.1, "options": {"weight_decay": 0.1}},
        "nadam_torch_lr=0.1": {"optimizer": "nadam", "lr": 0.1},
    }
    run = runs.get(entry.removeprefix("opt_bowl_"))
    if run is None:  # a form that PyTorch does not have
        assert "lookahead" in entry or "epshat" in entry or "simple" in entry
        return
    path = descend("bowl", [run], (1, 1), 50).positions[0, 0]
    np.testing.assert_allclose(path[1:6], REFERENCES[entry]["iterates_1_to_5"], atol=1e-9)
    np.testing.assert_allclose(path[50], REFERENCES[entry]["x50"], atol=1e-6)


def test_gradient_descent_follows_its_closed_form():
    path = descend("bowl", [{"optimizer": "sgd", "lr": 0.05}], (1, 1), 50).positions[0, 0]
    for t, expected in REFERENCES["gd_closed_form"].items():
        np.testing.assert_allclose(path[int(t)], expected, atol=1e-12)


def test_heavy_ball_follows_its_closed_form():
    path = descend("bowl", [{"optimizer": "momentum", "lr": 0.05}], (1, 1), 50).positions[0, 0]
    expected = REFERENCES["hb_closed_form"]
    for coordinate, curvature in enumerate(("lam1", "lam10")):
        for t, x in expected[curvature].items():
            assert path[int(t), coordinate] == pytest.approx(x, abs=1e-9)


def test_saddle_is_escaped_at_its_step_and_from_the_ridge_never():
    expected = REFERENCES["saddle_escape"]
    race = descend("saddle", [{"optimizer": "sgd", "lr": 0.1}], [(1, 1e-3), (1, 0)], 45)
    y = race.positions[0, 0, :, 1]
    assert np.argmax(np.abs(y) > 1) == expected["t_escape"]
    assert y[38] == pytest.approx(expected["y38"], rel=1e-9)
    assert (race.positions[0, 1, :, 1] == 0).all()


@pytest.mark.parametrize("g", [0.001, 1.0, 1000.0])
def test_first_adam_step_is_lr_whatever_the_slope(g):
    expected = REFERENCES["adam_first_step"]["step"][[0.001, 1.0, 1000.0].index(g)]
    path = descend(
        surface_from_expression(f"{g}*x"), [{"optimizer": "adam", "lr": 0.1}], (0, 0), 1
    ).positions[0, 0]
    np.testing.assert_allclose(path[1], [-expected, 0], atol=1e-9)


def test_first_rmsprop_step_is_longer_than_lr():
    runs = [{"optimizer": "rmsprop", "lr": 0.1, "options": {"alpha": alpha}} for alpha in (0.99, 0.9)]
    steps = descend(surface_from_expression("3*y"), runs, (0, 0), 1).positions[:, 0, 1, 1]
    expected = REFERENCES["rmsprop_first_step"]
    np.testing.assert_allclose(-steps, [expected["alpha_99"], expected["alpha_9"]], atol=1e-6)


@pytest.mark.parametrize(("entry", "text"), [("clip_100_1", "100*x + y"), ("clip_09_100", "0.9*x + 100*y")])
@pytest.mark.parametrize("clip", ["value", "norm"])
def test_clipped_gradients_are_those_of_the_references(entry, text, clip):
    race = descend(surface_from_expression(text), [{"optimizer": "sgd", "lr": 1.0}], (0, 0), 1, clip=clip)
    np.testing.assert_allclose(-race.positions[0, 0, 1], REFERENCES[entry][clip], atol=2e-6)
    np.testing.assert_allclose(
        race.gradients[0, 0, 0], [float(t.split("*")[0]) if "*" in t else 1 for t in text.split(" + ")]
    )


def test_race_tells_where_gradients_were_clipped():
    race = descend("bowl", [{"optimizer": "sgd", "lr": 0.05}], [(1.0, 1.0), (0.3, 0.01)], 10, clip="norm")
    norms = np.hypot(race.gradients[..., 0], race.gradients[..., 1])
    np.testing.assert_array_equal(race.clipped, norms[..., :-1] + 1e-6 > 1)
    assert race.clipped[0, 0, 0]
    assert not race.clipped[0, 1].any()
    assert not descend("bowl", [{"optimizer": "sgd"}], (1.0, 1.0), 10).clipped.any()


def test_values_and_gradients_are_those_of_the_positions():
    race = descend(
        "beale", [{"optimizer": "adam", "lr": 0.1}, {"optimizer": "sgd", "lr": 0.1}], STARTS, STEPS
    )
    assert (race.diverged_at >= 0).any()
    assert race.positions.shape == (2, 3, STEPS + 1, 2)
    assert {a.dtype for a in (race.positions, race.values, race.gradients)} == {np.dtype(np.float64)}
    np.testing.assert_array_equal(race.positions[:, :, 0], np.stack([STARTS, STARTS]))
    np.testing.assert_array_equal(race.values, SURFACES["beale"](race.positions))
    np.testing.assert_array_equal(race.gradients, SURFACES["beale"].gradient(race.positions))


def test_divergence_is_told_at_its_step_and_disturbs_nobody():
    quartic = surface_from_expression("x**4 + y**2")
    run = {"optimizer": "sgd", "lr": 0.1}
    race = descend(quartic, [run, {"optimizer": "adam", "lr": 0.1}], [(10, 1), (0.5, 1)], 20)
    np.testing.assert_allclose(race.positions[0, 0, :4, 0], [10, -390, 2.37276e7, -5.3434e21], rtol=1e-4)
    path = alone(quartic, lambda params: torch.optim.SGD(params, 0.1), (10, 1), 6)
    assert np.isfinite(path[5]).all()  # at step 5 the position still is a number, its fourth power is not
    assert race.diverged_at.tolist() == [[5, -1], [-1, -1]]
    np.testing.assert_array_equal(race.positions[0, 0, :5], path[:5])
    assert (race.positions[0, 0, 4:] == path[4]).all()
    assert np.isfinite(race.values).all()
    assert race.evaluations.tolist() == [[5, 20], [20, 20]]
    np.testing.assert_array_equal(race.positions[0, 1], descend(quartic, [run], (0.5, 1), 20).positions[0, 0])


def test_infinite_gradient_is_divergence_even_where_clipping_would_hide_it():
    root = surface_from_expression("sqrt(x) + y**2")
    for clip in ("none", "value", "norm"):
        race = descend(root, [{"optimizer": "sgd", "lr": 0.1}], [(0, 1), (2, 1)], 5, clip=clip)
        assert race.diverged_at.tolist() == [[0, -1]]
        assert (race.positions[0, 0] == (0, 1)).all()
        assert not race.clipped[0, 0].any()


def test_start_without_a_value_diverges_at_once():
    race = descend(surface_from_expression("log(x) + y"), [{"optimizer": "rprop"}], (-1, 0), 5)
    assert race.diverged_at.tolist() == [[0]]
    assert (race.positions == (-1, 0)).all()
    assert np.isnan(race.values).all()


def test_noise_is_the_same_for_every_run_and_of_the_size_asked_for():
    flat = surface_from_expression("0*x")
    runs = [{"optimizer": "sgd", "lr": 1.0}, {"optimizer": "sgd", "lr": 1.0, "options": {"momentum": 0.0}}]
    race = descend(flat, [*runs, {"optimizer": "sgd", "lr": 2.0}], np.zeros((20, 2)), 400, noise=0.3, seed=5)
    steps = -np.diff(race.positions, axis=2)
    np.testing.assert_array_equal(steps[0], steps[1])
    np.testing.assert_allclose(steps[2], 2 * steps[0], atol=1e-12)
    assert steps[0].std() == pytest.approx(0.3, rel=0.02)
    assert steps[0].mean() == pytest.approx(0, abs=0.01)
    assert abs(np.corrcoef(steps[0, 0].ravel(), steps[0, 1].ravel())[0, 1]) < 0.1
    assert (race.gradients == 0).all()


def test_noise_of_a_batch_is_that_of_the_mean_of_its_samples():
    samples = np.random.default_rng(1).normal(scale=0.7, size=(20_000, 32))
    assert batch_noise(0.7, 32) == pytest.approx(samples.mean(axis=1).std(), rel=0.02)
    assert (batch_noise(0.7, 1), batch_noise(0.7, None)) == (0.7, 0.0)


def test_same_seed_is_the_same_noise_whoever_else_starts():
    run = [{"optimizer": "adam", "lr": 0.1}]
    race = descend("beale", run, STARTS, STEPS, noise=1.0, seed=4)
    np.testing.assert_array_equal(
        race.positions, descend("beale", run, STARTS, STEPS, noise=1.0, seed=4).positions
    )
    np.testing.assert_array_equal(
        race.positions[:, :2], descend("beale", run, STARTS[:2], STEPS, noise=1.0, seed=4).positions
    )
    assert (
        race.positions[:, :, -1]
        != descend("beale", run, STARTS, STEPS, noise=1.0, seed=5).positions[:, :, -1]
    ).all()


def test_learning_rate_is_the_default_of_the_optimizer_when_left_out():
    race = descend(
        "bowl", [{"optimizer": "adadelta"}, {"optimizer": "momentum", "schedule": "cosine"}], (1, 1), 3
    )
    assert [run.lr for run in race.runs] == [1.0, 0.01]
    assert race.runs[1].schedule == {"name": "cosine", "eta_min": 0.0}
    assert [run.label for run in race.runs] == ["AdaDelta", "Momentum (heavy ball)"]


def test_start_is_the_surfaces_own_when_left_out():
    assert tuple(descend("rosenbrock", [{"optimizer": "sgd"}], steps=1).positions[0, 0, 0]) == (-1.2, 1.0)


def test_race_leaves_torch_as_it_was():
    torch.manual_seed(12)
    before = torch.random.get_rng_state()
    with torch.no_grad():
        descend("beale", [{"optimizer": "adam"}], STARTS, 5, noise=1.0)
        assert not torch.is_grad_enabled()
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"surface": "beal"}, r"unknown surface 'beal'; choose from: .* Did you mean 'beale'\?"),
        (
            {"runs": []},
            r"runs: \[\] holds no run; give a list such as \[\{\"optimizer\": \"adam\", \"lr\": 0\.1\}\]",
        ),
        ({"runs": [{"lr": 1}]}, r"run 1: \{'lr': 1\} is no run"),
        ({"runs": [{"optimizer": "sgd"}, "adam"]}, r"run 2: 'adam' is no run"),
        ({"runs": [{"optimizer": "adma"}]}, r"unknown optimizer 'adma'; .* Did you mean 'adam'\?"),
        ({"runs": [{"optimizer": "sgd", "lrr": 1}]}, r"run 1: a run has no 'lrr'; .* Did you mean 'lr'\?"),
        (
            {"runs": [{"optimizer": "sgd", "lr": -0.1}]},
            r"lr: -0\.1 is not allowed; give a number with 0 <= lr",
        ),
        ({"runs": [{"optimizer": "sgd", "lr": float("inf")}]}, r"lr: inf is not allowed"),
        (
            {"runs": [{"optimizer": "sgd", "lr": "0.1"}]},
            r"lr: '0\.1' is not allowed; .* Did you mean 0\.1, without quotes\?",
        ),
        (
            {"runs": [{"optimizer": "adam", "options": {"beta": 1}}]},
            r"'beta' is no option of adam; .* Did you mean 'betas'\?",
        ),
        ({"runs": [{"optimizer": "adam", "schedule": {"name": "cosin"}}]}, r"Did you mean 'cosine'\?"),
        (
            {"runs": [{"optimizer": "adam", "schedule": 3}]},
            r"schedule: 3 is no schedule; give a dict such as",
        ),
        ({"runs": [{"optimizer": 3}]}, r"optimizer: 3 is no name \(sgd, .*\) and no torch\.optim class"),
        ({"runs": [{"optimizer": torch.optim.LBFGS}]}, r"LBFGS evaluates the surface many times in one step"),
        (
            {"runs": [{"optimizer": torch.optim.SparseAdam, "options": {"a": 1}}]},
            r"SparseAdam cannot walk a point",
        ),
        ({"start": (float("nan"), 1)}, r"start: \(nan, 1\.0\) is not a point; give two finite numbers"),
        ({"start": [(0, 1), (2, float("inf"))]}, r"start: \(2\.0, inf\) is not a point"),
        ({"start": (1, 2, 3)}, r"start: \(1, 2, 3\) is not allowed; give \(x, y\) or an array \[starts, 2\]"),
        ({"start": "here"}, r"start: 'here' is not allowed"),
        ({"start": np.zeros((0, 2))}, r"start: .* is not allowed"),
        ({"steps": 0}, r"steps: 0 is not allowed; give a whole number with 1 <= steps <= 20000"),
        ({"steps": 20_001}, r"steps: 20001 is not allowed"),
        (
            {"start": np.zeros((5000, 2)), "steps": 2000},
            r"1 runs x 5000 starts x 2000 steps are 10,005,000 points to keep",
        ),
        (
            {"clip": "nrom"},
            r"clip: 'nrom' is not allowed; give one of none, value, norm\. Did you mean 'norm'\?",
        ),
        (
            {"clip": "norm", "clip_threshold": 0},
            r"clip_threshold: 0 is not allowed; give a number with 0 < clip_threshold",
        ),
        ({"noise": -1}, r"noise: -1 is not allowed"),
        ({"seed": 1.5}, r"seed: 1\.5 is not allowed"),
    ],
)
def test_what_cannot_be_walked_is_refused_in_words(change, words):
    with pytest.raises(SpecError, match=words):
        descend(**{"surface": "bowl", "runs": [{"optimizer": "sgd"}], "start": (1, 1), "steps": 5, **change})


def test_start_outside_the_window_and_any_rate_are_welcome():
    race = descend(
        "bowl", [{"optimizer": "sgd", "lr": 1e6}, {"optimizer": "adam", "lr": 1e6}], (500, -3), 100
    )
    assert race.diverged_at[0, 0] > 0
    assert race.diverged_at[1, 0] == -1
    assert np.isfinite(race.positions).all()


def test_leaving_the_domain_is_told_from_growing_beyond_all_numbers():
    fall = [{"optimizer": "sgd", "lr": 3.0}]
    left = descend(surface_from_expression("log(x) + y**2"), fall, [(1.0, 0.0), (9.0, 0.0)], 2)
    assert left.diverged_at.tolist() == [[1, -1]]
    assert left.undefined.tolist() == [[True, False]]
    far = descend(surface_from_expression("-exp(x)"), [{"optimizer": "sgd", "lr": 1e9}], (1.0, 0.0), 2)
    assert far.diverged_at.tolist() == [[1]]  # e to the power of 2.7 billion is infinite
    assert not far.undefined.any()
    grown = descend("bowl", [{"optimizer": "sgd", "lr": 30.0}], (1.0, 1.0), 400)
    assert grown.diverged_at[0, 0] > 0
    assert not grown.undefined.any()


@pytest.mark.parametrize("gradient", [(100.0, 1.0), (0.3, -0.2), (0.0, 0.0)])
def test_one_gradient_is_clipped_as_torch_does_it(gradient):
    point = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    for how, clip in (("value", torch.nn.utils.clip_grad_value_), ("norm", torch.nn.utils.clip_grad_norm_)):
        point.grad = torch.tensor(gradient, dtype=torch.float64)
        clip([point], 1.0)
        np.testing.assert_allclose(clipped(np.array(gradient), how, 1.0), point.grad.numpy(), rtol=1e-14)
