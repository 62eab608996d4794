import pytest
import torch
from torch import optim

from engine.descent.batching import bare_step, separable, shared, takes_rates
from engine.descent.runs import Run
from engine.tables.optimizers import OPTIMIZERS


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_of_the_table_takes_many_points_and_many_rates(name):
    run = Run.of({"optimizer": name})
    assert separable(run)
    assert takes_rates(run)


def test_optimizers_that_mix_coordinates_take_one_point_at_a_time():
    class Normalized(optim.SGD):
        def step(self, closure=None):
            for p in self.param_groups[0]["params"]:
                p.data -= self.param_groups[0]["lr"] * p.grad / p.grad.norm()

    assert not separable(Run.of({"optimizer": Normalized, "lr": 0.1}))
    assert not separable(Run.of({"optimizer": optim.Adafactor, "lr": 0.1}))


def test_other_optimizers_of_torch_share_where_they_can():
    assert takes_rates(Run.of({"optimizer": optim.ASGD, "lr": 0.1, "options": {"lambd": 0.0}})) in (
        True,
        False,
    )
    assert not takes_rates(Run.of({"optimizer": "sgd", "schedule": "cosine"}))


def test_only_runs_in_a_row_that_differ_in_lr_alone_share():
    sgd = [{"optimizer": "sgd", "lr": lr} for lr in (0.1, 0.2)]
    adam = [
        {"optimizer": "adam", "lr": lr, "options": {"eps": eps}}
        for lr, eps in ((1, 1e-8), (2, 1e-8), (2, 1e-7))
    ]
    runs = [Run.of(run) for run in [*sgd, *adam, *sgd[::-1], {"optimizer": "sgd", "schedule": "warmup"}]]
    assert list(shared(runs)) == [slice(0, 2), slice(2, 4), slice(4, 5), slice(5, 7), slice(7, 8)]


def test_hooks_of_an_optimizer_are_still_called():
    point = torch.ones(2, dtype=torch.float64)
    point.grad = torch.ones(2, dtype=torch.float64)
    optimizer = optim.SGD([point], 0.1)
    calls = []
    optimizer.register_step_post_hook(lambda *given: calls.append(given))
    bare_step(optimizer)()
    assert len(calls) == 1
    assert point.tolist() == [0.9, 0.9]
