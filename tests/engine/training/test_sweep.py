"""A sweep's table holds what each run's own Trainer says, survives an interruption and ranks what it found."""

import json
import math
import os
import signal
from functools import partial

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from engine import RunSpec, SpecError, Trainer, sweep
from engine.nets.modes import inference, judged
from engine.training import fleet
from engine.training.data import load

pytestmark = pytest.mark.slow

MOONS = RunSpec(dataset="moons", hidden=(6, 5), batch_size=32, lr=0.1)
STEPS = 15


def trained(spec: RunSpec) -> Trainer:
    trainer = Trainer(spec)
    for _ in range(STEPS):
        trainer.step(measure=False)
    return trainer


def test_every_row_is_a_trainer_s_own():
    specs = [MOONS, MOONS.replace(dropout=0.2), MOONS.replace(optimizer="adam", lr=0.003)]
    table = sweep(specs, seeds=(4, 0), steps=STEPS).table
    assert table["spec"].tolist() == [0, 0, 1, 1, 2, 2]
    assert table["seed"].tolist() == [4, 0] * 3
    assert set(table["fold"]) == set(table["diverged_at"]) == {-1}
    for row, index in enumerate(table["spec"]):
        alone = trained(specs[index].replace(seed=int(table["seed"][row])))
        assert (table["test_loss"][row], table["accuracy"][row]) == alone.evaluate()
        with inference(alone.model):
            train_loss, _ = judged(alone.model, alone.data.train_x, alone.data.train_y)
        assert table["train_loss"][row] == train_loss


def test_runs_that_share_a_batch_agree_with_those_alone(monkeypatch):
    monkeypatch.setattr(fleet, "_pays", lambda *_: True)
    table = sweep([MOONS], seeds=range(5), steps=STEPS).table
    for seed in range(5):
        assert table["test_loss"][seed] == pytest.approx(
            trained(MOONS.replace(seed=seed)).evaluate()[0], rel=1e-4
        )


def test_folds_split_the_training_part_and_know_nothing_of_what_is_held_out():
    whole = load("moons", 2)
    folds = [load("moons", 2, fold=(k, 5)) for k in range(5)]
    assert [len(fold.test_x) for fold in folds] == [320] * 5
    assert all(len(fold.train_x) == 1280 for fold in folds)
    mine = [fold.test_y.tolist() for fold in folds]
    split = StratifiedKFold(5, shuffle=True, random_state=2).split(whole.train_x, whole.train_y)
    assert mine == [whole.train_y[held].tolist() for _, held in split]
    for fold in folds:
        np.testing.assert_allclose(fold.train_x.mean(0), 0, atol=1e-6)
        assert abs(fold.test_x.mean(0)).max() > 1e-3


def test_a_sweep_with_folds_has_a_row_for_each():
    table = sweep([MOONS], seeds=(1,), steps=3, folds=4).table
    assert table["fold"].tolist() == [0, 1, 2, 3]
    assert len(set(table["test_loss"])) == 4


def test_the_ranking_has_the_best_first_and_what_diverged_last():
    specs = [MOONS.replace(lr=1e-6), MOONS.replace(lr=1e9, activation="relu"), MOONS.replace(lr=0.3)]
    found = sweep(specs, seeds=range(6), steps=60)
    for metric in ("accuracy", "test_loss", "train_loss"):
        ranking = found.ranking(metric)
        assert [place.index for place in ranking] == [2, 0, 1]
        assert ranking[0].low <= ranking[0].mean <= ranking[0].high
        assert math.isnan(ranking[-1].mean)
    with pytest.raises(SpecError, match="metric: 'loss' is not allowed"):
        found.ranking("loss")


@pytest.mark.long
def test_an_interrupted_sweep_goes_on_from_its_store(tmp_path, monkeypatch):
    store = tmp_path / "runs.jsonl"

    def stop(done: int, total: int) -> None:
        assert total == 4
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep([MOONS, MOONS.replace(lr=0.2)], seeds=(0, 1), steps=STEPS, store=store, progress=stop)
    store.write_text(store.read_text() + '{"run": "torn')
    asked = []
    train = fleet.train
    monkeypatch.setattr(fleet, "train", lambda jobs, looks: asked.extend(jobs) or train(jobs, looks))
    found = sweep([MOONS, MOONS.replace(lr=0.2)], seeds=(0, 1), steps=STEPS, store=store)
    assert len(asked) == 2
    assert (
        found.table["test_loss"].tolist()
        == sweep(found.specs, seeds=(0, 1), steps=STEPS).table["test_loss"].tolist()
    )
    assert (
        sum(line.startswith('{"run"') and line.endswith("}") for line in store.read_text().splitlines()) == 4
    )
    sweep([MOONS], seeds=(0,), steps=STEPS + 1, store=store)
    assert len(asked) == 2 + 4 + 1
    assert json.loads(store.read_text().splitlines()[0])["diverged_at"] == -1


@pytest.mark.long
def test_a_killed_worker_s_runs_are_done_again(tmp_path, monkeypatch):
    marker = tmp_path / "killed"
    monkeypatch.setattr(fleet, "_train", partial(dies_once, str(marker)))
    monkeypatch.setattr(fleet, "_pays", lambda *_: False)
    found = sweep([MOONS], seeds=(0, 1, 2), steps=STEPS)
    assert marker.exists()
    assert np.isfinite(found.table["test_loss"]).all()


def dies_once(marker, jobs, task, looks):
    """As `fleet._train`, but the first process that comes here is killed."""
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return TRAIN(jobs, task, looks)
    os.kill(os.getpid(), signal.SIGKILL)


TRAIN = fleet._train


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"specs": []}, "nothing to train"),
        ({"seeds": ()}, "nothing to train"),
        ({"seeds": (1, 2, 1)}, "give each seed once"),
        ({"seeds": 8}, "seeds: 8 is not several; give a list"),
        ({"specs": MOONS}, "is not several; give a list"),
        (
            {"specs": [MOONS] * 1000, "seeds": range(1000)},
            "1,000,000 runs are too many; give at most 100,000",
        ),
        ({"folds": 1}, "folds: 1 is not allowed; give a whole number with 2 <= folds"),
        ({"seeds": range(200_000)}, "200,000 runs are too many; give at most 100,000"),
        ({"specs": [MOONS, {"lr": 0.1}]}, "give RunSpecs"),
        ({"steps": -1}, "steps: -1 is not allowed"),
    ],
)
def test_what_cannot_be_swept_is_said(arguments, words):
    with pytest.raises(SpecError, match=words):
        sweep(**{"specs": [MOONS]} | arguments)
