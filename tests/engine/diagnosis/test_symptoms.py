"""What the rules look at, from histories made by hand."""

import numpy as np
import pytest
import torch

from engine import DATASETS, RunSpec, Trainer
from engine.diagnosis.rules.norms import running_statistics
from engine.diagnosis.rules.setting import learns_majority, unscaled_inputs
from engine.diagnosis.rules.signal import exploding, vanishing
from engine.diagnosis.rules.steps import rate_keeps_high, rate_too_low
from engine.diagnosis.subject import Subject
from engine.diagnosis.symptoms import Run
from engine.measure.history import SCALARS, History
from engine.measure.statistics import COLUMNS
from tests.engine.diagnosis.test_judge import deep


def history_of(loss, accuracy, spread=None, every: int = 1, layers: int = 3) -> History:
    history = History(layers)
    table = np.zeros((len(loss), layers, len(COLUMNS)))
    if spread is not None:
        table[:, -1, list(COLUMNS).index("signal_var")] = np.square(spread)
    for row, (one, right) in enumerate(zip(loss, accuracy, strict=True)):
        scalars = dict.fromkeys(SCALARS, 1.0) | {"step": 1 + row * every, "loss": one, "accuracy": right}
        history.append(scalars, table[row])
    return history


@pytest.mark.parametrize(
    ("loss", "accuracy", "learns", "stuck"),
    [
        (np.linspace(2.3, 0.5, 40), np.linspace(0.1, 0.9, 40), True, False),
        (np.full(40, 2.3), np.linspace(0.1, 0.9, 40), False, True),
        (np.linspace(2.3, 0.5, 40), np.full(40, 0.1), False, False),
        (np.linspace(900, 9, 40), np.linspace(0.1, 0.9, 40), False, False),
        (np.full(20, 2.3), np.full(20, 0.1), False, False),
    ],
)
def test_learning_takes_both_loss_and_accuracy_and_being_stuck_takes_time(loss, accuracy, learns, stuck):
    seen = Run(history_of(list(loss), list(accuracy)), Subject.of(deep(2)))
    assert (seen.learns, seen.stuck) == (learns, stuck)


STEADY = {"loss": np.full(400, 2.3), "accuracy": np.full(400, 0.1), "spread": np.full(400, 0.2)}


@pytest.mark.parametrize(
    ("changed", "flat"),
    [
        ({}, True),
        ({"loss": np.full(400, 2.37)}, True),
        ({"loss": np.full(400, 2.25)}, False),
        ({"loss": np.linspace(2.5, 2.28, 400)}, False),
        ({"loss": np.linspace(3, 2.3, 400)}, True),
        ({"accuracy": np.linspace(0.1, 0.3, 400)}, False),
        ({"accuracy": np.full(400, 0.18)}, True),
        ({"spread": np.geomspace(0.01, 0.05, 400)}, False),
        ({name: values[:299] for name, values in STEADY.items()}, False),
    ],
    ids=[
        "still",
        "above",
        "below",
        "falling",
        "falling, but from above",
        "better and better",
        "lucky from the start",
        "growing",
        "young",
    ],
)
def test_a_run_is_flat_when_it_guesses_and_nothing_moves(changed, flat):
    assert Run(history_of(**STEADY | changed), Subject.of(deep(2))).flat == flat


def test_a_run_with_small_batches_gets_more_steps_to_show_what_it_can():
    assert not Run(history_of(**STEADY), Subject.of(deep(2, batch_size=8))).flat
    assert Run(history_of(**STEADY, every=4), Subject.of(deep(2, batch_size=8))).flat


FALLEN = {
    "loss": np.full(40, 2.3),
    "accuracy": np.full(40, 0.1),
    "spread": np.r_[np.full(20, 0.4), np.full(20, 1e-3)],
}


@pytest.mark.parametrize(
    ("changed", "fields", "collapsed"),
    [
        ({}, {}, True),
        ({"loss": np.full(40, 2.2)}, {}, False),
        ({"spread": np.full(40, 1e-3)}, {}, False),
        ({"spread": np.r_[np.full(38, 0.4), 1e-3, 1e-3]}, {}, False),
        ({"spread": np.r_[np.full(10, 0.4), np.full(10, 1e-3), np.full(20, 0.4)]}, {}, False),
        ({}, {"batch_size": 2}, False),
        ({}, {"activation": "linear"}, False),
        ({}, {"batch_norm_output": True}, False),
    ],
    ids=["fallen", "learning", "small ever", "two frames", "recovering", "pairs", "linear", "normalized"],
)
def test_a_net_collapsed_when_its_outputs_came_to_be_the_same(changed, fields, collapsed):
    assert Run(history_of(**FALLEN | changed), Subject.of(deep(2, **fields))).collapsed == collapsed


