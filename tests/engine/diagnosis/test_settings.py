"""What is wrong around a net is named with its numbers, and its cure learns; what is sound is left alone."""

import math
from functools import cache

import numpy as np
import pytest

from engine import DATASETS, RunSpec, Trainer, diagnose
from engine.diagnosis.judge import Finding

NET = {"hidden": (50, 50)}
UNSCALED, PAIR = "unscaled inputs", "wrong pair of output and loss"
MAJORITY, SCHEDULE = "learns only the majority", "schedule ends too early"
SIGMOID = {"activation": "sigmoid", "hidden": (30, 30, 30)}
SICK = {
    "pixels from 0 to 255": (UNSCALED, 100, {"activation": "relu", "input_factor": 255.0}),
    "a feature a thousand times the others": (UNSCALED, 100, {"dataset": "wine", "input_scale": "raw"}),
    "softmax twice": (PAIR, 200, {"output": "softmax"}),
    "a sigmoid before cross-entropy": (PAIR, 100, {"output": "sigmoid"}),
    "tanh before cross-entropy": (PAIR, 100, {"output": "tanh"}),
    "ReLU on the output": (PAIR, 150, {"output": "relu", "bias": "constant", "bias_value": -1.0}),
    "ReLU on the output that kills none": (PAIR, 100, {"output": "relu"}),
    "ReLU on the output of two classes": (PAIR, 150, {"dataset": "moons", "output": "relu"}),
    "the slow start": (PAIR, 60, {"output": "sigmoid", "loss": "mse"}),
    "the slow start of a sure net": (PAIR, 200, {"output": "sigmoid", "loss": "mse", "output_gain": 30.0}),
    "one output for ten classes": (PAIR, 100, {"loss": "mse", "outputs": 1, "lr": 0.01}),
    "ReLU for numbers": (PAIR, 100, {"dataset": "friedman", "loss": "mse", "output": "relu", "lr": 0.03}),
    "a sigmoid for numbers": (
        PAIR,
        100,
        {"dataset": "friedman", "loss": "mse", "output": "sigmoid", "lr": 0.03},
    ),
    "nine of ten moons": (MAJORITY, 400, {"dataset": "unequal_moons", **SIGMOID}),
    "nine of ten digits": (MAJORITY, 400, {"class_share": 0.9, "activation": "sigmoid"}),
    "a rare class": (MAJORITY, 400, {"dataset": "rare", "activation": "sigmoid", "lr": 0.03}),
    "a cosine of 30 steps": (SCHEDULE, 300, {"schedule": "cosine", "schedule_steps": 30, "lr": 0.01}),
    "steps of 5": (SCHEDULE, 300, {"schedule": "step", "schedule_options": {"step_size": 5}}),
}
SOUND = {
    "squared error on classes": {"loss": "mse"},
    "a sigmoid with its loss": {"loss": "bce", "output": "sigmoid"},
    "one output for two classes": {"dataset": "moons", "loss": "bce", "output": "sigmoid", "outputs": 1},
    "numbers": {"dataset": "friedman", "loss": "mse", "lr": 0.03},
    "a line": {"dataset": "line", "loss": "mse", "hidden": (), "lr": 0.03},
    "raw pixels of 0 to 16": {"input_scale": "raw"},
    "a schedule that ends in time": {"schedule": "cosine", "schedule_steps": 150},
    "a warmup": {"warmup": 50},
    "unequal classes, told apart": {
        "dataset": "unequal_moons",
        "activation": "relu",
        "initializer": "he_normal",
    },
    "some wrong labels": {"label_noise": 0.1},
    "normal biases": {"bias": "normal"},
}


def spec_of(fields: dict) -> RunSpec:
    return RunSpec(**NET | fields)


@cache
def trained(key: str) -> tuple[Trainer, list[Finding]]:
    _, steps, fields = SICK[key]
    trainer = Trainer(spec_of(fields))
    for _ in range(steps):
        trainer.step()
    return trainer, diagnose(trainer.history, trainer.spec)


@pytest.mark.parametrize("key", SICK)
def test_what_is_wrong_is_named_first_with_its_reason(key):
    _, found = trained(key)
    assert found[0].name == SICK[key][0], [each.words for each in found]
    assert found[0].reason
    assert found[0].formula
    assert found[0].advice.count("\n") == 1
    assert found[0].source


@pytest.mark.long
@pytest.mark.parametrize("key", SICK)
def test_its_cure_learns(key):
    trainer, found = trained(key)
    cured = Trainer(trainer.spec.replace(**found[0].cure))
    for _ in range(600 if SICK[key][0] != MAJORITY else 3000):
        cured.step(measure=False)
    loss, accuracy = cured.evaluate()
    if math.isnan(accuracy):
        assert loss < 0.5  # of the numbers' variance
    else:
        classes = DATASETS[trainer.spec.dataset].classes
        assert accuracy > 0.5 + 0.4 / classes
    assert not {found[0].name} & {each.name for each in diagnose(cured.history, cured.spec)}


@pytest.mark.parametrize("fields", SOUND.values(), ids=SOUND)
def test_what_is_sound_is_left_alone(fields):
    trainer = Trainer(spec_of(fields))
    for step in range(1, 401):
        trainer.step(measure=step % 2 == 0)
        if step in (2, 20, 100, 200, 400):
            found = diagnose(trainer.history, trainer.spec)
            assert not [each for each in found if each.name in (UNSCALED, PAIR, MAJORITY, SCHEDULE)]


def test_the_size_of_the_inputs_is_told_from_the_first_layer():
    trainer, found = trained("pixels from 0 to 255")
    rms = trainer.data.train_x.square().mean().sqrt().item()
    assert found[0].evidence["input_rms"] == pytest.approx(rms, rel=0.1)


def test_the_least_loss_of_softmax_twice_is_that_of_a_sure_answer():
    _, found = trained("softmax twice")
    sure = np.eye(10)[0]
    assert found[0].evidence["least_loss"] == pytest.approx(np.log(np.exp(sure).sum()) - 1)


def test_a_divergence_from_large_inputs_says_so_and_scales_them():
    trainer = Trainer(RunSpec(hidden=(20,) * 4, activation="relu", input_factor=1e6, lr=1.0))
    for _ in range(60):
        trainer.step()
    found = diagnose(trainer.history, trainer.spec)[0]
    assert found.name == "diverged"
    assert "inputs have an rms of" in found.words
    assert found.cure == {"input_scale": "standard", "input_factor": 1.0}
