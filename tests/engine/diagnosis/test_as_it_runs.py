"""What is told to who looks again and again while a net trains: nothing flickers, and green is for what learns."""

from itertools import pairwise

import numpy as np
import pytest

from engine import RunSpec, Trainer
from engine.diagnosis.judge import is_looked_at, judge

DYING = RunSpec(activation="relu", initializer="he_normal", hidden=(100,) * 4, optimizer="adam", lr=0.1)


def trained(spec: RunSpec, steps: int) -> Trainer:
    trainer = Trainer(spec)
    while trainer.steps < steps:
        trainer.step()
    return trainer


def names(trainer: Trainer, steps: int, as_it_runs: bool) -> list[str]:
    seen = trainer.history.first(int((trainer.history["step"] <= steps).sum()))
    return [each.name for each in judge(seen, trainer.spec, as_it_runs).findings]


def test_between_two_looks_nothing_begins_or_ends():
    trainer = trained(
        RunSpec(hidden=(100,) * 30, activation="relu", initializer="he_normal", seed=1, lr=0.1), 100
    )
    told = {step: names(trainer, step, as_it_runs=True) for step in range(50, 101)}
    changed = [step for step in range(51, 101) if told[step] != told[step - 1]]
    assert changed
    assert all(is_looked_at(step, trainer.history) for step in changed)
    at_once = {step: names(trainer, step, as_it_runs=False) for step in range(50, 101)}
    assert any(
        at_once[step] != told[step] for step in told
    )  # asked but once, whoever asks is told what is so now


def test_between_two_looks_the_numbers_are_those_of_now():
    trainer = trained(DYING, 43)
    found, *_ = judge(trainer.history, trainer.spec, as_it_runs=True).findings
    assert (found.name, found.step, found.began) == ("dying units", 43, 3)
    assert str(found.formula).endswith("What has begun holds until it is clearly over.")
    first, *_ = judge(trainer.history.first(3), trainer.spec).findings
    assert "has begun" not in str(first.formula)


def test_a_divergence_is_told_at_once():
    trainer = Trainer(RunSpec(hidden=(100,) * 5, activation="relu", initializer="he_normal", lr=30.0))
    while not trainer.diverged:
        trainer.step()
    assert not is_looked_at(trainer.steps, trainer.history)
    assert names(trainer, trainer.steps, as_it_runs=True)[0] == "diverged"


def test_it_learns_from_half_of_the_way_on():
    trainer = trained(RunSpec(hidden=(50,) * 3, lr=0.02), 100)
    told = [judge(trainer.history.first(rows), trainer.spec).progress for rows in range(10, 101, 5)]
    assert {each.learns for each in told} == {False, True}
    for each in told:
        assert each.learns == (each.right > 0.55)
    waits = next(each for each in told if not each.learns)
    assert waits.says.numbers()["accuracy_that_tells"] == pytest.approx(0.55)
    assert "half of the way" in str(waits.says)


def test_a_lucky_batch_is_no_learning():
    trainer = trained(RunSpec(hidden=(50,) * 3, lr=0.001), 40)
    trainer.history["accuracy"][-2:] = 0.9
    told = judge(trainer.history, trainer.spec).progress
    assert not told.learns
    assert np.mean(trainer.history["accuracy"][-10:]) < 0.4


def test_units_that_stay_dead_are_not_said_to_be_over_once_the_rest_has_learned():
    trainer = trained(DYING, 200)
    told = judge(trainer.history, trainer.spec, as_it_runs=True)
    assert told.progress.learns
    (found,) = told.findings
    assert (found.name, found.remark, found.ended) == ("dying units", True, None)
    assert found.evidence["dead"] > 0.8


def test_a_rate_that_was_lowered_is_not_blamed_and_a_new_start_with_it_is_offered():
    trainer = trained(DYING, 300)
    trainer.change(lr=0.001)
    for _ in range(30):
        trainer.step()
    told = judge(trainer.history, trainer.spec, as_it_runs=True)
    found = next(each for each in told.findings if each.name == "dying units")
    assert "from a rate of 0.1" in str(found.cause)
    assert "from a rate of 0.1" in str(found.reason)
    assert found.cures[0] == {}
    assert found.to_dict()["cures"][0]["anew"]
    assert str(found.cure_says[0]) == "start anew, with lr 0.001 from the first step"
    assert all("lr" not in cure for cure in found.cures)


def test_what_is_over_since_a_change_offers_no_cure_by_the_new_settings():
    trainer = trained(RunSpec(lr=3.0), 50)
    assert "learning rate too high" in names(trainer, 50, as_it_runs=False)
    trainer.change(lr=0.03)
    for _ in range(150):
        trainer.step()
    past = judge(trainer.history, trainer.spec).past
    assert "learning rate too high" in {each.name for each in past}
    assert {each.cures for each in past} == {()}


def test_what_was_over_begins_again_only_at_the_second_look_that_finds_it():
    spec = RunSpec(activation="relu", initializer="he_normal", batch_norm="before", hidden=(100,) * 50)
    trainer = trained(spec, 110)

    def looked(as_it_runs: bool) -> list[bool]:
        steps = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100)
        return ["exploding" in names(trainer, step, as_it_runs) for step in steps]

    assert sum(now > before for before, now in pairwise([False, *looked(as_it_runs=False)])) == 2
    assert sum(now > before for before, now in pairwise([False, *looked(as_it_runs=True)])) == 1
