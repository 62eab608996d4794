"""Two settings that no run can have at once are refused at birth, by both names; what is merely unwise runs."""

import re

import pytest

from engine.spec import RunSpec, SpecError
from engine.spec.mistakes import MISTAKES, mistake
from engine.training.trainer import Trainer

REFUSED = {
    "cross-entropy of numbers": ({"dataset": "sine"}, ("loss", "dataset")),
    "binary cross-entropy of numbers": (
        {"dataset": "sine", "loss": "bce", "output": "sigmoid"},
        ("loss", "dataset"),
    ),
    "softmax of one number": ({"dataset": "sine", "loss": "mse", "output": "softmax"}, ("output", "dataset")),
    "labels of numbers drawn anew": (
        {"dataset": "line", "loss": "mse", "label_noise": 0.1},
        ("label_noise", "dataset"),
    ),
    "a class of numbers": (
        {"dataset": "line", "loss": "mse", "class_share": 0.9},
        ("class_share", "dataset"),
    ),
    "one output for ten classes": (
        {"outputs": 1, "loss": "bce", "output": "sigmoid"},
        ("outputs", "dataset", "loss"),
    ),
    "one logit": ({"dataset": "moons", "outputs": 1}, ("outputs", "loss")),
    "softmax of one output": (
        {"dataset": "moons", "outputs": 1, "loss": "mse", "output": "softmax"},
        ("outputs", "output"),
    ),
    "logits as probabilities": ({"loss": "bce"}, ("loss", "output")),
    "tanh as probabilities": ({"loss": "bce", "output": "tanh"}, ("loss", "output")),
    "two factors for 64 features": ({"input_factor": (1, 2)}, ("input_factor", "dataset")),
    "warmup twice": ({"warmup": 5, "schedule": "warmup"}, ("warmup", "schedule")),
}


@pytest.mark.parametrize(("fields", "names"), REFUSED.values(), ids=REFUSED)
def test_a_contradiction_is_refused_by_all_names(fields, names):
    with pytest.raises(SpecError) as error:
        RunSpec(**fields)
    assert all(name in str(error.value) for name in names)
    assert error.value.field == names[0]


UNWISE = {
    "softmax twice": {"output": "softmax"},
    "one output for ten classes": {"outputs": 1, "loss": "mse"},
    "ReLU on the output": {"output": "relu"},
    "a sigmoid under cross-entropy": {"output": "sigmoid"},
    "the slow start": {"output": "sigmoid", "loss": "mse"},
    "squared error on classes": {"loss": "mse"},
    "ReLU for numbers of either sign": {"dataset": "sine", "loss": "mse", "output": "relu"},
    "a first loss of 26": {"output_gain": 12.0},
    "pixels as they are": {"input_scale": "raw", "input_factor": 16.0},
}


@pytest.mark.parametrize("fields", UNWISE.values(), ids=UNWISE)
def test_a_mistake_that_people_make_runs(fields):
    assert Trainer(RunSpec(hidden=(8,), **fields)).step().finite


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("weight_decay", "optimizer_options"),
        ("negative_slope", "activation_options"),
        ("eta_min", "schedule_options"),
    ],
)
def test_an_option_given_as_a_field_is_told_where_it_belongs(name, where):
    with pytest.raises(
        SpecError, match=rf"'{name}' is no field of a run but an option of .*; give {where}=\{{"
    ):
        RunSpec(**{name: 0.1})
    with pytest.raises(SpecError, match=where):
        RunSpec().replace(**{name: 0.1})


KNOWN = {
    "softmax twice": ({"output": "softmax"}, "softmax twice"),
    "bounded logits": ({"output": "tanh"}, "tanh bounds them"),
    "ReLU on the output": ({"output": "relu"}, "no gradient comes back"),
    "sigmoid under squared error": (
        {"output": "sigmoid", "loss": "mse"},
        "sure sigmoid that is wrong.*slow start",
    ),
    "squared error on classes": ({"loss": "mse"}, "takes classes for numbers"),
    "one output for ten classes": ({"loss": "mse", "outputs": 1}, "takes 10 classes for the numbers 0 to 9"),
    "bounded numbers": (
        {"dataset": "sine", "loss": "mse", "output": "sigmoid"},
        "sigmoid cannot give all of them",
    ),
}


@pytest.mark.parametrize(("fields", "words"), KNOWN.values(), ids=KNOWN)
def test_a_known_mistake_runs_and_has_its_words(fields, words):
    spec = RunSpec(hidden=(8,), **fields)
    assert Trainer(spec).step().finite
    assert re.search(words, str(mistake(spec)))


def test_there_are_no_words_for_what_fits():
    assert len(KNOWN) == len(MISTAKES)
    for fields in ({}, {"loss": "bce", "output": "sigmoid"}, {"dataset": "line", "loss": "mse"}):
        assert mistake(RunSpec(**fields)) is None
    assert mistake(RunSpec(dataset="moons", loss="bce", output="sigmoid", outputs=1)) is None
