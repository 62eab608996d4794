"""The probe that takes the loss back by itself, and what it leaves of itself."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from engine.measure.asking import Asking
from engine.measure.probe import Probe
from engine.nets.chain import Chain


def net() -> Chain:
    torch.manual_seed(3)
    return Chain(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 3))


def linears(model: Chain) -> list[nn.Module]:
    return [module for module in model if isinstance(module, nn.Linear)]


def sample() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(8)
    return 2 + torch.randn(11, 5, generator=generator), torch.randint(3, (11,), generator=generator)


def test_it_finds_what_a_probe_that_listens_finds():
    x, y = sample()
    heard, asked = net(), net()
    with Probe(heard) as listening:
        functional.cross_entropy(heard(x), y).backward()
        norm = listening.measure_gradients()
    with Asking(asked, linears(asked)) as asking:
        asking.backward(functional.cross_entropy(asked(x), y), list(asked.parameters()))
        assert asking.measure_gradients() == norm
    np.testing.assert_array_equal(asking.table(), listening.table())
    for ours, theirs in zip(asked.parameters(), heard.parameters(), strict=True):
        assert torch.equal(ours.grad, theirs.grad)
    for name in ("outputs", "gradients"):
        assert all(map(torch.equal, getattr(asking, name), getattr(listening, name)))


def test_nothing_of_it_is_left_and_a_pass_without_gradients_is_not_measured():
    model = net()
    before = [set(vars(module)) for module in model.modules()]
    asking = Asking(model, linears(model))
    asking.attach()
    asking.attach()
    assert "turn" in vars(model)
    with torch.no_grad():
        model(sample()[0])
    assert len(asking.table()) == 0
    asking.detach()
    assert [set(vars(module)) for module in model.modules()] == before
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


@pytest.mark.parametrize("broken", [None, 0, 1])
def test_whatever_order_gradients_lie_in_a_broken_one_is_seen(broken):
    model = net()
    asking = Asking(model, linears(model))
    gradients = [torch.randn(p.shape[::-1]).permute(*range(p.dim() - 1, -1, -1)) for p in model.parameters()]
    assert not gradients[0].is_contiguous()
    if broken is not None:
        gradients[broken][-1] = float("nan")
    assert asking.all_finite(gradients) == (broken is None)
    assert asking.all_finite([gradient.contiguous() for gradient in gradients]) == (broken is None)
