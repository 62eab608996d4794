"""Autograd is the judge of every column of the probe."""

from contextlib import suppress
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from engine.measure.probe import Probe
from engine.measure.statistics import COLUMNS, Measure
from engine.tables.activations import ACTIVATIONS
from engine.tables.optimizers import OPTIMIZERS
from tests.engine.measure.by_hand import WITNESSES, assert_same, by_hand, data, mlp, pooled, probed, seeded


def test_every_column_has_a_witness():
    assert WITNESSES.keys() == COLUMNS.keys()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_probe_sees_what_autograd_sees(name):
    net = seeded(3, lambda: mlp(name))
    x, y = data()
    with torch.random.fork_rng():
        torch.manual_seed(5)
        measured = probed(net, x, y)
        torch.manual_seed(5)
        assert_same(measured, by_hand(net, ACTIVATIONS[name].saturation(), x, y))


@pytest.mark.parametrize("norm", ["before", "after", "input", "output"])
@pytest.mark.parametrize("name", ["tanh", "relu", "maxout"])
def test_probe_sees_what_autograd_sees_with_batch_norm(name, norm):
    net = seeded(4, lambda: mlp(name, norm))
    x, y = data()
    measured = probed(net, x, y)
    assert_same(measured, by_hand(net, ACTIVATIONS[name].saturation(), x, y))
    if norm == "before":
        assert (measured["input_var"][:3] != measured["preactivation_var"][:3]).all()


def test_probe_sees_what_autograd_sees_with_dropout():
    net = seeded(4, lambda: mlp("elu", p=0.4))
    x, y = data()
    with torch.random.fork_rng():
        torch.manual_seed(5)
        measured = probed(net, x, y)
        torch.manual_seed(5)
        assert_same(measured, by_hand(net, ACTIVATIONS["elu"].saturation(), x, y))


@pytest.mark.parametrize("norm", ["none", "before"])
@pytest.mark.parametrize("name", ["tanh", "relu"])
def test_the_sample_nets_saturate_and_die_in_part(name, norm):
    measured = probed(seeded(3, lambda: mlp(name, norm)), *data())
    assert ((measured["saturated"][:3] > 0.05) & (measured["saturated"][:3] < 0.95)).all()
    assert 0 < measured["dead"][:3].max() < 0.9


def test_float32_is_measured_in_double_precision():
    net = seeded(3, lambda: mlp("silu"))
    x, y = data()
    single = probed(net.float(), x.float(), y)
    assert_same(single, probed(net.double(), x, y) | {"dead": single["dead"]}, rtol=2e-4)


def test_on_another_device_torch_measures_the_same():
    net, (x, y) = seeded(3, lambda: mlp("tanh", "before")), data()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.0)
    with Probe(net) as compiled, Probe(net) as elsewhere:
        elsewhere._measure = Measure(compiled=False)
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
    assert compiled.measure_gradients() == pytest.approx(elsewhere.measure_gradients(), rel=1e-12)
    assert_same(compiled.measure(), elsewhere.measure())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_update_ratio_is_the_weights_actual_change(name):
    net = seeded(6, lambda: mlp("tanh"))
    x, y = data()
    optimizer = OPTIMIZERS[name].build(net.parameters(), 0.01)
    F.cross_entropy(net(x), y).backward()
    optimizer.step()
    with Probe(net) as probe:
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        before = [module.weight.detach().clone() for module in net if isinstance(module, nn.Linear)]
        optimizer.step()
        after = [module.weight.detach() for module in net if isinstance(module, nn.Linear)]
    measured = probe.measure()
    np.testing.assert_allclose(
        measured["update_ratio"],
        [((b - a).norm() / a.norm()).item() for a, b in zip(before, after, strict=True)],
        rtol=1e-10,
    )
    assert (measured["update_ratio"] > 0).all()
    np.testing.assert_allclose(measured["weight_var"], [pooled(w) for w in before], rtol=1e-10)


def test_an_update_is_measured_from_the_pass_it_follows():
    net, x, y = nn.Sequential(nn.Linear(3, 2)).double(), torch.randn(5, 3).double(), torch.arange(5) % 2
    weight = net[0].weight

    def moved(probe, factor):
        nn.functional.cross_entropy(net(x), y).backward()
        with torch.no_grad():
            weight.mul_(factor)
        return probe.measure()["update_ratio"][0]

    with Probe(net) as probe:
        assert moved(probe, 1.5) == pytest.approx(0.5)
        assert probe.measure()["update_ratio"][0] == pytest.approx(0.5)
        with torch.no_grad():
            weight.mul_(10)
        assert moved(probe, 0.75) == pytest.approx(0.25)


