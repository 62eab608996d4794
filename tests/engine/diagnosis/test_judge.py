"""The diagnosis of real runs: sick ones get the right name first and a cure that cures, healthy ones get nothing."""

import json
from functools import cache

import numpy as np
import pytest

from engine import ACTIVATIONS, INITIALIZERS, RunSpec, Trainer, diagnose
from engine.diagnosis.cures import delicate, flow, level_gradient, proper_initializer
from engine.diagnosis.finding import Finding
from engine.measure.history import SCALARS, History
from engine.measure.statistics import COLUMNS
from engine.tables.rates import menu_rate

STEPS = 40


def deep(layers: int, width: int = 100, **fields) -> RunSpec:
    return RunSpec(hidden=(width,) * layers, **fields)


RELU = {"activation": "relu", "initializer": "he_normal"}
NAIVE = {"activation": "relu", "initializer": "normal"}
SICK: tuple[tuple[str, RunSpec], ...] = (
    ("vanishing", deep(10, activation="sigmoid")),
    ("vanishing", deep(20, activation="relu", initializer="torch_default")),
    ("vanishing", deep(6, initializer="normal", initializer_options={"std": 0.02})),
    ("exploding", deep(5, activation="relu", initializer="normal", lr=1e-9)),
    ("exploding", deep(10, activation="relu", initializer_options={"gain": 3.0}, lr=1e-4)),
    ("exploding", deep(15, activation="elu", initializer_options={"gain": 3.0}, lr=1e-8)),
    ("saturated", deep(10, initializer_options={"gain": 4.0})),
    ("saturated", deep(20, initializer_options={"gain": 4.0})),
    ("saturated", deep(4, activation="sigmoid", initializer="normal", initializer_options={"std": 2.0})),
    ("dying units", deep(4, optimizer="adam", lr=0.1, **RELU)),
    ("dying units", deep(8, optimizer="adam", lr=0.1, **RELU)),
    ("symmetric units", deep(3, initializer="constant")),
    ("symmetric units", deep(10, activation="relu", initializer="zeros")),
    ("learning rate too high", deep(3, lr=10.0)),
    ("learning rate too high", deep(10, lr=3.0)),
    ("learning rate too low", deep(4, lr=1e-6, **RELU)),
    ("learning rate too low", deep(10, lr=1e-5)),
    ("batch too small for batch norm", deep(5, batch_norm="before", batch_size=2)),
    ("batch too small for batch norm", deep(10, batch_norm="before", batch_size=4, **RELU)),
    ("diverged", deep(5, lr=1000.0, **RELU)),
    ("diverged", deep(10, lr=10.0, activation="linear")),
    ("underflow", deep(70, 24, activation="sigmoid")),
    ("underflow", deep(100, 24, activation="sigmoid")),
    ("exploding activations", deep(10, dataset="blobs", clip="norm", **NAIVE)),
    ("exploding activations", deep(15, dataset="blobs", clip="norm", **NAIVE)),
    ("no gradient", deep(4, dataset="blobs", clip="norm", **NAIVE)),
    ("collapsed", deep(60, **RELU)),
    ("collapsed", deep(30, lr=0.3)),
)
HEALTHY = (
    deep(10),
    deep(3, activation="sigmoid", optimizer="adam", lr=0.01),
    deep(20),
    deep(5, **RELU),
    deep(10, lr=0.03, **RELU),
    deep(5, optimizer="adam", lr=0.001, **RELU),
    deep(10, batch_norm="before", **RELU),
    deep(10, batch_norm="after", **RELU),
    deep(10, activation="sigmoid", batch_norm="before"),
    deep(15, activation="selu", initializer="lecun_normal", lr=0.03),
    deep(8, activation="gelu", initializer="he_normal"),
    deep(4, activation="maxout", lr=0.03),
    deep(3, 16, dataset="moons"),
    deep(4, 64, dataset="spirals", optimizer="adam", lr=0.01, **RELU),
    deep(4, dropout=0.3, **RELU),
    deep(4, batch_size=None),
    deep(3, batch_size=8, lr=0.03, **RELU),
    RunSpec(
        hidden=(300, 100),
        activation="elu",
        initializer="he_normal",
        batch_norm="before",
        lr=0.01,
        batch_size=200,
    ),
)


