"""Same spec, same numbers, bit for bit; and watching, copying or evaluating a run changes none of them."""

import copy
import io
import pickle
from collections.abc import Iterable
from contextlib import nullcontext

import numpy as np
import pytest
import torch

from engine.measure.history import NUMBERS
from engine.measure.statistics import COLUMNS
from engine.spec import RunSpec
from engine.tables.optimizers import OPTIMIZERS
from engine.training.trainer import Trainer

RANDOM = {"dropout": 0.3, "activation": "rrelu", "batch_norm": "before"}
RUNS = {
    "plain": {},
    "dropout": {"dropout": 0.4},
    "rrelu": {"activation": "rrelu"},
    "batch norm": {"batch_norm": "after", "batch_norm_input": True, "batch_norm_output": True},
    "clipped by norm": {"clip": "norm", "clip_threshold": 0.01, "optimizer": "momentum"},
    "clipped by value": {"clip": "value", "clip_threshold": 0.001},
    "adam": {"optimizer": "adam", "lr": 0.01},
    "full batch": {"batch_size": None, "dropout": 0.2},
    "double": {"dtype": "float64", "optimizer": "nadam"} | RANDOM,
    "all random": RANDOM | {"optimizer": "rmsprop", "lr": 1e-3},
}


def spec(**fields) -> RunSpec:
    return RunSpec(**{"dataset": "moons", "hidden": (7, 5), "batch_size": 24, "lr": 0.05} | fields)


def run(trainer: Trainer, pattern: Iterable[bool]) -> Trainer:
    for measure in pattern:
        trainer.step(measure=measure)
    return trainer


def measured(steps: int) -> Iterable[bool]:
    return [True] * steps


def assert_same_run(one: Trainer, other: Trainer) -> None:
    """Everything that decides what comes next is equal, bit for bit, and so is the next step."""
    assert one.steps == other.steps
    for name, value in one.model.state_dict().items():
        assert torch.equal(value, other.model.state_dict()[name]), name
    for parameter, twin in zip(one.parameters, other.parameters, strict=True):
        state, copied = one.optimizer.state[parameter], other.optimizer.state[twin]
        assert state.keys() == copied.keys()
        for name, value in state.items():
            assert torch.equal(torch.as_tensor(value), torch.as_tensor(copied[name])), name
            assert getattr(value, "dtype", None) == getattr(copied[name], "dtype", None), name
    frames = one.step(), other.step()
    assert frames[0].loss == frames[1].loss
    np.testing.assert_array_equal(frames[0].table, frames[1].table)


@pytest.mark.parametrize("name", RUNS)
def test_same_spec_same_numbers(name):
    one, other = run(Trainer(spec(**RUNS[name])), measured(9)), run(Trainer(spec(**RUNS[name])), measured(9))
    for column in (*NUMBERS, *COLUMNS):
        np.testing.assert_array_equal(one.history[column], other.history[column])
    assert_same_run(one, other)


def test_another_seed_gives_another_split_net_and_noise():
    one, other = Trainer(spec(dropout=0.4)), Trainer(spec(dropout=0.4, seed=1))
    assert not torch.equal(one.data.train_x, other.data.train_x)
    assert not torch.equal(one.parameters[0], other.parameters[0])
    assert one.batches.draw().tolist() != other.batches.draw().tolist()
    assert not torch.equal(one.noise, other.noise)


@pytest.mark.parametrize("name", RUNS)
def test_a_step_that_is_not_measured_is_the_same_to_the_bit(name):
    every = run(Trainer(spec(**RUNS[name])), measured(13))
    never = run(Trainer(spec(**RUNS[name])), [False] * 13)
    now_and_then = run(Trainer(spec(**RUNS[name])), [False, True, False, False, True, True] * 2 + [False])
    rows = now_and_then.history["step"].astype(int) - 1
    for column in (*NUMBERS, *COLUMNS):
        np.testing.assert_array_equal(now_and_then.history[column], every.history[column][rows])
    assert_same_run(copied(every), never)
    assert_same_run(every, now_and_then)


def copied(trainer: Trainer) -> Trainer:
    """A copy made by Python, not by us."""
    twin = copy.deepcopy(trainer)
    assert torch.equal(twin.parameters[0], trainer.parameters[0])
    return twin


@pytest.mark.parametrize("name", RUNS)
def test_looking_ahead_changes_nothing_and_tells_the_next_step(name):
    watched, alone = (
        run(Trainer(spec(**RUNS[name])), [True, False]),
        run(Trainer(spec(**RUNS[name])), [True, False]),
    )
    for _ in range(3):
        ahead, rows = watched.look(), len(watched.history)
        assert len(watched.history) == rows
        frame = watched.step()
        assert frame.loss == ahead.loss
        assert ahead.step == frame.step - 1
        np.testing.assert_array_equal(ahead.update_ratio, 0)
        for column in set(COLUMNS) - {"update_ratio"}:
            np.testing.assert_array_equal(getattr(ahead, column), getattr(frame, column))
    watched.look()
    run(alone, measured(3))
    watched.step(measure=False)
    alone.step(measure=False)
    assert_same_run(watched, alone)


@pytest.mark.parametrize("name", RUNS)
def test_evaluating_changes_nothing(name):
    watched, alone = Trainer(spec(**RUNS[name])), Trainer(spec(**RUNS[name]))
    for _ in range(4):
        watched.step()
        first = watched.evaluate(), watched.evaluate(batch_statistics=True)
        assert (watched.evaluate(), watched.evaluate(batch_statistics=True)) == first
    run(alone, measured(4))
    assert_same_run(watched, alone)


