"""The rate of a running net: its schedule against torch's scheduler, its warmup, and what a change of it does."""

import pytest
import torch

from engine import RunSpec, Trainer
from engine.tables.schedules import SCHEDULES
from engine.training.running_optimizer import rate_of
from tests.engine.training.plain import assert_same_weights

SMALL = {"dataset": "moons", "hidden": (5,), "batch_size": 16, "lr": 0.05}
OPTIONS = {
    "constant": {},
    "step": {"step_size": 7, "gamma": 0.3},
    "cosine": {"eta_min": 0.002},
    "warmup": {"total_iters": 12, "start_factor": 0.2},
}


def rates(trainer: Trainer, steps: int) -> list[float]:
    return [trainer.step().lr for _ in range(steps)]


def test_every_schedule_is_tried():
    assert set(OPTIONS) == set(SCHEDULES)


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_rate_is_that_of_torchs_scheduler_and_holds_afterwards(name):
    spec = RunSpec(**SMALL, schedule=name, schedule_options=OPTIONS[name], schedule_steps=40)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.05)
    scheduler = SCHEDULES[name].build(optimizer, 40, **OPTIONS[name])
    found = rates(Trainer(spec), 50)
    for step in range(41):
        assert found[step] == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9, abs=1e-12)
        optimizer.step()
        if scheduler:
            scheduler.step()
    assert set(found[40:]) == {found[40]}


def test_a_warmup_multiplies_whatever_the_schedule_says():
    plain = RunSpec(**SMALL, schedule="cosine", schedule_steps=30)
    warm = plain.replace(warmup=10)
    for step in range(40):
        share = min(1.0, (step + 1) / 10)
        assert rate_of(warm, step) == pytest.approx(share * rate_of(plain, step))
    assert rates(Trainer(RunSpec(**SMALL, warmup=4)), 6) == pytest.approx(
        [0.0125, 0.025, 0.0375, 0.05, 0.05, 0.05]
    )


def test_a_change_of_the_rate_changes_the_base_of_its_schedule():
    trainer = Trainer(RunSpec(**SMALL, schedule="step", schedule_options={"step_size": 5, "gamma": 0.1}))
    rates(trainer, 7)
    trainer.change(lr=0.5)
    assert trainer.step().lr == pytest.approx(0.05)
    trainer.change(schedule="constant")
    assert trainer.step().lr == 0.5
    trainer.change(warmup=100)
    assert trainer.step().lr == pytest.approx(0.5 * 10 / 100)


def test_a_rate_that_changes_is_exact_in_the_past_and_elsewhere():
    spec = RunSpec(**SMALL, optimizer="adam", schedule="cosine", schedule_steps=90, warmup=20)
    trainer = Trainer(spec)
    for step in range(1, 101):
        if step == 61:
            trainer.change(schedule="step", lr=0.02)
        trainer.step(measure=step % 2 == 0)
    for step in (10, 60, 61, 83):
        past = trainer.at(step)
        while past.steps < 100:
            if past.steps == 60:
                past.change(schedule="step", lr=0.02)
            past.step(measure=False)
        assert_same_weights(past.model, trainer.model)
    again = Trainer.restore(trainer.checkpoint())
    assert again.step().lr == trainer.step().lr
    assert_same_weights(again.model, trainer.model)


def test_a_look_has_the_rate_of_the_coming_step():
    trainer = Trainer(RunSpec(**SMALL, warmup=10))
    trainer.step()
    assert trainer.look().lr == pytest.approx(0.01)
    assert trainer.step().lr == pytest.approx(0.01)
