"""What the settings were at a step of before."""

import pytest

from engine import RunSpec, Trainer
from viz.run.session import before
from viz.workers.train import reports

OPENING = RunSpec(dataset="moons", hidden=(4,), batch_size=16, lr=0.3)
CHANGES = (
    {"lr": 0.1},
    {"optimizer": "momentum", "optimizer_options": {"momentum": 0.5}},
    {"dropout": 0.2, "lr": 0.03},
    {"optimizer": "adam", "lr": 0.01},
)


@pytest.mark.parametrize("step", range(5))
def test_changes_that_are_taken_back_leave_the_settings_of_then(step):
    trainer, specs = Trainer(OPENING), [OPENING]
    for fields in CHANGES:
        trainer.step()
        trainer.change(**fields)
        specs.append(trainer.spec)
    told = reports.changes(trainer)["changes"]
    assert [each["step"] for each in told] == [2, 3, 4, 5]
    assert before(trainer.spec, [each for each in told if each["step"] > step + 1]) == specs[step]
