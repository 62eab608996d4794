"""Going back: the run as it was after any of its steps, and on from there with the same numbers, bit for bit."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine import RunSpec, SpecError, Trainer
from engine.training.checkpoint import FIRST_STRIDE, Moment, Trail
from engine.training.trainer import NEAR
from tests.engine.training.test_determinism import RANDOM, RUNS, assert_same_run, spec

STEPS = FIRST_STRIDE + 12


def advanced(run: RunSpec, steps: int, measure: bool = True) -> Trainer:
    trainer = Trainer(run)
    for _ in range(steps):
        trainer.step(measure=measure)
    return trainer


@pytest.mark.parametrize("fields", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("step", [0, FIRST_STRIDE, FIRST_STRIDE + 5])
def test_the_past_is_the_run_as_it_was_and_goes_on_as_it_did(fields, step):
    run = advanced(spec(**fields), STEPS)
    past, witness = run.at(step), advanced(spec(**fields), step)
    assert past.history["step"].tolist() == witness.history["step"].tolist()
    np.testing.assert_array_equal(past.history["loss"], witness.history["loss"])
    for _ in range(STEPS - step):
        past.step()
    np.testing.assert_array_equal(past.history["loss"], run.history["loss"])
    np.testing.assert_array_equal(past.history["update_ratio"], run.history["update_ratio"])
    assert_same_run(past, run)


def test_the_way_back_goes_step_by_step_while_the_run_goes_on():
    run = advanced(spec(**RANDOM), STEPS)
    way = run.walk(FIRST_STRIDE + 5)
    steps = []
    for past in way:
        steps.append(past.steps)
        run.step()
    assert steps == [*range(FIRST_STRIDE, FIRST_STRIDE + 6), FIRST_STRIDE + 5]
    assert_same_run(past, advanced(spec(**RANDOM), FIRST_STRIDE + 5))
    with pytest.raises(SpecError, match="-1 is not allowed"):
        next(run.walk(-1))


@pytest.mark.parametrize("step", [3, FIRST_STRIDE + 3])
def test_the_last_frame_is_the_one_of_that_step(step):
    run = Trainer(spec(**RANDOM))
    frames = [run.step() for _ in range(STEPS)]
    np.testing.assert_array_equal(run.at(step).frame.table, frames[step - 1].table)
    assert run.at(step).frame.step == step


def test_steps_that_nobody_measured_can_be_gone_back_to():
    run = advanced(spec(**RANDOM), STEPS, measure=False)
    assert_same_run(run.at(FIRST_STRIDE + 7), advanced(spec(**RANDOM), FIRST_STRIDE + 7))


def test_the_past_is_a_copy_of_its_own():
    run, witness = advanced(spec(optimizer="adam"), 20), advanced(spec(optimizer="adam"), 20)
    past = run.at(12)
    past.change(lr=3.0)
    for _ in range(5):
        past.step()
    assert len(run.history) == 20
    assert_same_run(run, witness)


CHANGES = [
    (4, {"lr": 0.2}),
    (FIRST_STRIDE, {"optimizer": "adam", "lr": 0.003}),
    (FIRST_STRIDE, {"batch_size": 10}),
    (FIRST_STRIDE + 2, {"dropout": 0.2, "clip": "norm", "clip_threshold": 0.5}),
    (FIRST_STRIDE + 4, {"optimizer": "momentum", "optimizer_options": {"momentum": 0.7}}),
]
"""After which step a setting was changed."""


def changed(until: int) -> Trainer:
    trainer = Trainer(spec(batch_norm="before"))
    while True:
        if trainer.steps == until:
            return trainer
        for after, fields in CHANGES:
            if after == trainer.steps:
                trainer.change(**fields)
        trainer.step()


@pytest.mark.parametrize("step", [0, 4, 5, *range(FIRST_STRIDE - 1, FIRST_STRIDE + 6)])
def test_a_change_belongs_to_the_step_after_it(step):
    run, witness = changed(STEPS), changed(step)
    past = run.at(step)
    assert past.spec == witness.spec
    assert past.history.changes == witness.history.changes
    assert_same_run(past, witness)


def test_a_change_that_no_step_has_followed_is_not_in_the_past():
    run = advanced(spec(), 7)
    run.change(lr=0.5)
    assert run.at(7).spec.lr == spec().lr
    assert run.at(7).history.changes == []
    assert_same_run(run.at(7), advanced(spec(), 7))


@pytest.mark.parametrize("copied", [Trainer.fork, lambda run: Trainer.restore(run.checkpoint())])
def test_a_copy_can_go_back_beyond_the_moment_it_was_made(copied):
    run = copied(changed(FIRST_STRIDE + 3))
    for step in (2, FIRST_STRIDE, FIRST_STRIDE + 3):
        assert_same_run(run.at(step), changed(step))


def test_the_step_of_a_divergence_is_diverged_and_the_one_before_it_is_not():
    run = Trainer(spec(lr=1e6, activation="relu", batch_size=None, hidden=(9,) * 6))
    while not run.diverged:
        run.step()
    end = run.diverged.step
    assert run.at(end).diverged == run.diverged
    before = run.at(end - 1)
    assert before.diverged is None
    before.step()
    assert before.diverged == run.diverged


@pytest.mark.parametrize("step", [-1, 6, 2.5, "3", True, math.nan])
def test_a_step_that_the_run_has_not_taken_is_refused(step):
    with pytest.raises(SpecError, match=r"^step: .* is not allowed; give a whole number with 0 <= step <= 5"):
        advanced(spec(), 5).at(step)


@pytest.mark.long
def test_the_trail_is_bounded_and_its_moments_a_stride_apart():
    run = advanced(spec(optimizer="adam"), 1, measure=False)
    size = Moment.of(run).size
    assert size >= 3 * 4 * sum(parameter.numel() for parameter in run.parameters)
    run.trail = Trail(limit=5 * size)
    for _ in range(14 * FIRST_STRIDE):
        run.step(measure=False)
        assert sum(moment.size for moment in run.trail.moments.values()) <= 5 * size
    assert run.trail.stride == 4 * FIRST_STRIDE
    assert sorted(run.trail.moments) == [4 * FIRST_STRIDE, 8 * FIRST_STRIDE, 12 * FIRST_STRIDE]
    assert_same_run(run.at(9 * FIRST_STRIDE), advanced(spec(optimizer="adam"), 9 * FIRST_STRIDE))


class Folder:
    """Keeps whatever it is given; `torn` are the steps that it cannot give back."""

    stride = FIRST_STRIDE

    def __init__(self):
        self.kept, self.torn = {}, set()

    def keep(self, step, moment):
        self.kept[step] = moment

    def before(self, step):
        return max((at for at in self.kept if at < step), default=0)

    def read(self, step):
        return self.kept.pop(step) and None if step in self.torn else self.kept[step]


def with_a_folder(steps: int) -> Trainer:
    """A run whose memory has room for three moments."""
    run = advanced(spec(**RANDOM), 1, measure=False)
    run.trail = Trail(limit=3 * Moment.of(run).size, far=Folder())
    for _ in range(steps - 1):
        run.step(measure=False)
    return run


def test_moments_for_which_memory_has_no_room_go_to_the_folder_and_come_back_to_the_bit():
    run = with_a_folder(7 * FIRST_STRIDE)
    assert sorted({*run.trail.moments, *run.trail.far.kept}) == [k * FIRST_STRIDE for k in range(1, 8)]
    assert len(run.trail.moments) <= 3
    step = 3 * FIRST_STRIDE + 2
    assert next(run.walk(step)).steps == 3 * FIRST_STRIDE
    assert_same_run(run.at(step), advanced(spec(**RANDOM), step, measure=False))


def test_a_moment_that_cannot_be_read_makes_the_way_longer_and_no_other():
    run = with_a_folder(7 * FIRST_STRIDE)
    run.trail.far.torn.add(3 * FIRST_STRIDE)
    step = 3 * FIRST_STRIDE + 2
    assert next(run.walk(step)).steps == 2 * FIRST_STRIDE
    assert_same_run(run.at(step), advanced(spec(**RANDOM), step, measure=False))


def test_the_steps_before_one_that_was_looked_at_are_near():
    run = advanced(spec(), 3, measure=False)
    run.trail = Trail(limit=0)
    for _ in range(2 * NEAR):
        run.step(measure=False)
    assert next(run.walk(2 * NEAR)).steps == 0
    run.at(2 * NEAR)
    for step in (2 * NEAR - 1, NEAR + 1):
        assert next(run.walk(step)).steps == NEAR
        assert_same_run(run.at(step), advanced(spec(), step, measure=False))
    assert next(run.walk(NEAR)).steps == 0


@given(st.integers(1, 40), st.integers(1, 200))
def test_a_trail_keeps_its_bound_and_every_moment_of_its_stride(most, moments):
    trail = Trail(limit=most * 8)
    for steps in range(FIRST_STRIDE, moments * FIRST_STRIDE + 1, FIRST_STRIDE):
        if steps % trail.stride == 0:
            trail.keep(Moment(spec(), steps, {}, [], {}, torch.zeros(8, dtype=torch.uint8)))
    assert len(trail.moments) <= most
    assert sorted(trail.moments) == list(range(trail.stride, moments * FIRST_STRIDE + 1, trail.stride))
    assert trail.stride <= max(1, 2 * moments / most) * FIRST_STRIDE


@pytest.mark.long
@pytest.mark.parametrize(
    "fields", [RANDOM | {"optimizer": "adam", "lr": 0.001}, {"dropout": 0.2}], ids=["adam", "sgd"]
)
def test_ten_thousand_steps_can_be_gone_back_through(fields):
    run, kept = Trainer(spec(**fields)), {}
    run.trail = Trail(limit=20 * Moment.of(run).size)
    for step in range(1, 10_001):
        if step == 5000:
            run.change(lr=0.0005)
        if step in (3, 4999, 5000, 8111, 9999):
            kept[step - 1] = run.fork()
        run.step(measure=step % 1000 == 0)
    for step, witness in kept.items():
        past = run.at(step)
        assert past.spec.lr == (0.0005 if step >= 5000 else spec(**fields).lr)
        past.change(lr=witness.spec.lr)
        assert_same_run(past, witness)


def test_a_moment_is_shared_with_nobody():
    run = advanced(spec(optimizer="adam"), 3)
    moment = Moment.of(run)
    kept = {name: value.clone() for name, value in moment.model.items()}
    run.step()
    twin = Trainer(run.spec)
    moment.return_to(twin)
    twin.step()
    for name, value in kept.items():
        assert torch.equal(moment.model[name], value)
    assert_same_run(twin, run)
