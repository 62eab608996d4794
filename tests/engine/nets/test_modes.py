"""A net in either mode: what torch itself computes, and nothing changed afterwards."""

import pytest
import torch
from torch import nn

from engine import RunSpec, Trainer
from engine.nets.modes import along, inference, outputs, relative_rms, spread


@pytest.fixture
def trainer() -> Trainer:
    trainer = Trainer(
        RunSpec(dataset="moons", hidden=(8, 6), batch_norm="before", dropout=0.5, batch_size=32, lr=0.3)
    )
    for _ in range(5):
        trainer.step(measure=False)
    return trainer


def test_each_kind_of_module_is_switched_by_itself(trainer):
    x = trainer.data.test_x[:50]
    with inference(trainer.model):
        by_running = trainer.model(x)
        assert torch.equal(by_running, trainer.model(x))
    with inference(trainer.model, nn.BatchNorm1d):
        by_batch = trainer.model(x)
    with inference(trainer.model, nn.Dropout):
        torch.manual_seed(1)
        dropped = trainer.model(x)
        assert not torch.equal(dropped, trainer.model(x))
    reference = x
    for module in trainer.model.children():  # torch.nn.functional with the batch's own statistics
        if isinstance(module, nn.BatchNorm1d):
            reference = nn.functional.batch_norm(
                reference, None, None, module.weight, module.bias, training=True
            )
        elif not isinstance(module, nn.Dropout):
            reference = module(reference)
    assert torch.allclose(by_batch, reference)
    trainer.model.eval()
    assert torch.equal(by_running, trainer.model(x))


def alone(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
    with inference(model, nn.BatchNorm1d):
        return model(x)


def test_looking_changes_nothing_even_when_it_fails(trainer):
    before = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    with inference(trainer.model, nn.BatchNorm1d):
        trainer.model(trainer.data.test_x[:9])
    with pytest.raises(ValueError, match="Expected more than 1 value"):
        alone(trainer.model, trainer.data.test_x[:1])
    assert all(module.training for module in trainer.model.modules())
    assert all(norm.track_running_stats for norm in trainer.model.norms())
    assert all(torch.equal(before[name], value) for name, value in trainer.model.state_dict().items())


def test_a_chain_is_followed_module_by_module(trainer):
    x = trainer.data.test_x[:7]
    with inference(trainer.model):
        names = [name for name, _, _ in along(trainer.model, x)]
        *norms, logits = outputs(trainer.model, x, nn.BatchNorm1d)
        assert torch.equal(logits, trainer.model(x))
        first = trainer.model.norm1(trainer.model.linear1(x))
    assert names == [name for name, _ in trainer.model.named_children()]
    assert torch.equal(norms[0], first)
    assert [norm.shape[1] for norm in norms] == [8, 6]


def test_distance_and_spread_are_those_of_a_hand_worked_example():
    assert relative_rms(torch.tensor([4.0, 5.0]), torch.tensor([1.0, 1.0])) == pytest.approx(5 / 2**0.5)
    assert relative_rms(torch.zeros(3), torch.zeros(3)) == 0
    assert relative_rms(torch.ones(3), torch.zeros(3)) == float("inf")
    assert spread(torch.arange(11.0)) == pytest.approx((1, 5, 9))
