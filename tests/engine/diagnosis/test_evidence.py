"""No sentence without evidence: each number that a finding names is one that its history shows."""

import numpy as np
import pytest

from engine import RunSpec, Trainer, course, diagnose
from engine.diagnosis.finding import Finding
from engine.diagnosis.judge import judge
from engine.diagnosis.reasons import FORMULAS, REASONS
from engine.measure.history import History
from tests.engine.diagnosis.test_symptoms import history_of

RUNS = (
    {"dataset": "moons", "hidden": "8x3", "lr": "30"},
    {"dataset": "moons", "hidden": "8x8", "activation": "sigmoid"},
    {"dataset": "xor", "hidden": "16x2", "lr": "1e-5"},
    {"dataset": "moons", "hidden": "8", "optimizer_options": "weight_decay:2.0"},
    {"dataset": "circles", "hidden": "12x3", "activation": "relu", "initializer": "normal", "lr": "10"},
    {"dataset": "gaussian", "hidden": "9x4", "initializer": "normal", "initializer_options": "std:4.0"},
    {"dataset": "circles", "hidden": "none"},
)  # fmt: skip


@pytest.mark.parametrize("query", RUNS, ids=lambda query: "-".join(query.values()))
def test_each_number_in_a_sentence_is_one_of_the_history(query):
    trainer = Trainer(RunSpec.from_query(query))
    while trainer.steps < 300 and not trainer.diverged:
        trainer.step()
    history, spec = trainer.history, trainer.spec
    found = [each for steps in (1, 3, 30, 100, 300) for each in diagnose(history.first(steps), spec)]
    assert found
    for each in found:
        assert each.says.numbers().items() <= each.evidence.items()
        for name, value in each.says.numbers().items():
            check(name, value, each, history, spec)
        known = each.evidence | {"hidden": len(spec.hidden)}
        assert each.reason
        assert each.reason.numbers().items() <= known.items()
        assert each.formula
        assert each.formula.numbers().items() <= known.items()


def test_every_rule_has_a_reason_and_a_formula():
    assert set(REASONS) == set(FORMULAS)


@pytest.mark.parametrize(("lr", "learns"), [(0.1, True), (1e-6, False)])
def test_progress_says_whether_it_learns_by_its_own_numbers(lr, learns):
    trainer = Trainer(RunSpec(dataset="blobs", hidden=(16,) * 2, lr=lr))
    for _ in range(100):
        trainer.step()
    told = judge(trainer.history, trainer.spec).progress
    assert told.learns is learns
    assert told.message()["right"] == told.right == told.says.numbers()["accuracy"]
    told = told.says.numbers()
    assert told["loss_at_start"] == trainer.history["loss"][0]
    assert learns == (told["loss"] < 0.7 * told["loss_at_start"])


def test_nothing_is_said_of_progress_before_the_first_step():
    assert judge(Trainer(RunSpec(dataset="blobs")).history, RunSpec(dataset="blobs")).progress is None


def check(name: str, value: float, found: Finding, history: History, spec: RunSpec) -> None:
    losses = history["loss"][np.isfinite(history["loss"])]
    match name:
        case "loss" | "lowest_loss" | "loss_before" | "loss_at_start":
            assert losses.min() <= value <= losses.max()
            if "loss_before" in found.evidence:
                assert found.evidence["loss"] > 1.2 * found.evidence["loss_before"]
            if "lowest_loss" in found.evidence:
                assert found.evidence["lowest_loss"] < found.evidence["loss"]
        case "loss_of_guessing":
            assert value == pytest.approx(np.log(trainer_classes(spec)))
        case "largest_step":
            assert value in history["update_ratio"]
        case "typical_step":
            assert value <= np.nanmax(history["update_ratio"])
        case "weights_left":
            ratios = np.sqrt(history["weight_var"] / history["weight_var"][0]).max(axis=1)
            assert ratios.min() <= value <= ratios.max()
        case "dead" | "dead_at_start" | "dead_in_layer" | "saturated_at_start":
            column = history["saturated" if name.startswith("saturated") else "dead"][:, : len(spec.hidden)]
            assert column.min() <= value <= column.max()
        case "gradient_ratio":
            start = history["gradient_rms"][0]
            assert value == pytest.approx(start[0] / start[len(spec.hidden) - 1])
        case "accuracy_running" | "accuracy_batch":
            column = {"accuracy_running": "test_accuracy", "accuracy_batch": "test_accuracy_batch"}[name]
            assert value in history[column]
        case "step" | "steps":
            assert value in history["step"]
        case "decay":
            assert value == spec.optimizer_options["weight_decay"]
        case "output_spread" | "output_spread_at_start":
            spread = np.sqrt(history["signal_var"][:, -1])
            assert np.nanmin(spread) <= value <= np.nanmax(spread)
        case _:
            assert np.isfinite(value)


def trainer_classes(spec: RunSpec) -> int:
    return Trainer(spec).data.classes


def test_units_that_died_before_a_change_are_said_to_be_of_the_old_rate():
    spec = RunSpec(
        dataset="blobs",
        hidden=(32,) * 3,
        activation="relu",
        initializer="he_normal",
        optimizer="adam",
        lr=1.0,
    )
    trainer = Trainer(spec)
    for _ in range(60):
        trainer.step()
    trainer.change(lr=0.001)
    for _ in range(60):
        trainer.step()
    found = next(each for each in diagnose(trainer.history, trainer.spec) if each.name == "dying units")
    assert str(found.cause).endswith(
        "from a rate of 1; a new rate does not bring them back, a new start does"
    )
    assert found.evidence["dead_at_start"] < 0.3 < found.evidence["dead"]
    assert all(each.name != "learning rate too high" for each in diagnose(trainer.history, trainer.spec))
    assert [each.began for each in course(trainer.history, trainer.spec)]


def test_a_loss_that_is_said_to_have_risen_has_risen():
    kinds = set()
    relu = RunSpec(hidden=(30,) * 4, activation="relu", initializer="he_normal", lr=2.0)
    for spec in (relu, RunSpec(hidden=(30,) * 3, lr=5.0)):
        trainer = Trainer(spec)
        while trainer.steps < 200 and not trainer.diverged:
            trainer.step()
        for rows in range(10, len(trainer.history), 10):
            for each in diagnose(trainer.history.first(rows), spec):
                told = each.reason.numbers()
                if rose := "the loss rose" in str(each.reason):
                    assert told["loss"] > told["loss_before"]
                elif each.name == "learning rate too high" and "guessing costs" in str(each.reason):
                    assert told["loss"] > 0.8 * told["loss_of_guessing"]
                kinds |= {rose} if each.name == "learning rate too high" else set()
    assert kinds == {True, False}


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"label_noise": 0.8}, "80% of the labels are wrong"),
        ({"batch_size": 10, "batch_norm": "before"}, "its batches have 10 samples"),
        ({"batch_size": 4}, "it has 20 units in a layer"),
    ],
)
def test_what_keeps_a_slow_net_from_more_is_first_what_is_known_to_be_wrong(fields, cause):
    spec = RunSpec(hidden=(20,) * 3, **fields)
    slow = history_of(np.linspace(2.2, 2.1, 1000), np.linspace(0.14, 0.17, 1000))
    found = next(each for each in diagnose(slow, spec) if each.name == "learns too slowly")
    assert str(found.cause) == cause
