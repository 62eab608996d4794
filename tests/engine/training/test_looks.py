"""What a trainer notes of itself beside its frames: looks at the test set, and changes of its settings."""

import numpy as np
import pytest

from engine import RunSpec, SpecError, Trainer

SMALL = RunSpec(dataset="moons", hidden=(9, 7), lr=0.2, seed=3)


def stepped(trainer: Trainer, steps: int) -> Trainer:
    for _ in range(steps):
        trainer.step()
    return trainer


def looked(trainer: Trainer, name: str = "test_accuracy") -> list[int]:
    history = trainer.history
    return history["step"][np.isfinite(history[name])].astype(int).tolist()


def test_the_test_set_is_looked_at_every_hundred_steps():
    trainer = stepped(Trainer(SMALL), 200)
    assert looked(trainer) == [100, 200]
    assert trainer.history["test_accuracy"][-1] == trainer.evaluate()[1] == trainer.history.test_accuracy[-1]
    assert looked(trainer, "test_accuracy_batch") == []


def test_with_batch_norm_the_batch_judges_too():
    spec = SMALL.replace(batch_norm="before", batch_norm_momentum=0.001, hidden=(9, 7, 8, 8))
    trainer = stepped(Trainer(spec), 100)
    assert looked(trainer, "test_accuracy_batch") == [100]
    running, batch = trainer.history["test_accuracy"][-1], trainer.history["test_accuracy_batch"][-1]
    assert (running, batch) == (trainer.evaluate()[1], trainer.evaluate(batch_statistics=True)[1])
    assert running < batch


def test_looking_changes_nothing_of_the_run(monkeypatch):
    spec = SMALL.replace(dropout=0.2, batch_norm="after")
    seen = stepped(Trainer(spec), 105)
    monkeypatch.setattr("engine.training.trainer.MOST_WORK", 0)
    blind = stepped(Trainer(spec), 105)
    assert looked(seen)
    assert looked(blind) == []
    np.testing.assert_array_equal(seen.history["loss"], blind.history["loss"])
    np.testing.assert_array_equal(seen.histograms().activations.counts, blind.histograms().activations.counts)


def test_steps_that_are_not_measured_put_a_look_off():
    trainer = stepped(Trainer(SMALL), 99)
    for _ in range(30):
        trainer.step(measure=False)
    stepped(trainer, 2)
    assert looked(trainer) == [130]


def test_a_large_test_set_is_looked_at_less_often(monkeypatch):
    trainer = Trainer(SMALL)
    monkeypatch.setattr("engine.training.trainer.LOOK_SHARE", len(trainer.data.test_x) / (128 * 130))
    assert looked(stepped(trainer, 140)) == [130]


def test_a_change_is_noted_with_the_first_step_it_made():
    trainer = stepped(Trainer(SMALL), 4)
    trainer.change(lr=0.01)
    trainer.change(lr=0.01)
    trainer.change(optimizer="adam", optimizer_options={"eps": 0.5})
    with pytest.raises(SpecError):
        trainer.change(hidden=(3,))
    assert trainer.history.changes == [
        (5, {"lr": 0.2}, {"lr": 0.01}),
        (
            5,
            {"optimizer": "sgd", "optimizer_options": {}},
            {"optimizer": "adam", "optimizer_options": {"eps": 0.5}},
        ),
    ]
    stepped(trainer, 1)
    assert trainer.history.first(4).changes == []
    assert trainer.history.first(5).changes == trainer.history.changes


def test_looks_and_changes_go_along_with_a_fork():
    trainer = stepped(Trainer(SMALL), 98)
    trainer.change(lr=0.03)
    fork = trainer.fork()
    assert fork.history.changes == trainer.history.changes
    for each in (trainer, fork):
        stepped(each, 3)
    assert looked(fork) == looked(trainer) == [100]
    np.testing.assert_array_equal(fork.history["test_accuracy"], trainer.history["test_accuracy"])
