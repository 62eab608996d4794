"""Nets that people asked about in public, by the kind of what the diagnosis once said wrong of them.

Each is trained as it was reported: the right finding at the steps that count, and a cure with which the net learns.
"""

from functools import cache

import numpy as np
import pytest

from engine import RunSpec, Trainer, course, diagnose
from engine.diagnosis.finding import Finding

pytestmark = pytest.mark.slow

NARROW = {
    "xor": {"dataset": "xor", "hidden": "2x10", "activation": "relu", "initializer": "he_normal", "seed": "1"},
    "circles": {
        "dataset": "circles", "hidden": "4x20", "activation": "relu", "initializer": "he_normal",
        "optimizer": "adam", "lr": "0.001", "seed": "2",
    },
}  # fmt: skip
DECAYED = {
    "relu": {
        "hidden": "100x3", "activation": "relu", "initializer": "he_normal", "optimizer_options": "weight_decay:1.0",
    },
    "sigmoid": {"hidden": "100x2", "activation": "sigmoid", "optimizer_options": "weight_decay:0.1"},
    "rmsprop": {
        "hidden": "36", "activation": "sigmoid", "initializer": "glorot_uniform", "optimizer": "rmsprop",
        "lr": "0.001", "dropout": "0.5", "optimizer_options": "weight_decay:0.3",
    },
}  # fmt: skip
BEYOND = {"hidden": "20", "activation": "sigmoid", "initializer": "normal", "batch_size": "full"}
SLOW_STATISTICS = {
    "hidden": "100x5", "activation": "sigmoid", "batch_norm": "before", "batch_norm_momentum": "0.001",
    "batch_size": "32",
}  # fmt: skip
DROPPED = {
    "hidden": "100x5", "activation": "relu", "initializer": "he_normal", "batch_norm": "before", "dropout": "0.7",
    "batch_size": "64", "lr": "0.05",
}  # fmt: skip
HASTY = {"activation": "tanh", "optimizer": "adam", "batch_size": "32"}


@cache
def trained(items: tuple[tuple[str, str], ...], steps: int) -> Trainer:
    trainer = Trainer(RunSpec.from_query(dict(items)))
    while trainer.steps < steps and not trainer.diverged:
        trainer.step()
    return trainer


def seen(query: dict[str, str], steps: int, *, of: int | None = None) -> list[Finding]:
    """The findings after so many steps of a run of at least as many."""
    trainer = trained(tuple(query.items()), of or steps)
    history = trainer.history
    return diagnose(history.first(int(np.searchsorted(history["step"], steps, side="right"))), trainer.spec)


def cured(query: dict[str, str], found: Finding, steps: int) -> float:
    """The test accuracy after so many steps of the spec that the first cure makes."""
    trainer = Trainer(RunSpec.from_query(query).replace(**found.cure))
    while trainer.steps < steps and not trainer.diverged:
        trainer.step(measure=False)
    return trainer.evaluate()[1]


@pytest.mark.long
@pytest.mark.parametrize(
    "query", [NARROW["xor"], pytest.param(NARROW["circles"], marks=pytest.mark.long)], ids=["xor", "circles"]
)
def test_a_net_born_dead_is_cured_by_what_it_lacks_units(query):
    (found,) = seen(query, 400)
    assert (found.name, found.began) == ("dying units", 1)
    assert min(found.cure["hidden"]) >= 32
    assert cured(query, found, 1000) >= 0.75
    assert all(
        spec["activation"] == "elu" for spec in found.cures[1:]
    )  # none leads back to what was born dead


@pytest.mark.parametrize("query", DECAYED.values(), ids=DECAYED)
def test_weights_that_shrink_to_nothing_are_the_decays(query):
    found = seen(query, 600)[0]
    assert found.name == "weight decay too strong"
    assert found.evidence["weights_left"] < 0.2
    assert found.cure["optimizer_options"]["weight_decay"] <= 1e-4
    assert cured(query, found, 600) >= 0.85


@pytest.mark.parametrize("lr", ["100.0", "30.0"])
def test_a_rate_beyond_all_measure_comes_before_what_the_weights_started_with(lr):
    query = BEYOND | {"lr": lr}
    found = seen(query, 60)[0]
    assert found.name == "learning rate too high"
    assert found.evidence["largest_step"] > 2
    assert {"lr", "initializer"} <= found.cure.keys()
    assert cured(query, found, 300) >= 0.7


@pytest.mark.long
@pytest.mark.parametrize(
    ("query", "cure"),
    [(SLOW_STATISTICS, {"batch_norm_momentum": 0.1}), (DROPPED, {"dropout": 0.0})],
    ids=["slow", "dropped"],
)
def test_running_statistics_that_stand_for_no_batch_are_named(query, cure):
    (found,) = seen(query, 300)
    assert (found.name, found.cure) == ("running statistics", cure)
    history = trained(tuple(query.items()), 300).history
    looked = np.flatnonzero(np.isfinite(history["test_accuracy_batch"]))[-1]
    then = trained(tuple(query.items()), 300).at(int(history["step"][looked]))
    assert found.evidence["accuracy_running"] == then.evaluate()[1]
    assert found.evidence["accuracy_batch"] == then.evaluate(batch_statistics=True)[1]


@pytest.mark.long
@pytest.mark.parametrize(
    ("fields", "looks"),
    [
        ({"hidden": "64x2", "lr": "0.1", "seed": "2"}, (500, 1000)),
        ({"hidden": "64x10", "lr": "0.01"}, (500, 1000)),
    ],
    ids=["two layers", "ten layers"],
)
def test_a_loss_that_stays_high_at_many_times_the_usual_rate_is_the_rates(fields, looks):
    for steps in looks:
        found = {each.name: each for each in seen(HASTY | fields, steps, of=max(looks))}
        assert found["learning rate too high"].cure == {"lr": 0.001}


def test_a_plateau_that_a_net_leaves_by_itself_is_no_finding():
    deep = {
        "hidden": "64x5",
        "activation": "sigmoid",
        "optimizer": "rmsprop",
        "lr": "0.01",
        "batch_size": "32",
    }
    xor = {"dataset": "xor", "hidden": "8", "activation": "sigmoid", "lr": "0.1"}
    for query, looks in ((deep, (40, 70, 100, 200, 500)), (xor, (40, 100, 300, 400, 500, 600, 700))):
        for steps in looks:
            assert seen(query, steps, of=max(looks)) == [], (query, steps)


def test_a_loss_that_never_rose_is_not_called_risen():
    query = {
        "hidden": "30",
        "activation": "sigmoid",
        "initializer": "normal",
        "lr": "3.0",
        "batch_size": "10",
    }
    for steps in (1, 2, 8, 40, 100):
        assert seen(query, steps, of=100) == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("query", "name", "began"),
    [
        (
            {
                "dataset": "xor", "hidden": "2,3", "activation": "sigmoid", "initializer": "he_normal",
                "optimizer": "nesterov", "lr": "0.001", "seed": "1",
            },
            "learning rate too low",
            300,
        ),
        (
            {
                "hidden": "100x3", "activation": "relu", "initializer": "he_normal", "clip": "norm",
                "clip_threshold": "0.001",
            },
            "not learning",
            300,
        ),
    ],
    ids=["slow", "clipped"],
)  # fmt: skip
def test_a_verdict_stays_while_nothing_changes(query, name, began):
    trainer = trained(tuple(query.items()), 2000)
    (found,) = course(trainer.history, trainer.spec)
    assert (found.name, found.began, found.ended) == (name, began, None)
    for steps in range(began, 2001, 170):
        assert [each.name for each in seen(query, steps, of=2000)] == [name]
