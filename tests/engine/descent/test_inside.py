import numpy as np
import pytest
import torch

from engine.descent.inside import STATE, look_ahead, looks_ahead, watch
from engine.descent.surfaces import SURFACES
from engine.descent.trajectories import descend
from engine.tables.optimizers import OPTIMIZERS

STEPS = 25
HELD = {
    "sgd": set(),
    "momentum": {"velocity"},
    "nesterov": {"velocity"},
    "adagrad": {"sum_of_squares"},
    "adadelta": {"second_moment", "mean_squared_step"},
    "rmsprop": {"second_moment"},
    "adam": {"first_moment", "second_moment"},
    "nadam": {"first_moment", "second_moment"},
    "adamw": {"first_moment", "second_moment"},
    "adamax": {"first_moment", "largest_gradient"},
    "amsgrad": {"first_moment", "second_moment", "largest_second_moment"},
    "radam": {"first_moment", "second_moment"},
    "rprop": {"previous_gradient", "step_size"},
}
CONDITIONS = {"clip": "norm", "clip_threshold": 5.0, "noise": 0.3, "seed": 2}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_watched_walk_is_the_walk_of_the_race(name):
    run = {"optimizer": name, "lr": 0.05, "schedule": {"name": "step", "step_size": 7, "gamma": 0.5}}
    inside = watch("beale", run, (1.0, 1.5), STEPS, **CONDITIONS)
    race = descend("beale", [run], (1.0, 1.5), STEPS, **CONDITIONS)
    np.testing.assert_array_equal(inside.positions, race.positions[0, 0])
    np.testing.assert_array_equal(inside.values, race.values[0, 0])
    np.testing.assert_array_equal(inside.gradients, race.gradients[0, 0])
    np.testing.assert_allclose(inside.lr, 0.05 * 0.5 ** (np.arange(STEPS) // 7))
    assert inside.diverged_at == -1
    assert {key for key in inside.state if not key.endswith("_corrected")} == HELD[name]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_state_is_what_the_optimizer_holds(name):
    inside = watch("rosenbrock", {"optimizer": name, "lr": 0.001}, (-1.2, 1.0), STEPS)
    point = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
    optimizer = OPTIMIZERS[name].build([point], 0.001)
    for t in range(STEPS):
        optimizer.zero_grad()
        SURFACES["rosenbrock"](point).backward()
        np.testing.assert_array_equal(inside.seen[t], point.grad)
        optimizer.step()
        for key, held in optimizer.state[point].items():
            if torch.is_tensor(held) and held.shape == (2,):
                np.testing.assert_array_equal(inside.state[STATE[key].name][t], held.detach())


@pytest.mark.parametrize(
    ("name", "options"), [("adam", {}), ("amsgrad", {}), ("nadam", {}), ("nadam", {"weight_decay": 0.3})]
)
def test_corrected_moments_explain_the_step(name, options):
    inside = watch("beale", {"optimizer": name, "lr": 0.03, "options": options}, (1.0, 1.5), STEPS)
    m, v = inside.state["first_moment_corrected"], inside.state["second_moment_corrected"]
    # PyTorch keeps NAdam's product of momenta in 32 bits
    tolerance = 1e-7 if name == "nadam" else 1e-12
    np.testing.assert_allclose(inside.changes, -0.03 * m / (np.sqrt(v) + 1e-8), rtol=tolerance)


def test_corrected_moments_explain_adamax_and_the_first_of_all_is_the_gradient():
    inside = watch("beale", {"optimizer": "adamax", "lr": 0.03}, (1.0, 1.5), STEPS)
    m, u = inside.state["first_moment_corrected"], inside.state["largest_gradient"]
    np.testing.assert_allclose(inside.changes, -0.03 * m / u, rtol=1e-12)
    np.testing.assert_allclose(m[0], inside.seen[0])
    assert "second_moment_corrected" not in inside.state


def test_effective_rate_is_lr_for_plain_descent_and_shrinks_for_adagrad():
    sgd = watch("bowl", {"optimizer": "sgd", "lr": 0.05}, (1.0, 0.4), STEPS)
    np.testing.assert_allclose(sgd.effective_lr, 0.05, rtol=1e-6)
    adagrad = watch("bowl", {"optimizer": "adagrad", "lr": 0.5}, (1.0, 0.4), STEPS)
    assert (np.diff(adagrad.effective_lr[:8], axis=0) < 0).all()
    np.testing.assert_allclose(
        adagrad.effective_lr, 0.5 / np.sqrt(adagrad.state["sum_of_squares"]), rtol=1e-6
    )


def test_effective_rate_is_nothing_where_there_is_no_gradient():
    inside = watch("saddle", {"optimizer": "sgd", "lr": 0.1}, (1.0, 0.0), 3)
    assert np.isnan(inside.effective_lr[:, 1]).all()
    np.testing.assert_allclose(inside.effective_lr[:, 0], 0.1)


def test_state_of_a_stranger_keeps_its_own_names():
    inside = watch("bowl", {"optimizer": torch.optim.ASGD, "lr": 0.01}, (1.0, 0.4), 3)
    assert set(inside.state) == {"ax"}


def test_pytorch_nesterov_walks_the_ends_of_the_jumps():
    lr, mu = 0.05, 0.9
    inside = watch(
        "bowl", {"optimizer": "nesterov", "lr": lr, "options": {"momentum": mu}}, (1.0, 0.4), STEPS
    )
    velocities = np.vstack([np.zeros(2), inside.state["velocity"]])
    bowl = SURFACES["bowl"]
    textbook = inside.positions + lr * mu * velocities  # before the jump that PyTorch has already made
    for t in range(STEPS):
        arrows = look_ahead(bowl, textbook[t], velocities[t], lr, mu)
        np.testing.assert_allclose(textbook[t] + arrows.jump, inside.positions[t], atol=1e-12)
        np.testing.assert_array_equal(arrows.gradient_here, bowl.gradient(textbook[t]))
        np.testing.assert_allclose(arrows.gradient_there, inside.gradients[t], atol=1e-12)
        np.testing.assert_allclose(textbook[t] + arrows.nesterov, textbook[t + 1], atol=1e-12)


def test_heavy_ball_takes_the_arrow_of_the_gradient_here():
    lr, mu = 0.02, 0.8
    inside = watch(
        "beale", {"optimizer": "momentum", "lr": lr, "options": {"momentum": mu}}, (1.0, 0.4), STEPS
    )
    velocities = np.vstack([np.zeros(2), inside.state["velocity"]])
    for t in range(STEPS):
        arrows = look_ahead(SURFACES["beale"], inside.positions[t], velocities[t], lr, mu)
        np.testing.assert_allclose(arrows.heavy_ball, inside.changes[t], atol=1e-14)
        np.testing.assert_allclose(arrows.jump + arrows.correction, arrows.nesterov)


@pytest.mark.parametrize(
    ("name", "options", "step"),
    [
        ("momentum", {"momentum": 0.8}, "heavy_ball"),
        ("nesterov", {"momentum": 0.7}, "nesterov"),
        ("sgd", {"momentum": 0.6, "nesterov": True}, "nesterov"),
    ],
)
def test_the_arrows_of_a_whole_run_lead_from_each_of_the_textbook_s_points_to_the_next(name, options, step):
    inside = watch("beale", {"optimizer": name, "lr": 0.02, "options": options}, (1.0, 0.4), STEPS)
    arrows = looks_ahead(SURFACES["beale"], inside)
    np.testing.assert_allclose((arrows.here + getattr(arrows, step))[:-1], arrows.here[1:], atol=1e-13)
    on_the_way = arrows.there if step == "nesterov" else arrows.here
    np.testing.assert_allclose(on_the_way, inside.positions[:-1], atol=1e-13)


@pytest.mark.parametrize("name", ["sgd", "adam", "rmsprop"])
def test_without_momentum_of_its_own_a_run_has_no_arrows(name):
    inside = watch("beale", {"optimizer": name, "lr": 0.001}, (1.0, 0.4), STEPS)
    assert looks_ahead(SURFACES["beale"], inside) is None


def test_adam_uncorrected_starts_with_a_step_that_its_means_make_smaller():
    inside = watch("beale", {"optimizer": "adam", "lr": 0.01}, (1.0, 0.4), STEPS)
    m, v = 0.1 * inside.seen[0], 0.001 * inside.seen[0] ** 2
    np.testing.assert_allclose(inside.uncorrected[0], -0.01 * m / (np.sqrt(v) + 1e-8), rtol=1e-12)
    assert watch("beale", {"optimizer": "adamax", "lr": 0.01}, (1.0, 0.4), 3).uncorrected is None
