import numpy as np
import pytest
import torch

from engine.measure.frame import Divergence
from engine.measure.history import SCALARS
from engine.measure.statistics import COLUMNS
from engine.spec import RunSpec
from engine.training.trainer import Trainer

OVERFLOWS = {
    "linear net": {"activation": "linear", "initializer": "he_normal", "lr": 1.0, "hidden": (20, 10)},
    "relu, normal(0, 1), rate 10": {
        "activation": "relu", "initializer": "normal", "lr": 10.0, "hidden": (30,) * 40, "dataset": "digits",
    },
    "batch norm and dropout": {
        "activation": "linear", "initializer": "he_normal", "lr": 1e9, "hidden": (20, 10),
        "batch_norm_input": True, "dropout": 0.3,
    },
    "momentum, clipped by value": {
        "activation": "linear", "optimizer": "momentum", "lr": 1e9, "clip": "value", "clip_threshold": 1e9,
    },
}  # fmt: skip


def spec(**fields) -> RunSpec:
    return RunSpec(**{"dataset": "moons", "hidden": (6, 5, 4), "batch_size": 32} | fields)


def until_diverged(trainer: Trainer, measured=lambda step: True, at_most: int = 400) -> Trainer:
    for step in range(1, at_most):
        trainer.step(measure=measured(step))
        if trainer.diverged:
            return trainer
    raise AssertionError("it did not diverge")


def snapshot(trainer: Trainer) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in trainer.model.state_dict().items()}