def test_a_collapse_is_told_by_its_first_frames():
    spread = np.r_[np.full(20, 0.4), np.full(10, 1e-3), np.full(10, 1e-5)]
    assert Run(history_of(**FALLEN | {"spread": spread}), Subject.of(deep(2))).fallen == (
        24,
        pytest.approx(1e-3),
    )


def test_a_run_of_few_frames_can_have_collapsed():
    run = Run(history_of([2.3] * 3, [0.1] * 3, [0.5, 0.001, 0.002], every=20), Subject.of(deep(2)))
    assert run.fallen == (2, pytest.approx(0.002))


@pytest.mark.parametrize(
    ("times", "right", "level", "named"),
    [
        (100, 0.66, 1.1, True),
        (100, 0.66, 0.4, False),  # it still falls
        (100, 0.85, 1.1, False),  # so much is right that nothing keeps it
        (10, 0.66, 1.1, False),
    ],
)
def test_a_rate_far_from_usual_is_too_high_where_the_loss_has_come_to_nothing_more(
    times, right, level, named
):
    """Half of the answers come right at any rate; where each step moves a layer by 2 % of it, the rest does not."""
    wave = 1 + 0.2 * np.sin(np.arange(300) / 20)
    history = history_of(np.linspace(1.1, level, 300) * wave, np.full(300, right))
    history["update_ratio"][:] = 0.02
    spec = deep(2, optimizer="adam", lr=1e-3 * times)
    found = rate_keeps_high(Run(history, Subject.of(spec)))
    assert (found is not None) == named


def test_a_collapse_is_not_called_a_rate_too_low_for_the_small_steps_it_makes():
    spec = deep(2, lr=0.005)
    assert rate_too_low(Run(history_of(**FALLEN | {"spread": np.full(40, 0.4)}), Subject.of(spec)))
    assert not rate_too_low(Run(history_of(**FALLEN), Subject.of(spec)))


GUESSED = [
    *({"dataset": name} for name in DATASETS if name != "mnist" and DATASETS[name].classes),
    *({"dataset": name, "loss": "mse"} for name in DATASETS if name != "mnist"),
    {"loss": "bce", "output": "sigmoid"},
    {"dataset": "unequal_moons", "loss": "bce", "output": "sigmoid", "outputs": 1},
    {"dataset": "unequal_moons", "loss": "mse", "outputs": 1},
    {"loss": "mse", "outputs": 1},
    {"dataset": "rare", "loss": "mse", "outputs": 1},
    {"class_share": 0.9},
    {"dataset": "wine", "label_noise": 0.4},
    {"dataset": "blobs", "class_share": 0.6, "label_noise": 0.2, "loss": "mse"},
]


@pytest.mark.parametrize("fields", GUESSED, ids=str)
def test_guessing_costs_what_the_best_answer_for_all_samples_alike_does(fields):
    spec = RunSpec(**fields)
    trainer = Trainer(spec.replace(hidden=(), initializer="zeros", batch_size=None, lr=0.0))
    y, criterion = trainer.data.train_y, trainer.model.loss
    labeled = bool(trainer.data.classes)
    shares = torch.bincount(y) / len(y) if labeled else y.mean()[None]
    mean = (shares * torch.arange(len(shares))).sum()[None] if labeled else None
    best = (mean if spec.outputs == 1 else shares)[None].expand(len(y), -1)
    z = best.clamp(1e-9).log() if spec.loss == "cross_entropy" else best
    guessing = Run(history_of([1.0], [0.5]), Subject.of(spec)).guessing
    assert guessing == pytest.approx(criterion(z, y).item(), rel=0.04)


def guessing(steps: int, **columns) -> Run:
    """A run of two hidden layers that guesses; columns: [layers] at all steps, or [steps, layers]."""
    history = history_of(np.full(steps, 2.3), np.full(steps, 0.1))
    for name, values in columns.items():
        history[name][:] = values
    return Run(history, Subject.of(deep(2)))


@pytest.mark.parametrize(
    ("rms", "steps", "named"), [(7, 100, False), (7, 300, True), (100, 40, True), (4, 300, False)]
)
def test_inputs_a_few_times_too_large_get_a_fair_time(rms, steps, named):
    run = guessing(steps, weight_var=0.01, preactivation_ms=64 * 0.01 * rms**2)
    assert (unscaled_inputs(run) is not None) == named


