"""What is only likely gets its time: findings that wait, and what is severe enough not to; histories made by hand."""

import numpy as np
import pytest

from engine.diagnosis.finding import Finding
from engine.diagnosis.judge import alarms, diagnose
from engine.diagnosis.rules.norms import batch_too_small, running_statistics
from engine.diagnosis.rules.setting import learns_majority, schedule_ends, unscaled_inputs, wrong_pair
from engine.diagnosis.rules.signal import (
    exploding,
    exploding_activations,
    no_gradient,
    saturated,
    vanishing,
)
from engine.diagnosis.rules.steps import rate_too_high, rate_too_low
from engine.diagnosis.rules.units import dying_units, symmetric_units
from engine.diagnosis.subject import Subject
from engine.diagnosis.symptoms import Run
from tests.engine.diagnosis.test_judge import deep
from tests.engine.diagnosis.test_symptoms import history_of


def guessing(steps: int, loss=2.3, right=0.1, spec=None, **columns) -> Run:
    """A run, of two hidden layers without a spec; columns: [layers] at all steps, or [steps, layers]."""
    spec = spec or deep(2)
    seen = np.broadcast_to(loss, steps), np.broadcast_to(right, steps)
    history = history_of(*seen, layers=len(spec.hidden) + 1)
    for name, values in columns.items():
        history[name][:] = values
    return Run(history, Subject.of(spec))


PAIR = "wrong pair of output and loss"
PAIRED = deep(4, output="softmax")


@pytest.mark.parametrize(
    ("steps", "loss", "right", "remark"),
    [
        (40, 2.3, 0.1, True),
        (999, 2.3, 0.1, True),
        (1000, 2.3, 0.1, False),
        (1000, np.linspace(2.3, 1.6, 1000), np.linspace(0.1, 0.9, 1000), True),
    ],
    ids=["young", "a plateau", "lost", "learns all the same"],
)
def test_a_wrong_pair_is_a_remark_until_the_net_had_long(steps, loss, right, remark):
    assert wrong_pair(guessing(steps, loss, right, PAIRED)).remark is remark


@pytest.mark.parametrize(("dead", "remark"), [(1.0, False), (0.5, True)])
def test_a_relu_behind_which_all_outputs_are_dead_is_no_remark(dead, remark):
    run = guessing(40, spec=deep(2, output="relu"), dead=(0.0, 0.0, dead))
    assert wrong_pair(run).remark is remark


def test_remarks_come_last_and_hide_no_finding():
    history = history_of(np.full(1000, 2.3), np.full(1000, 0.1), layers=5)
    history["saturated"][:] = 0.7
    young, old = (diagnose(history.first(steps), PAIRED) for steps in (300, 1000))
    assert names(young) == ["saturated", PAIR]
    assert alarms(young) == young[:1]
    assert names(old) == names(alarms(old)) == [PAIR, "saturated"]


def names(found: list[Finding]) -> list[str]:
    return [each.name for each in found]


@pytest.mark.parametrize(
    ("moved", "steps", "named"),
    [
        ((8e-5, 1e-4, 9e-5), 100, False),
        ((8e-5, 1e-4, 9e-5), 1000, True),
        ((8e-5, 1e-2, 9e-5), 100, True),
        ((2e-6, 2e-6, 2e-6), 100, True),
    ],
    ids=["all alike", "for long", "first layers stay behind", "none moves"],
)
def test_a_gradient_has_not_vanished_where_all_layers_move_alike(moved, steps, named):
    run = guessing(steps, gradient_rms=(1e-6, 1e-3, 1e-2), update_ratio=moved)
    assert (vanishing(run) is not None) == named


@pytest.mark.parametrize(
    ("optimizer", "moved", "steps", "named"),
    [
        ("sgd", (0.01, 0.01, 0.01), 40, True),
        ("adam", (0.01, 0.01, 0.01), 300, False),
        ("adam", (0.01, 0.01, 0.01), 1000, True),
        ("adam", (0.5, 0.01, 0.01), 40, True),
    ],
)
def test_a_gradient_that_grows_gets_its_time_where_the_optimizer_rescales_it(optimizer, moved, steps, named):
    run = guessing(
        steps,
        loss=500.0,
        spec=deep(2, optimizer=optimizer),
        gradient_rms=(1e3, 1.0, 1.0),
        update_ratio=moved,
        activation_mean=(1.0, 1e4, 1.0),
    )
    assert (exploding(run) is not None) == named
    assert exploding_activations(run) is None  # neither under another name