def test_evaluating_with_batch_statistics_changes_nothing_even_where_they_are_not_finite():
    trainer = run(Trainer(spec(batch_norm="before")), measured(2))
    with torch.no_grad():
        trainer.model.linears()[0].weight.fill_(3e38)
    before = [buffer.clone() for buffer in trainer.model.buffers()]
    trainer.evaluate(batch_statistics=True)
    assert all(map(torch.equal, trainer.model.buffers(), before))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_fork_goes_on_with_the_same_numbers(optimizer, dtype):
    trainer = run(Trainer(spec(optimizer=optimizer, dtype=dtype, **RANDOM)), [True, False, True])
    twin = trainer.fork()
    alone = run(Trainer(spec(optimizer=optimizer, dtype=dtype, **RANDOM)), [True, False, True])
    for each in (trainer, twin, alone):
        run(each, [True, False, True, True])
    for column in (*NUMBERS, *COLUMNS):
        np.testing.assert_array_equal(twin.history[column], trainer.history[column])
    assert_same_run(copied(trainer), twin)
    assert_same_run(trainer, alone)


def test_a_fork_is_independent():
    trainer = run(Trainer(spec(optimizer="adam", **RANDOM)), measured(3))
    alone = run(Trainer(spec(optimizer="adam", **RANDOM)), measured(3))
    twin = trainer.fork()
    twin.change(lr=0.9, dropout=0.0, batch_size=3, optimizer="sgd")
    run(twin, measured(5))
    assert len(trainer.history) == 3
    assert trainer.spec == alone.spec
    assert_same_run(trainer, alone)


def test_a_fork_in_the_middle_of_an_epoch_meets_the_same_batches():
    trainer = run(Trainer(spec(batch_size=100)), measured(3))
    twin = trainer.fork()
    for _ in range(20):
        assert torch.equal(trainer.batches.draw(), twin.batches.draw())


def test_a_checkpoint_carries_changes_history_and_capacity():
    trainer = run(Trainer(spec(**RANDOM), capacity=10), measured(4))
    trainer.change(
        optimizer="adam", lr=0.003, batch_size=11, dropout=0.1, clip="norm", batch_norm_momentum=0.4
    )
    run(trainer, [True, False, True])
    twin = Trainer.restore(trainer.checkpoint())
    assert twin.spec == trainer.spec
    assert twin.frame.loss == trainer.frame.loss
    np.testing.assert_array_equal(twin.frame.table, trainer.frame.table)
    run(trainer, measured(30))
    run(twin, measured(30))
    assert len(twin.history) == len(trainer.history) <= 10
    for column in (*NUMBERS, *COLUMNS):
        np.testing.assert_array_equal(twin.history[column], trainer.history[column])
    assert_same_run(trainer, twin)


def test_a_checkpoint_of_an_untouched_run_is_that_run():
    assert_same_run(Trainer.restore(Trainer(spec(**RANDOM)).checkpoint()), Trainer(spec(**RANDOM)))


def test_a_checkpoint_is_the_same_bytes_for_the_same_run():
    one, other = (run(Trainer(spec(optimizer="adam")), measured(2)) for _ in range(2))
    assert one.checkpoint() == other.checkpoint()


class Harmful:
    """A pickle that would run code."""

    ran = False

    def __reduce__(self):
        return _run, ()


def _run() -> None:
    Harmful.ran = True


def test_nothing_in_a_checkpoint_is_executed():
    buffer = io.BytesIO()
    torch.save({"spec": Harmful()}, buffer)
    with pytest.raises(pickle.UnpicklingError, match="weights_only"):
        Trainer.restore(buffer.getvalue())
    assert not Harmful.ran


def test_two_runs_side_by_side_are_as_alone():
    """Dropout draws from a generator of the run's own: interleaved runs do not disturb each other."""
    one, other = Trainer(spec(**RANDOM)), Trainer(spec(seed=5, **RANDOM))
    for k in range(6):
        one.step(measure=k % 2 == 0)
        torch.rand(k + 1)
        other.step()
    assert_same_run(one, run(Trainer(spec(**RANDOM)), measured(6)))
    assert_same_run(other, run(Trainer(spec(seed=5, **RANDOM)), measured(6)))


def test_noise_on_a_gpu_is_seeded_anew_at_every_step_by_the_run_alone(monkeypatch):
    def seeds(seed: int) -> list[int]:
        trainer, given = Trainer(spec(seed=seed, dropout=0.3)), []
        object.__setattr__(trainer.spec, "device", "cuda")
        with torch.random.fork_rng(devices=[]), monkeypatch.context() as patch:
            patch.setattr(torch.cuda, "manual_seed", given.append)
            patch.setattr(torch.random, "fork_rng", lambda devices: nullcontext())
            for _ in range(4):
                torch.rand(3)
                with trainer._own_noise():
                    pass
        return given

    assert len(set(seeds(0))) == 4
    assert seeds(0) == seeds(0)
    assert set(seeds(0)).isdisjoint(seeds(1))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_measures_what_the_cpu_measures():
    one, other = Trainer(spec(batch_norm="before")), Trainer(spec(batch_norm="before", device="cuda"))
    for _ in range(3):
        np.testing.assert_allclose(other.step().table, one.step().table, rtol=1e-3, atol=1e-7)