@pytest.mark.parametrize(("steps", "named"), [(300, False), (999, False), (1000, True)])
def test_inputs_a_few_times_too_large_get_long_where_the_loss_falls(steps, named):
    history = history_of(np.linspace(90, 20, steps), np.full(steps, 0.1))
    history["weight_var"][:] = 0.01
    history["preactivation_ms"][:] = 64 * 0.01 * 7.0**2
    assert (unscaled_inputs(Run(history, Subject.of(deep(2)))) is not None) == named


@pytest.mark.parametrize(("steps", "named"), [(40, False), (299, False), (300, True)])
def test_the_largest_inputs_get_a_while_where_the_loss_falls(steps, named):
    history = history_of(np.linspace(90, 20, steps), np.full(steps, 0.1))
    history["weight_var"][:] = 0.01
    history["preactivation_ms"][:] = 64 * 0.01 * 100.0**2
    assert (unscaled_inputs(Run(history, Subject.of(deep(2)))) is not None) == named


@pytest.mark.parametrize(
    ("norm", "times", "steps", "named"),
    [
        ("none", 900, 40, True),
        ("none", 200, 40, False),
        ("none", 200, 300, True),
        ("before", 200, 300, False),
        ("before", 200, 1000, True),
        ("before", 2000, 40, True),
    ],
)
def test_a_gradient_that_grows_under_batch_norm_gets_its_time(norm, times, steps, named):
    history = history_of(np.full(steps, 2.3), np.full(steps, 0.1))
    history["gradient_rms"][:] = 1e-3 * times, 1e-3, 1e-3
    run = Run(history, Subject.of(deep(2, batch_norm=norm)))
    assert (exploding(run) is not None) == named


@pytest.mark.parametrize(("step", "fine"), [(5e-5, True), (5e-3, False)])
def test_steps_that_bend_nothing_lead_straight_on(step, fine):
    history = history_of(np.linspace(2.5, 2.0, 1000), np.linspace(0.1, 0.25, 1000))
    history["update_ratio"][:] = step
    run = Run(history, Subject.of(deep(2)))
    assert not run.promises  # by the logarithm of its steps
    assert run.fine == fine


@pytest.mark.parametrize(("running", "named"), [(0.3, True), (0.5, True), (0.6, False)])
def test_running_statistics_that_lag_behind_harm_no_net_that_is_half_of_the_way(running, named):
    history = history_of(np.linspace(2.3, 0.3, 300), np.linspace(0.1, 0.9, 300))
    history["test_accuracy"][-1], history["test_accuracy_batch"][-1] = running, 0.9
    spec = deep(2, batch_norm="before", batch_norm_momentum=1e-4)
    assert (running_statistics(Run(history, Subject.of(spec))) is not None) == named


@pytest.mark.parametrize(("rare", "named"), [(0.8, True), (0.2, False)])
def test_batches_without_a_rare_sample_do_not_say_what_the_loss_is(rare, named):
    spec = deep(2, dataset="rare", batch_size=8)
    loss = np.where(np.arange(300) % 5 < 1, rare, 0.04)
    history = history_of(loss, np.full(300, 0.95))
    run = Run(history, Subject.of(spec))
    assert run.loss[1] < 0.5 * run.guessing
    assert (learns_majority(run) is not None) == named


@pytest.mark.parametrize(
    ("first", "steps", "named"), [(0.01, 100, False), (0.01, 1000, True), (1e-6, 100, True)]
)
def test_a_gradient_that_an_optimizer_rescales_has_not_vanished_until_it_has_waited(first, steps, named):
    moved = np.full((steps, 3), 1e-6)
    moved[0] = first
    run = guessing(steps, gradient_rms=(1e-6, 1e-3, 1e-2), update_ratio=moved)
    assert (vanishing(run) is not None) == named


def test_small_batches_need_no_more_steps_where_their_pace_allows_for_chance():
    for batch in (2, 64):
        slow = Run(history_of(np.full(1000, 2.1), np.full(1000, 0.2)), Subject.of(deep(2, batch_size=batch)))
        assert slow.stands_still
        flat = Run(history_of(np.full(1000, 2.3), np.full(1000, 0.1)), Subject.of(deep(2, batch_size=batch)))
        assert flat.stands_still is (batch == 64)  # a plateau is one after 3,000 samples
