"""Full batch, mini-batches and single samples against trainers of their own."""

import numpy as np
import pytest
from torch.nn.functional import cross_entropy

from engine import Trainer
from engine.experiments.batches.sizes import MINI, batch_runs, batch_times, largest_batch, training_loss
from engine.spec.examples import LEARNS
from tests.engine.training.plain import spec

pytestmark = pytest.mark.slow

FULL, SOME, ONE = range(3)


def last(pictures):
    return list(pictures)[-1]


@pytest.fixture(scope="module")
def pictures():
    return list(batch_runs(LEARNS, steps=40, epochs=1))


@pytest.fixture(scope="module")
def runs(pictures):
    return pictures[-1]


def test_each_run_is_a_trainer_with_that_batch_size(runs):
    assert runs.batch.tolist() == [1437, 32, 1]
    for run, size in ((FULL, None), (SOME, 32)):
        trainer = Trainer(LEARNS.replace(batch_size=size))
        for step, loss in zip(runs.step[run], runs.loss[run], strict=True):
            if np.isnan(step):
                break
            while trainer.steps < step:
                trainer.step(measure=False)
            trainer.model.eval()
            found = cross_entropy(trainer.model(trainer.data.train_x), trainer.data.train_y).item()
            trainer.model.train()
            assert loss == pytest.approx(found, rel=1e-6)


def test_runs_take_their_steps_and_see_their_epochs(runs):
    assert np.nanmax(runs.step, axis=1).tolist() == [40, 44, 1437]
    assert np.nanmax(runs.seen(), axis=1).tolist() == [40 * 1437, 44 * 32, 1437]
    assert (np.diff(runs.seconds[ONE]) > 0).all()


def test_only_the_last_picture_is_done(pictures):
    assert [picture.done < 1 for picture in pictures] == [True] * (len(pictures) - 1) + [False]


def test_the_same_samples_bring_small_batches_further(runs):
    at = {run: np.nanargmin(abs(runs.seen()[run] - 1437)) for run in (FULL, SOME, ONE)}
    losses = [runs.loss[run, at[run]] for run in (FULL, SOME, ONE)]
    assert losses[FULL] > 1.5 > 0.7 > losses[SOME] > losses[ONE]


@pytest.mark.long
def test_batch_norm_needs_two_samples():
    net = spec(batch_norm="before", batch_size=None)
    assert last(batch_runs(net, steps=2, epochs=1)).batch.tolist() == [1600, MINI, 2]
    assert last(batch_times(net)).sizes[0] == 2


def test_a_run_that_diverges_ends_and_the_others_go_on():
    seen = last(batch_runs(LEARNS.replace(lr=0.3), steps=10, epochs=1))
    assert seen.diverged_at[ONE] > 0
    assert np.isnan(seen.accuracy[ONE])
    assert np.nanmax(seen.step[SOME]) == 44
    assert seen.done == 1


def test_looking_at_the_loss_changes_nothing():
    trainer, other = (Trainer(spec(batch_norm="before", dropout=0.3)) for _ in range(2))
    assert training_loss(trainer) == training_loss(trainer)
    assert trainer.step().loss == other.step().loss


def test_times_are_of_every_size_up_to_the_full_batch():
    *some, seen = batch_times(spec())
    assert seen.sizes.tolist() == [*(2**k for k in range(11)), 1600]
    assert (seen.step > 0).all()
    assert seen.epoch == pytest.approx(seen.step * 1600 / seen.sizes)
    assert np.isnan(some[0].step[1:]).all()


def test_single_samples_of_a_large_net_do_not_get_through_their_epochs(monkeypatch):
    net = spec(hidden=(30,))
    parameters = sum(p.numel() for p in Trainer(net).parameters)
    monkeypatch.setattr("engine.experiments.batches.sizes.UPDATES", 25 * parameters)
    seen = last(batch_runs(net, steps=20, epochs=1))
    assert np.nanmax(seen.step, axis=1).tolist() == [20, 25, 25]


def test_a_large_net_gets_a_smaller_full_batch():
    trainer = Trainer(spec(hidden=(1024,) * 4))
    assert largest_batch(trainer) == 2e9 // sum(p.numel() for p in trainer.parameters)