def assert_equal_states(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    for name, value in one.items():
        torch.testing.assert_close(value, other[name], rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("name", OVERFLOWS)
def test_an_overflowing_run_stops_and_keeps_its_history(name):
    trainer = until_diverged(Trainer(spec(**OVERFLOWS[name])))
    diverged, frame = trainer.diverged, trainer.frame
    assert 1 <= diverged.layer <= len(trainer.spec.hidden) + 1
    assert diverged.quantity in ("pre-activation", "activation", "loss", "gradient", "weights")
    assert diverged.step == frame.step == trainer.steps == len(trainer.history)
    assert not frame.finite
    for column in ("loss", "gradient_norm"):
        assert np.isfinite(trainer.history[column][:-1]).all()
    np.testing.assert_array_equal(trainer.history["step"], np.arange(1, diverged.step + 1))


@pytest.mark.parametrize("name", OVERFLOWS)
def test_plain_steps_find_the_same_divergence_with_the_same_frame(name):
    measured = until_diverged(Trainer(spec(**OVERFLOWS[name])))
    plain = until_diverged(Trainer(spec(**OVERFLOWS[name])), lambda step: False)
    mixed = until_diverged(Trainer(spec(**OVERFLOWS[name])), lambda step: step % 3 == 0)
    assert measured.diverged.quantity != "weights"
    for other in (plain, mixed):
        assert other.diverged == measured.diverged
        np.testing.assert_array_equal(other.frame.table, measured.frame.table)
        for column in SCALARS:
            np.testing.assert_array_equal(getattr(other.frame, column), getattr(measured.frame, column))
        assert_equal_states(snapshot(other), snapshot(measured))
    assert len(plain.history) == 1


def test_nothing_moves_after_a_divergence():
    trainer = until_diverged(Trainer(spec(**OVERFLOWS["batch norm and dropout"])))
    before, position, rows = snapshot(trainer), trainer.batches.position, len(trainer.history)
    frame = trainer.frame
    for measure in (True, False, True):
        assert trainer.step(measure=measure) is frame
    assert trainer.look() is frame
    assert_equal_states(snapshot(trainer), before)
    assert (trainer.batches.position, len(trainer.history)) == (position, rows)


def poison(trainer: Trainer, layer: int, value: float) -> None:
    """Put a value into one weight of a layer (1 is the first)."""
    with torch.no_grad():
        trainer.model.linears()[layer - 1].weight[1, 2] = value


@pytest.mark.parametrize("measure", [True, False])
@pytest.mark.parametrize("layer", [2, 3, 4])
def test_it_began_in_the_layer_that_broke(layer, measure):
    trainer = Trainer(spec())
    for _ in range(3):
        trainer.step(measure=measure)
    poison(trainer, layer, float("nan"))
    before = snapshot(trainer)
    trainer.step(measure=measure)
    assert trainer.diverged == Divergence(step=4, layer=layer, quantity="pre-activation")
    assert_equal_states(snapshot(trainer), before)
    assert np.isfinite(trainer.frame.preactivation_var[: layer - 1]).all()
    assert np.isnan(trainer.frame.preactivation_var[layer - 1 :]).all()
    assert (trainer.frame.nonfinite > 0).all()  # every layer's gradient is broken


def test_the_pass_that_tells_where_it_began_drops_the_same_outputs():
    frames = []
    for measure in (True, False):
        trainer = Trainer(spec(hidden=(30, 20, 10), dropout=0.5))
        trainer.step(measure=measure)
        poison(trainer, 3, float("nan"))
        frames.append(trainer.step(measure=measure))
    assert np.isfinite(frames[0].preactivation_var[1])
    np.testing.assert_array_equal(frames[1].table, frames[0].table)


@pytest.mark.parametrize("measure", [True, False])
def test_a_gradient_that_overflows_leaves_the_weights_at_their_last_finite_values(measure):
    trainer = Trainer(spec(optimizer="momentum"))
    trainer.step(measure=measure)
    with torch.no_grad():
        first, _, third, output = trainer.model.linears()
        for linear in trainer.model.linears():
            linear.bias.zero_()
        first.weight.zero_()  # so that every z is 0 and the loss is finite
        third.weight.fill_(1e30)
        output.weight.copy_(torch.tensor([[1e30], [-2e30]]).expand(2, 4))
    before = snapshot(trainer)
    velocity = [state["momentum_buffer"].clone() for state in trainer.optimizer.state.values()]
    trainer.step(measure=measure)
    assert np.isfinite(trainer.frame.loss)
    assert trainer.diverged == Divergence(step=2, layer=2, quantity="gradient")
    assert_equal_states(snapshot(trainer), before)
    assert all(
        torch.equal(state["momentum_buffer"], v)
        for state, v in zip(trainer.optimizer.state.values(), velocity, strict=True)
    )


def test_weights_that_overflow_are_found_by_the_step_that_broke_them():
    fields = {"lr": 1e9, "optimizer_options": {"weight_decay": 10.0}}
    trainer = Trainer(spec(**fields))
    poison(trainer, 2, 1e30)
    frame = trainer.step()
    assert trainer.diverged == Divergence(step=1, layer=2, quantity="weights")
    assert not frame.finite
    assert np.isfinite(frame.loss)
    assert np.isfinite(frame.gradient_norm)
    assert frame.nonfinite[1] == pytest.approx(1 / 5)

    plain = Trainer(spec(**fields))
    poison(plain, 2, 1e30)
    assert plain.step(measure=False) is None
    plain.step(measure=False)
    assert plain.diverged == Divergence(step=2, layer=2, quantity="pre-activation")


def test_infinite_pre_activations_that_hurt_nothing_are_counted_and_do_not_stop_the_run():
    frames = {}
    for measure in (True, False):
        trainer = Trainer(spec(activation="tanh"))
        with torch.no_grad():
            trainer.model.linears()[0].weight[:, 0] = 3e38
            trainer.model.linears()[0].weight[:, 1] = 0
        for _ in range(3):
            trainer.step(measure=measure)
        frames[measure] = trainer.step()
        assert trainer.diverged is None
    assert frames[True].finite
    assert frames[True].nonfinite[0] == 1
    np.testing.assert_array_equal(frames[True].table, frames[False].table)


def test_gradients_beyond_1e154_are_no_divergence_in_double_precision():
    trainer = Trainer(spec(dtype="float64", lr=0.0))
    with torch.no_grad():
        for linear in trainer.model.linears():
            linear.weight.mul_(1e60)
    for measure in (True, False, True):
        trainer.step(measure=measure)
    assert trainer.diverged is None


def test_huge_gradients_are_measured_in_double_precision():
    trainer = Trainer(spec(dtype="float64", lr=0.0, activation="linear"))
    with torch.no_grad():
        for linear in trainer.model.linears()[1:]:
            linear.weight.mul_(1e65)
        trainer.model.linears()[0].weight.mul_(1e-195)
    frame = trainer.step()
    gradients = [parameter.grad / 1e190 for parameter in trainer.model.parameters()]
    norm = torch.cat([gradient.flatten() for gradient in gradients]).norm().item()
    assert 1e188 < frame.gradient_norm < np.inf
    assert frame.gradient_norm / 1e190 == pytest.approx(norm)
    assert frame.gradient_rms[0] / 1e190 == pytest.approx(
        (trainer.probe.gradients[0] / 1e190).square().mean().sqrt()
    )
    assert trainer.step(measure=False) is None
    assert trainer.diverged is None


def test_a_diverged_run_can_be_restored():
    trainer = until_diverged(Trainer(spec(**OVERFLOWS["linear net"])))
    twin = Trainer.restore(trainer.checkpoint())
    assert twin.diverged == trainer.diverged
    assert twin.step() is twin.frame
    for column in (*SCALARS, *COLUMNS):
        np.testing.assert_array_equal(twin.history[column], trainer.history[column])
        np.testing.assert_array_equal(getattr(twin.frame, column), getattr(trainer.frame, column))