def test_update_ratio_of_plain_sgd_is_the_rate_times_gradient_over_weight():
    net = seeded(6, lambda: mlp("tanh"))
    x, y = data()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.03)
    with Probe(net) as probe:
        F.cross_entropy(net(x), y).backward()
        linears = [module for module in net if isinstance(module, nn.Linear)]
        expected = [(0.03 * m.weight.grad.norm() / m.weight.detach().norm()).item() for m in linears]
        optimizer.step()
    np.testing.assert_allclose(probe.measure()["update_ratio"], expected, rtol=1e-10)


def test_norm_of_all_gradients_is_torchs():
    net = seeded(3, lambda: mlp("prelu", "before"))
    x, y = data()
    with Probe(net) as probe:
        F.cross_entropy(net(x), y).backward()
        norm = probe.measure_gradients()
    assert norm == pytest.approx(
        torch.nn.utils.get_total_norm([p.grad for p in net.parameters()]).item(), rel=1e-12
    )


def test_measuring_changes_no_bit_of_a_gradient():
    net, (x, y) = seeded(3, lambda: mlp("gelu", "after")).float(), data()
    probed(net, x.float(), y)
    gradients = [parameter.grad.clone() for parameter in net.parameters()]
    net.zero_grad()
    F.cross_entropy(net(x.float()), y).backward()
    assert all(torch.equal(a, p.grad) for a, p in zip(gradients, net.parameters(), strict=True))


def test_outputs_and_gradients_of_the_pass_can_be_read():
    net, (x, y) = seeded(3, lambda: mlp("tanh")), data()
    with Probe(net) as probe:
        F.cross_entropy(net(x), y).backward()
    h = x
    for k in range(3):
        h = torch.tanh(net[2 * k](h))
        torch.testing.assert_close(probe.outputs[k], h.detach())
    torch.testing.assert_close(probe.outputs[3], net(x).detach())
    softmax = torch.softmax(net(x).detach(), 1)
    torch.testing.assert_close(probe.gradients[3], (softmax - F.one_hot(y, 3)) / len(y))


@pytest.mark.parametrize(("name", "std"), [("sigmoid", 0.03), ("tanh", 0.007)])
def test_gradients_of_1e_30_in_float32_are_not_zero(name, std):
    generator = torch.Generator().manual_seed(2)
    net = nn.Sequential()
    for _ in range(20):
        net.extend([nn.Linear(30, 30), ACTIVATIONS[name].build()])
    net.append(nn.Linear(30, 3))
    for module in net[::2]:
        nn.init.normal_(module.weight, 0.2 * std, std, generator=generator)
        nn.init.zeros_(module.bias)
    x, y = torch.randn(16, 30, generator=generator), torch.arange(16) % 3
    measured = probed(net, x, y)
    twin = probed(net.double(), x.double(), y)
    assert 1e-36 < twin["gradient_rms"][0] < 1e-28
    np.testing.assert_allclose(measured["gradient_rms"], twin["gradient_rms"], rtol=1e-3)
    np.testing.assert_allclose(measured["gradient_var"], twin["gradient_var"], rtol=1e-3)
    np.testing.assert_allclose(measured["weight_gradient_var"], twin["weight_gradient_var"], rtol=1e-3)


@pytest.mark.parametrize(
    "change", [lambda net: setattr(net.weight, "data", torch.ones(2, 2)), nn.Module.half]
)
def test_weights_that_became_smaller_or_of_another_type_are_not_read_past_their_end(change, monkeypatch):
    net, read = nn.Linear(64, 64), []
    with Probe(net) as probe:
        net(torch.ones(3, 64)).sum().backward()
        change(net)
        kernels = SimpleNamespace(all_update_moments=lambda old, new, sizes, *_: read.extend(sizes.tolist()))
        monkeypatch.setattr(probe._measure, "_kernels", lambda: kernels)
        with suppress(AttributeError):  # of what else is asked of them
            probe.measure_updates()
    assert 64 * 64 not in read
