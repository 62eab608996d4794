"""What came after a change of the settings is of that change first."""

import numpy as np
import pytest

from engine import RunSpec, Trainer, course, diagnose
from engine.diagnosis.judge import is_looked_at, looks
from engine.measure.history import SCALARS, History
from engine.measure.statistics import COLUMNS


def changed(spec: RunSpec, at: int, steps: int, **fields) -> Trainer:
    trainer = Trainer(spec)
    for _ in range(at):
        trainer.step()
    trainer.change(**fields)
    while trainer.steps < steps and not trainer.diverged:
        trainer.step()
    return trainer


SLOW = RunSpec(dataset="blobs", hidden=(16,) * 10, activation="sigmoid")
WELL = RunSpec(dataset="blobs", hidden=(16,) * 3)


@pytest.mark.long
@pytest.mark.parametrize(
    "spec", [pytest.param(SLOW, marks=pytest.mark.long), WELL], ids=["sick before", "well before"]
)
def test_a_rate_that_broke_the_net_is_named_before_what_it_started_with(spec):
    trainer = changed(spec, 50, 120, lr=1e9)
    first, *others = diagnose(trainer.history, trainer.spec)
    assert first.name in ("diverged", "learning rate too high")
    assert "since step 51 lr is 1e9, 0.1 before" in str(first.cause)
    assert first.cure["lr"] == 0.1
    assert first.cure_words.startswith("set lr to 0.1" if spec is SLOW else "set lr back to 0.1")
    if spec is SLOW:
        assert {each.name: each.cause for each in others}["vanishing"] is None
        assert first.cure.keys() > {"lr"}  # with the rate alone it would be as sick as before


@pytest.mark.parametrize("after", [2, 5])
def test_a_step_that_ruins_everything_is_named_at_once(after):
    trainer = changed(SLOW, 50, 50 + after, lr=1e9)
    first = diagnose(trainer.history, trainer.spec)[0]
    assert first.name == "learning rate too high"
    assert "since step 51 lr is 1e9, 0.1 before" in str(first.cause)


def test_what_held_before_a_change_is_not_of_the_change():
    trainer = changed(SLOW, 50, 90, lr=0.05)
    (found,) = diagnose(trainer.history, trainer.spec)
    assert (found.name, found.began, found.cause) == ("vanishing", 1, None)


def test_options_that_were_changed_are_written_out():
    spec = WELL.replace(dataset="digits", activation="relu", optimizer="momentum", lr=0.01)
    trainer = changed(spec, 30, 80, lr=3e8, optimizer_options={"momentum": 0.5})
    found = diagnose(trainer.history, trainer.spec)[0]
    assert "lr is 3e8, 0.01 before" in str(found.cause)
    assert "optimizer_options is {'momentum': 0.5" in str(found.cause)
    assert spec.replace(**found.cure) == spec


def test_a_step_that_is_looked_at_is_known_before_it_is_taken():
    history = History(2)
    for step in range(1, 401):
        if step == 124:
            history.changes.append((124, {"lr": 0.1}, {"lr": 0.2}))
        history.append({name: float(step) for name in SCALARS}, np.ones((2, len(COLUMNS))))
    told = {int(history["step"][rows - 1]) for rows in looks(history)}
    assert {step for step in range(1, 400) if is_looked_at(step, history)} == told - {400}
    assert {1, 20, 100, 124, 125, 128, 323} <= told
    assert 400 in told


@pytest.mark.parametrize(("seed", "steps"), [(2, 400), (6, 60)])
def test_a_batch_too_small_for_batch_norm_is_named_once_and_stays_and_no_usual_rate_is_blamed(seed, steps):
    net = {"hidden": (50,) * 5, "activation": "relu", "initializer": "he_normal", "batch_norm": "before"}
    spec = RunSpec(**net, batch_size=2, seed=seed)
    trainer = Trainer(spec)
    for _ in range(steps):
        trainer.step()
    told = course(trainer.history, spec)
    assert [found.ended for found in told if found.name == "batch too small for batch norm"] == [None]
    assert "learning rate too high" not in [found.name for found in told]