@pytest.mark.parametrize(
    ("share", "spec", "steps", "named"),
    [
        ((0.8, 0.1, 0.1, 0.1, 0.0), deep(4), 299, False),
        ((0.8, 0.1, 0.1, 0.1, 0.0), deep(4), 300, True),
        ((0.7, 0.7, 0.7, 0.1, 0.0), deep(4), 100, True),
        ((0.7, 0.7, 0.7, 0.7, 0.0), deep(4, residual="plain", residual_every=1), 300, False),
        ((0.7, 0.7, 0.7, 0.0), deep(3), 999, False),
        ((0.7, 0.7, 0.7, 0.0), deep(3), 1000, True),
    ],
    ids=["one layer", "for long", "most", "with a path beside", "few layers in all", "and after long"],
)
def test_layers_that_are_flat_block_only_what_has_no_other_way(share, spec, steps, named):
    assert (saturated(guessing(steps, spec=spec, saturated=share)) is not None) == named


@pytest.mark.parametrize(
    ("now", "fields", "named"), [(0.3, {}, False), (0.4, {}, True), (0.4, {"residual": "plain"}, False)]
)
def test_a_third_of_the_units_must_die_and_more_where_a_path_leads_past(now, fields, named):
    dead = np.zeros((100, 3))
    dead[10:] = now, now, 0.0
    run = guessing(100, spec=deep(2, activation="relu", **fields), dead=dead, saturated=dead)
    assert (dying_units(run) is not None) == named


@pytest.mark.parametrize(("step", "steps", "named"), [(0.01, 40, False), (0.01, 100, True), (0.5, 40, True)])
def test_inputs_that_are_too_large_get_a_while_where_steps_are_of_a_usual_size(step, steps, named):
    run = guessing(steps, weight_var=0.01, preactivation_ms=64 * 0.01 * 100.0**2, update_ratio=step)
    assert (unscaled_inputs(run) is not None) == named


@pytest.mark.parametrize(("loss", "named"), [(2.3, True), (np.linspace(2.37, 2.31, 300), False)])
def test_a_batch_too_small_gets_its_time_while_the_loss_falls(loss, named):
    run = guessing(300, loss, spec=deep(4, batch_size=2, batch_norm="before"))
    assert (batch_too_small(run) is not None) == named


@pytest.mark.parametrize(("layers", "steps", "named"), [(4, 40, True), (2, 999, False), (2, 1000, True)])
def test_pairs_of_samples_blind_a_deep_net_at_once_and_a_shallow_one_in_time(layers, steps, named):
    run = guessing(steps, spec=deep(layers, batch_size=2, batch_norm="before"))
    assert (batch_too_small(run) is not None) == named


@pytest.mark.parametrize(
    ("loss", "warmup", "steps", "named"),
    [
        (0.2, 0, 300, True),
        (np.linspace(0.6, 0.3, 300), 0, 300, False),
        (0.2, 100, 300, False),
        (0.2, 100, 400, True),
        (np.linspace(0.21, 0.17, 300), 0, 300, True),
    ],
    ids=[
        "at the loss of guessing",
        "on its way there",
        "after a warmup",
        "after it and a fair time",
        "below",
    ],
)
def test_a_majority_is_all_that_is_learned_where_the_loss_has_come_to_that_of_guessing(
    loss, warmup, steps, named
):
    run = guessing(steps, loss, 0.95, deep(2, dataset="rare", warmup=warmup))
    assert (learns_majority(run) is not None) == named


@pytest.mark.parametrize(
    ("loss", "named"),
    [(np.linspace(0.4, 0.3, 300), False), (np.full(300, 0.3), True)],
    ids=["falls", "stays"],
)
def test_answers_beyond_the_majority_s_get_their_time_while_the_loss_falls(loss, named):
    run = guessing(300, loss, 0.925, deep(2, dataset="unequal_moons"))
    assert (learns_majority(run) is not None) == named


def test_a_share_of_small_batches_is_that_of_the_majority_within_chance():
    spec = deep(2, dataset="unequal_moons", batch_size=2)
    assert learns_majority(guessing(1000, 0.4, 0.87, spec))
    assert not learns_majority(guessing(1000, 0.4, 0.80, spec))