@cache
def run(spec: RunSpec, steps: int = STEPS) -> Trainer:
    trainer = Trainer(spec)
    while trainer.steps < steps and not trainer.diverged:
        trainer.step()
    return trainer


def named(case) -> str:
    name, spec = case if isinstance(case, tuple) else ("healthy", case)
    return f"{name}-{len(spec.hidden)}x{spec.hidden[0]}-{spec.activation}"


@pytest.mark.parametrize("case", SICK, ids=named)
def test_a_sick_run_gets_the_right_name_first(case):
    name, spec = case
    first = diagnose(run(spec).history, spec)[0]
    assert first.name == name
    assert first.words.startswith(name)
    assert first.cure_words
    assert spec.differences(spec.replace(**first.cure))


@pytest.mark.parametrize("spec", HEALTHY, ids=named)
def test_a_healthy_run_gets_nothing(spec):
    trainer = run(spec)
    assert diagnose(trainer.history, spec) == []
    for steps in (1, 2, 8, 20):
        assert diagnose(first_rows(trainer.history, steps), spec) == []


def first_rows(history: History, steps: int) -> History:
    state = history.state()
    return History.restored(state | {"scalars": state["scalars"][:steps], "tables": state["tables"][:steps]})


CURED = [0, 1, 3, 6, 9, 12, 14, 15, 18, 19, 23, 25, 27]  # one of each name


@pytest.mark.parametrize("case", [SICK[k] for k in CURED], ids=named)
def test_the_cure_cures(case):
    _, spec = case
    sick = run(spec)
    cured = spec.replace(**diagnose(sick.history, spec)[0].cure)
    trainer = run(cured, 120)
    assert diagnose(trainer.history, cured) == []
    assert np.median(trainer.history["loss"][-20:]) < 0.8 * trainer.history["loss"][0]


def test_the_opening_case_is_found_at_its_first_step():
    spec = RunSpec(activation="sigmoid")
    (found,) = diagnose(first_rows(run(spec).history, 1), spec)
    assert (found.name, found.layer, found.step) == ("vanishing", 1, 1)
    assert found.words == "vanishing: layer 1 gets 2.4e-6 of layer 10's gradient"
    assert found.cure == {"batch_norm": "before"}
    assert found.rule.endswith("here it is multiplied by 0.24 a layer, by 2.4e-6 in all.")
    assert found.evidence["decades"] == pytest.approx(-5.62, abs=0.01)
    assert found.evidence["decades_by_theory"] == pytest.approx(-5.6, abs=0.3)


def test_a_divergence_names_the_layer_and_what_went_before():
    trainer = run(SICK[19][1])
    found = diagnose(trainer.history, trainer.spec)[0]
    assert (found.layer, found.step) == (trainer.diverged.layer, trainer.diverged.step)
    assert "times their size" in found.words
    assert found.cure["lr"] < 0.1


def test_an_exploding_start_that_diverges_is_cured_at_its_root():
    spec = deep(10, activation="relu", initializer="normal")
    found = diagnose(run(spec).history, spec)
    assert [f.name for f in found[:2]] == ["diverged", "exploding"]
    assert found[0].cure["initializer"] == "he_normal"


def test_a_net_that_was_absurd_before_its_first_update_diverges_with_that_cause():
    spec = deep(20, **NAIVE)
    trainer = run(spec)
    found = diagnose(trainer.history, spec)[0]
    assert (found.name, trainer.diverged.step) == ("diverged", 2)
    first, loss = "layer 1 gets 8.4e15 times layer 20's gradient", "the loss was 4e17 before the first update"
    assert str(found.cause) == f"exploding: {first} from the start, and {loss}"
    assert found.words.endswith(str(found.cause))


@pytest.mark.parametrize("case", SICK[23:25], ids=named)
def test_a_clipped_net_whose_softmax_is_too_sure_has_no_gradient(case):
    trainer = run(case[1])
    assert np.median(trainer.history["gradient_norm"][-8:]) == 0
    found = diagnose(trainer.history, case[1])
    assert [each.name for each in found] == ["exploding activations", "no gradient"]
    assert found[1].cure["initializer"] == "he_normal"


