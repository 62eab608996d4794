"""A step in slow motion is the step that the trainer takes."""

import math

import pytest

from engine import RunSpec, Trainer, slow_motion
from tests.engine.training.test_determinism import RUNS, assert_same_run, spec


def advanced(run: RunSpec, steps: int) -> Trainer:
    trainer = Trainer(run)
    for _ in range(steps):
        trainer.step()
    return trainer


@pytest.mark.parametrize("fields", RUNS.values(), ids=RUNS)
def test_the_run_is_afterwards_where_its_step_would_have_led_it(fields):
    run, witness = advanced(spec(**fields), 7), advanced(spec(**fields), 8)
    acts = slow_motion(run)
    frame = witness.frame
    for act in acts:
        for name, value in act.numbers.items():
            if act.layer and name not in ("lr", "weight_before", "gradient", "weight_after"):
                assert value == getattr(frame, name)[act.layer - 1], name
            elif name in ("loss", "accuracy", "gradient_norm", "gradient_norm_clipped", "lr"):
                assert value == getattr(frame, name), name
    assert_same_run(run, witness)


def test_the_moments_stand_in_the_order_of_events():
    acts = slow_motion(advanced(spec(clip="norm", clip_threshold=1e-3), 3))
    assert [(act.part, act.layer) for act in acts] == [
        ("forward", 1), ("forward", 2), ("forward", 3), ("loss", None),
        ("backward", 3), ("backward", 2), ("backward", 1), ("clip", None),
        ("update", 1), ("update", 2), ("update", 3),
    ]  # fmt: skip
    clip = next(act for act in acts if act.part == "clip").numbers
    assert clip["gradient_norm_clipped"] == pytest.approx(1e-3)
    assert "clip" not in [act.part for act in slow_motion(advanced(spec(), 3))]


def test_the_weight_that_is_followed_moves_by_the_rule():
    run = advanced(spec(optimizer="sgd", lr=0.05, dtype="float64"), 4)
    for act in slow_motion(run):
        if act.part == "update":
            numbers = act.numbers
            moved = numbers["weight_before"] - numbers["lr"] * numbers["gradient"]
            assert numbers["weight_after"] == pytest.approx(moved, rel=1e-14)
            gradient = run.model.linears()[act.layer - 1].weight.grad
            assert abs(numbers["gradient"]) == gradient.abs().max().item()


def test_a_change_that_belongs_to_the_step_is_made_before_it():
    run = advanced(spec(), 5)
    run.change(lr=0.5)
    run.step()
    assert slow_motion(run.at(5), run.history.changes)[-1].numbers["lr"] == 0.5
    assert slow_motion(run.at(4), run.history.changes)[-1].numbers["lr"] == spec().lr


def test_a_step_at_which_it_diverges_ends_where_the_weights_stopped():
    run = Trainer(spec(lr=1e6, activation="relu", batch_size=None, hidden=(9,) * 6))
    while not run.diverged:
        run.step()
    acts = slow_motion(run.at(run.diverged.step - 1))
    moved = math.isfinite(run.frame.loss) and math.isfinite(run.frame.gradient_norm)
    assert acts[-1].part == ("update" if moved else "backward")
    assert not any(math.isnan(value) for act in acts for value in act.numbers.values())