@pytest.mark.parametrize(
    ("dropout", "steps", "silenced"), [(0.995, 300, True), (0.95, 300, False), (0.95, 1000, True)]
)
def test_few_paths_that_dropout_leaves_open_tell_after_long(dropout, steps, silenced):
    assert guessing(steps, spec=deep(2, dropout=dropout)).silenced is silenced


@pytest.mark.parametrize(
    ("steps", "first", "named"), [(300, 0.3, True), (300, 0.05, False), (1000, 0.05, True)]
)
def test_running_statistics_that_follow_get_their_time(steps, first, named):
    history = history_of(np.full(steps, 0.5), np.full(steps, 0.9))
    history["test_accuracy"][[99, -1]], history["test_accuracy_batch"][[99, -1]] = (first, 0.3), 0.9
    run = Run(history, Subject.of(deep(2, batch_norm="before", batch_norm_momentum=1e-4)))
    assert (running_statistics(run) is not None) == named


@pytest.mark.parametrize(("optimizer", "named"), [("sgd", True), ("adam", False)])
def test_no_gradient_after_a_start_that_the_optimizer_levels_gets_its_time(optimizer, named):
    start = np.zeros((100, 3))
    start[0] = 1e3, 1.0, 1.0
    run = guessing(
        100,
        500.0,
        spec=deep(2, optimizer=optimizer),
        gradient_rms=start,
        update_ratio=0.01,
        gradient_norm=0.0,
    )
    assert (no_gradient(run) is not None) == named


@pytest.mark.parametrize(
    ("data", "steps", "named"), [("digits", 1, True), ("moons", 299, False), ("moons", 300, True)]
)
def test_units_that_are_all_alike_may_draw_the_one_border_between_two_classes(data, steps, named):
    spec = deep(2, dataset=data, initializer="constant")
    assert (symmetric_units(guessing(steps, spec=spec)) is not None) == named


@pytest.mark.parametrize(("growth", "lost"), [(0.5, True), (1.0, False)])
def test_a_gradient_that_grows_ends_no_plateau_while_the_outputs_draw_together(growth, lost):
    spread = np.geomspace(0.04, 0.04 * growth, 1000)[:, None] * np.ones(3)
    steeper = np.geomspace(1e-3, 1e-2, 1000)[:, None] * np.ones(3)
    assert guessing(1000, signal_var=spread**2, gradient_rms=steeper).lost is lost


@pytest.mark.parametrize(("loss", "named"), [(0.7, False), (0.9, True)])
def test_a_loss_is_worse_than_that_of_guessing_not_than_a_first_small_batch_had_by_luck(loss, named):
    seen = np.where(np.arange(60) < 30, 0.4, loss)
    run = guessing(60, seen, 0.5, deep(2, dataset="moons", batch_size=2), update_ratio=0.5)
    assert (rate_too_high(run) is not None) == named


@pytest.mark.parametrize(
    ("step", "steps", "named"),
    [(5e-6, 40, True), (4e-5, 299, False), (9e-5, 300, True), (2e-4, 300, False)],
)
def test_small_steps_get_their_time_by_their_size(step, steps, named):
    assert (rate_too_low(guessing(steps, spec=deep(2, lr=1e-6), update_ratio=step)) is not None) == named


@pytest.mark.parametrize(("ends", "named"), [(0.0, True), (0.01, False)])
def test_no_pace_leads_on_where_the_schedule_has_ended(ends, named):
    run = guessing(1000, np.linspace(2.3, 1.9, 1000), np.linspace(0.1, 0.5, 1000), deep(2, schedule="cosine"))
    run.history["lr"][:] = np.linspace(0.1, 0.1 * ends, 1000)
    assert run.fine
    assert (schedule_ends(run) is not None) == named


@pytest.mark.parametrize(("growth", "lost"), [(1.0, True), (1.2, False)])
def test_weights_that_grow_and_part_nothing_end_no_plateau(growth, lost):
    spread = np.geomspace(0.04, 0.04 * growth, 1000)[:, None] * np.ones(3)
    heavier = np.linspace(0.01, 0.012, 1000)[:, None] * np.ones(3)
    assert guessing(1000, signal_var=spread**2, weight_var=heavier).lost is lost