@pytest.mark.long
@pytest.mark.parametrize("fields", [{}, {"optimizer": "adam", "lr": 0.01}])
def test_a_net_that_is_done_has_a_gradient_still(fields):
    spec = deep(4, dataset="blobs", **RELU, **fields)
    trainer = run(spec, 300)
    assert trainer.history["loss"][-1] < 0.1
    assert diagnose(trainer.history, spec) == []


@pytest.mark.parametrize("case", SICK, ids=named)
def test_findings_are_plain_data(case):
    for found in diagnose(run(case[1]).history, case[1]):
        fields = found.to_dict()
        json.dumps(fields, allow_nan=False)
        assert isinstance(found, Finding)
        assert found.rule.endswith(".")
        assert found.source


def test_nothing_measured_is_nothing_found():
    assert diagnose(History(3), deep(2)) == []


def test_a_net_without_hidden_layers_is_not_compared_with_itself():
    spec = RunSpec(hidden=(), initializer="zeros")
    assert diagnose(run(spec).history, spec) == []


def test_a_rate_of_0_is_too_low():
    spec = deep(2, lr=0.0)
    (found,) = diagnose(run(spec).history, spec)
    assert (found.name, found.cure) == ("learning rate too low", {"lr": 0.1})


def test_findings_leave_the_history_alone():
    spec = SICK[0][1]
    history = run(spec).history
    before = {name: np.array(history[name]) for name in (*SCALARS, *COLUMNS)}
    diagnose(history, spec)
    for name, values in before.items():
        np.testing.assert_array_equal(history[name], values)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_start_is_proper_by_theory(activation):
    spec = deep(10, activation=activation)
    proper = spec.replace(initializer=proper_initializer(spec))
    others = [
        abs(flow(spec.replace(initializer=name))) for name in ("glorot_normal", "he_normal", "lecun_normal")
    ]
    assert abs(flow(proper)) < 1 or abs(flow(proper)) == min(others)
    assert INITIALIZERS[proper.initializer]


def test_what_theory_expects_of_the_gradient_is_what_a_net_starts_with():
    for spec in (deep(10, activation="sigmoid"), deep(12, batch_norm="before", batch_size=64, **RELU)):
        gradient = run(spec, 1).history["gradient_rms"][0]
        assert np.log10(gradient[0] / gradient[len(spec.hidden) - 1]) == pytest.approx(flow(spec), abs=0.3)


def test_an_unbounded_deep_net_is_given_small_steps():
    spec = deep(30, activation="relu", initializer="torch_default")
    cure, words = level_gradient(spec)
    assert cure == {"initializer": "he_normal", "initializer_options": {}, "lr": 0.01}
    assert str(words) == "use He normal (Kaiming) weights, lr 0.01"
    assert delicate(spec)
    assert not delicate(deep(30))


@pytest.mark.parametrize(
    ("lr", "menu"),
    [(0.05, 0.03), (0.1, 0.1), (0.0999, 0.03), (0.3, 0.3), (7e-5, 3e-5), (1e-30, 1e-8), (1e9, 100.0)],
)
def test_rates_come_from_the_menu(lr, menu):
    assert menu_rate(lr) == menu


@pytest.mark.long
def test_a_linear_net_that_finds_no_border_is_told_that_it_does_not_learn():
    spec = RunSpec(hidden=(), dataset="circles")
    history = run(spec, 300).history
    (found,) = diagnose(history, spec)
    assert found.name == "not learning"
    assert found.words == (
        "not learning: after 300 steps the loss is 0.69, guessing costs 0.69; a linear net draws straight borders only"
    )
    assert found.evidence["loss_of_guessing"] == pytest.approx(np.log(2))
    assert diagnose(first_rows(history, 299), spec) == []
    cured = spec.replace(**found.cure)
    assert np.median(run(cured, 120).history["loss"][-20:]) < 0.8 * np.log(2)
