"""Nets that train in one batch are the nets that train alone."""

import numpy as np
import pytest

from engine import ACTIVATIONS, OPTIMIZERS, RunSpec, Trainer
from engine.nets.modes import inference, judged
from engine.training.many import Many, refusal

STEPS = 20
KINDS = {
    **{f"optimizer {name}": {"optimizer": name, "lr": OPTIMIZERS[name].default_lr} for name in OPTIMIZERS},
    **{f"activation {name}": {"activation": name} for name in ACTIVATIONS if name != "rrelu"},
    "batch norm before": {"batch_norm": "before", "batch_norm_input": True, "batch_norm_output": True},
    "batch norm after": {"batch_norm": "after", "optimizer": "adam", "lr": 0.003},
    "clipped by norm": {"clip": "norm", "clip_threshold": 0.03},
    "clipped by value": {"clip": "value", "clip_threshold": 0.001},
    "full batch": {"batch_size": None},
    "one sample at a time": {"batch_size": 1},
    "squared error": {"loss": "mse"},
    "binary cross-entropy": {"loss": "bce", "output": "sigmoid"},
    "one output": {"loss": "bce", "output": "sigmoid", "outputs": 1},
    "softmax twice": {"output": "softmax"},
    "numbers": {"dataset": "diabetes", "loss": "mse", "lr": 0.01},
    "a schedule with a warmup": {"schedule": "cosine", "schedule_steps": 15, "warmup": 6},
    "noise, a share, a factor": {
        "label_noise": 0.2,
        "class_share": 0.7,
        "input_factor": 2.0,
        "bias": "normal",
    },
    "digits": {"dataset": "digits", "hidden": (12, 9)},
}


def specs(**fields) -> list[RunSpec]:
    first = RunSpec(**{"dataset": "moons", "hidden": (7, 5), "batch_size": 24, "lr": 0.05} | fields)
    return [first.replace(seed=seed) for seed in (3, 0, 11)]


@pytest.mark.parametrize("fields", KINDS.values(), ids=KINDS)
def test_the_numbers_are_those_of_each_net_alone(fields):
    runs = specs(**fields)
    many = Many([Trainer(run) for run in runs])
    for _ in range(STEPS):
        many.step()
    many.give_back()
    for run, shared in zip(runs, many.trainers, strict=True):
        alone = Trainer(run)
        for _ in range(STEPS):
            alone.step(measure=False)
        with inference(shared.model), inference(alone.model):
            here, there = (judged(t.model, t.data.train_x, t.data.train_y)[0] for t in (shared, alone))
        assert here == pytest.approx(there, rel=1e-4)
        assert shared.evaluate()[0] == pytest.approx(alone.evaluate()[0], rel=1e-4)


def test_a_net_that_diverges_says_when_and_leaves_the_others_alone():
    runs = specs(lr=0.05, dtype="float64")
    trainers = [Trainer(run) for run in runs]
    trainers[1].model.output.weight.data.fill_(float("inf"))
    many = Many(trainers)
    for _ in range(5):
        many.step()
    many.give_back()
    assert many.diverged_at == [-1, 1, -1]
    alone = Trainer(runs[2])
    for _ in range(5):
        alone.step(measure=False)
    assert trainers[2].evaluate()[0] == pytest.approx(alone.evaluate()[0], rel=1e-12)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dropout": 0.1}, "Dropout is not known"),
        ({"activation": "rrelu"}, "RReLU is not known"),
    ],
)
def test_what_draws_numbers_of_its_own_trains_alone_and_is_said_to(change, words):
    trainers = [Trainer(run) for run in specs(**change)]
    assert refusal(trainers).startswith(words)
    with pytest.raises(ValueError, match=words):
        Many(trainers)


def test_other_specs_and_runs_that_have_begun_are_refused():
    one, other = Trainer(specs()[0]), Trainer(specs(lr=0.06)[1])
    assert "more than their seed" in refusal([one, other])
    one.step()
    assert "has begun" in refusal([one])


def test_data_that_are_the_same_are_kept_once():
    trainers = [Trainer(run, data=Trainer(specs()[0]).data) for run in specs()]
    assert len(Many(trainers)._x) == len(trainers[0].data.train_x)
    assert np.unique(Many(trainers)._starts).tolist() == [0]
