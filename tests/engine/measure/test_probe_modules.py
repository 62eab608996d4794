"""The probe on modules of any make: in place, used twice, nested, frozen, odd; and what it leaves behind."""

import gc
import math
import weakref

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.utils.checkpoint import checkpoint

from engine.measure.probe import Probe
from engine.measure.roles import is_activation
from engine.measure.statistics import COLUMNS
from engine.nets import saturation
from engine.tables.activations import ACTIVATIONS
from tests.engine.measure.by_hand import (
    WITNESSES,
    Pass,
    assert_same,
    by_hand,
    data,
    mlp,
    pooled,
    probed,
    seeded,
)

IN_PLACE = {
    "relu": (nn.ReLU(inplace=True), nn.ReLU(), (0, math.inf)),
    "elu": (nn.ELU(inplace=True), nn.ELU(), None),
    "leaky relu": (nn.LeakyReLU(0.2, inplace=True), nn.LeakyReLU(0.2), None),
    "selu": (nn.SELU(inplace=True), nn.SELU(), None),
    "hardtanh": (nn.Hardtanh(inplace=True), nn.Hardtanh(), (-1, 1)),
}


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_activations_are_measured_like_any_other(name, norm):
    in_place, plain, bounds = IN_PLACE[name]

    def net(phi: nn.Module) -> nn.Module:
        between = [nn.BatchNorm1d(20), phi] if norm else [phi]
        return seeded(9, lambda: nn.Sequential(nn.Linear(6, 20), *between, nn.Linear(20, 3)))

    x, y = data()
    assert_same(probed(net(in_place), x, y), probed(net(plain), x, y))
    if bounds:
        assert_same(probed(net(in_place), x, y), by_hand(net(plain), bounds, x, y))


class Twice(nn.Module):
    """One linear map and one activation, each used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.inside, self.out, self.phi = nn.Linear(6, 6), nn.Linear(6, 3), nn.Tanh()

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.phi(self.inside(self.phi(self.inside(x)))))


def test_a_module_used_twice_is_two_layers():
    net, (x, y) = seeded(5, Twice), data()
    caught, bounds = Pass(), ACTIVATIONS["tanh"].saturation()
    h = caught.activation(torch.tanh, caught.weight(net.inside, x), bounds)
    h = caught.activation(torch.tanh, caught.weight(net.inside, h), bounds)
    expected = caught.finish(F.cross_entropy(caught.weight(net.out, h), y))
    measured = probed(net, x, y)
    assert_same(measured, expected)
    assert measured["gradient_rms"][0] != measured["gradient_rms"][1]
    assert measured["weight_gradient_var"][0] == measured["weight_gradient_var"][1]


class Convolutional(nn.Module):
    """Convolutions with a residual sum in place, a functional activation, and a nested head."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.head = nn.Sequential(nn.Sequential(nn.Flatten(), nn.Linear(24, 8)), nn.Sequential(nn.Sigmoid()))
        self.out = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        h = F.silu(self.first(x.view(-1, 1, 2, 3)))
        h = self.relu(self.second(h).add_(h))
        return self.out(self.head(h))


def test_convolutions_residuals_and_functional_activations():
    net, (x, y) = seeded(5, Convolutional), data()
    caught = Pass()
    h = caught.weight(net.first, x.view(-1, 1, 2, 3))
    h = caught.activation(F.silu, h, ACTIVATIONS["silu"].saturation())
    h = caught.activation(torch.relu, caught.weight(net.second, h) + h, (0, math.inf))
    linear = net.head[0][1]
    h = caught.activation(
        torch.sigmoid, caught.weight(linear, h.flatten(1)), ACTIVATIONS["sigmoid"].saturation()
    )
    expected = caught.finish(F.cross_entropy(caught.weight(net.out, h), y))
    assert_same(probed(net, x, y), expected)


def test_sequences_are_measured_over_samples_and_positions():
    net = seeded(2, lambda: nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 3), nn.Flatten()))
    x, _ = data()
    y = torch.arange(23) % 9
    caught = Pass()
    h = caught.activation(
        torch.tanh, caught.weight(net[0], x.view(-1, 3, 2)), ACTIVATIONS["tanh"].saturation()
    )
    h = caught.weight(net[2], h)
    expected = caught.finish(F.cross_entropy(h.flatten(1), y))
    measured = probed(nn.Sequential(net, nn.Flatten()), x.view(-1, 3, 2), y)
    per_unit = {}  # the units of a linear map are its last axis: positions count as samples
    for name in ("signal_var", "dead"):
        per_unit[name] = [
            WITNESSES[name](k | {part: k[part].reshape(-1, k[part].shape[-1]) for part in ("z", "u", "a")})
            for k in caught.layers
        ]
    assert_same(measured, expected | {name: np.array(values) for name, values in per_unit.items()})


def test_frozen_layers_have_no_gradient_but_everything_else():
    net, (x, y) = seeded(3, lambda: mlp("tanh")), data()
    expected = probed(net, x, y)
    for parameter in net[:3].parameters():
        parameter.requires_grad_(False)
    net[4].weight.requires_grad_(False)
    measured = probed(net, x, y)
    without = {"gradient_var": [0, 1], "gradient_rms": [0, 1], "weight_gradient_var": [0, 1, 2]}
    for name in COLUMNS:
        if name in without:
            np.testing.assert_array_equal(
                np.flatnonzero(np.isnan(measured[name])), without[name], err_msg=name
            )
        kept = ~np.isnan(measured[name])
        np.testing.assert_allclose(measured[name][kept], expected[name][kept], rtol=1e-12, err_msg=name)


def test_passes_without_gradients_are_not_measured():
    net, (x, y) = seeded(3, lambda: mlp("tanh")), data()
    expected = probed(net, x, y)
    net.zero_grad()
    with Probe(net) as probe:
        F.cross_entropy(net(x), y).backward()
        with torch.no_grad():
            net(x * 100)
        with torch.inference_mode():
            net(x * 100)
    assert_same(probe.measure(), expected)
    with Probe(net) as probe, torch.no_grad():
        net(x)
        assert len(probe.table()) == 0


def test_the_last_pass_counts_and_a_late_backward_of_an_older_one_does_not():
    net, (x, y) = seeded(3, lambda: mlp("tanh")), data()
    expected = probed(net, x, y)
    net.zero_grad()
    with Probe(net) as probe:
        older = F.cross_entropy(net(x * 9), y)
        F.cross_entropy(net(x), y).backward()
        last, gradients = probe.measure(), list(probe.gradients)
        older.backward()
    assert_same(last, expected)
    np.testing.assert_array_equal(probe.measure()["gradient_rms"], expected["gradient_rms"])
    assert all(map(torch.equal, probe.gradients, gradients))


def hooks(net: nn.Module) -> int:
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in net.modules())


def test_probe_leaves_no_hooks_behind():
    net, (x, y) = seeded(3, lambda: mlp("tanh", "before")), data()
    with Probe(net) as probe:
        assert hooks(net) > 0
        assert probe.attached
        with probe:
            pass
        assert hooks(net) == 0
        probe.attach()
        probe.attach()
        F.cross_entropy(net(x), y).backward()
    assert hooks(net) == 0
    assert not probe.attached
    measured = probe.measure()
    net(x * 50)
    np.testing.assert_array_equal(probe.measure()["activation_var"], measured["activation_var"])


def test_probe_leaves_no_hooks_behind_on_an_error():
    net = seeded(3, lambda: mlp("tanh"))
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"), Probe(net):
        net(torch.zeros(2, 5, dtype=torch.float64))
    assert hooks(net) == 0


class Mark:
    """Something to leave on a node of the graph, which cannot be watched itself."""


def test_probe_keeps_no_graph_alive():
    net, (x, y) = seeded(3, lambda: mlp("relu")), data()
    gc.collect()
    gc.disable()
    try:
        with Probe(net) as probe:
            logits = net(x)
            F.cross_entropy(logits, y).backward()
        watched = weakref.ref(mark := Mark())
        logits.grad_fn.metadata["mark"] = mark
        del logits, mark
        assert watched() is None
        watched = weakref.ref(probe)
        del probe
        assert watched() is None
    finally:
        gc.enable()


def test_where_the_first_nan_was_met():
    net, (x, y) = seeded(3, lambda: mlp("relu")), data()
    with torch.no_grad():
        net[2].weight[4, 1] = math.nan
    with Probe(net) as probe:
        F.cross_entropy(net(x), y).backward()
    assert probe.began == (1, "pre-activation")
    measured = probe.measure()
    assert measured["nonfinite"][1] == pytest.approx(1.0)  # in the gradient; in z it is 1 of 7
    assert np.isnan(measured["preactivation_var"][1:]).all()
    assert np.isfinite(measured["preactivation_var"][0])


def test_nan_units_are_counted_and_are_neither_saturated_nor_dead():
    net, (x, _) = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 3)).double(), data()
    with torch.no_grad():
        net[0].weight.zero_()
        net[0].bias.copy_(torch.tensor([math.nan, -1.0, 2.0, 3.0]))
    with Probe(net) as probe:
        net(x)
    measured = probe.measure()
    assert (measured["saturated"][0], measured["dead"][0], measured["nonfinite"][0]) == (0.25, 0.25, 0.25)


def test_broken_weights_are_found_by_their_unit():
    net = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 3)).double()
    with Probe(net) as probe:
        net(data()[0])
        with torch.no_grad():
            net[0].weight[1] = math.inf
        assert not probe.measure_updates()
    assert probe.began == (0, "weights")
    np.testing.assert_array_equal(probe.measure()["nonfinite"], [0.25, 0])


def test_the_identity_gives_way_to_a_real_activation():
    def net(*between: nn.Module) -> nn.Module:
        return seeded(3, lambda: nn.Sequential(nn.Linear(6, 8), *between, nn.Linear(8, 3)))

    x, y = data()
    expected = probed(net(nn.ReLU()), x, y)
    assert_same(probed(net(nn.Identity(), nn.ReLU()), x, y), expected)
    assert_same(probed(net(nn.ReLU(), nn.Identity()), x, y), expected)
    assert probed(net(nn.Identity()), x, y)["saturated"][0] == 0


def test_the_first_activation_counts_and_softmax_is_none():
    net = seeded(
        3, lambda: nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.ReLU(), nn.Linear(8, 3), nn.LogSoftmax(1))
    )
    x, y = data()
    measured = probed(net, x, y)
    assert measured["activation_var"][0] == pytest.approx(pooled(torch.tanh(net[0](x))))
    assert np.isnan(measured["saturated"][1])
    assert np.isnan(measured["dead"][1])
    assert measured["activation_var"][1] == measured["preactivation_var"][1]


def test_a_subclass_of_an_activation_is_one():
    class Own(nn.Tanh):
        pass

    assert is_activation(Own())
    assert not any(
        map(is_activation, (nn.Linear(1, 1), nn.Softmax(0), nn.MultiheadAttention(2, 1), nn.GLU()))
    )


class Odd(nn.Module):
    """A scalar parameter, a layer that is never used, tied weights and a weight computed from others."""

    def __init__(self) -> None:
        super().__init__()
        self.scale, self.unused = nn.Parameter(torch.tensor(1.5)), nn.Linear(2, 2)
        self.first, self.second = nn.Linear(6, 6), nn.Linear(6, 6)
        self.second.weight = self.first.weight
        self.out = nn.utils.parametrizations.weight_norm(nn.Linear(6, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.out(torch.tanh(self.second(torch.tanh(self.first(x))))) * self.scale


def test_odd_parameters_are_measured_once():
    net, (x, y) = seeded(5, Odd), data()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    old = net.out.weight.detach().clone()
    with Probe(net) as probe:
        F.cross_entropy(net(x), y).backward()
        norm = probe.measure_gradients()
        optimizer.step()
    gradients = [parameter.grad for parameter in net.parameters() if parameter.grad is not None]
    assert norm == pytest.approx(torch.nn.utils.get_total_norm(gradients).item())
    measured = probe.measure()
    assert measured["weight_gradient_var"][0] == measured["weight_gradient_var"][1]
    assert np.isnan(measured["weight_gradient_var"][2])
    assert measured["update_ratio"][2] == pytest.approx(((net.out.weight - old).norm() / old.norm()).item())


def test_half_precision_layers_are_measured_in_float32():
    net = seeded(3, lambda: mlp("tanh")).float()
    x, y = data()
    with Probe(net) as probe, torch.autocast("cpu", torch.bfloat16):
        F.cross_entropy(net(x.float()), y).backward()
    expected = probed(net, x.float(), y)
    np.testing.assert_allclose(probe.measure()["activation_var"], expected["activation_var"], rtol=0.05)


def test_nets_without_layers_and_probes_without_a_pass_measure_nothing():
    for net in (nn.Sequential(nn.ReLU()), seeded(3, lambda: mlp("tanh"))):
        measured = Probe(net).measure()
        assert measured.keys() == COLUMNS.keys()
        assert all(column.shape == (0,) for column in measured.values())


class Checkpointed(nn.Module):
    """Four linear maps, the two in the middle forgotten and run again for the backward pass."""

    def __init__(self, forgets: bool, reentrant: bool = False):
        super().__init__()
        torch.manual_seed(0)
        self.reentrant = reentrant
        self.first, self.last, self.forgets = nn.Linear(16, 12), nn.Linear(7, 4), forgets
        self.middle = nn.Sequential(nn.Linear(12, 9), nn.ReLU(), nn.Linear(9, 7), nn.ReLU())

    def forward(self, x):
        h = self.first(x).relu()
        h = checkpoint(self.middle, h, use_reentrant=self.reentrant) if self.forgets else self.middle(h)
        return self.last(h)


def test_what_checkpointing_runs_again_is_measured_once():
    x, y = torch.randn(8, 16, generator=torch.Generator().manual_seed(1)), torch.arange(8) % 4
    seen = []
    for forgets in (False, True):
        model = Checkpointed(forgets)
        with Probe(model) as probe:
            nn.functional.cross_entropy(model(x), y).backward()
        seen.append(probe.measure())
    for name, values in seen[0].items():
        np.testing.assert_array_equal(seen[1][name], values, err_msg=name)
    assert len(seen[1]["gradient_rms"]) == 4
    assert (seen[1]["gradient_rms"] > 0).all()


@pytest.mark.parametrize("reentrant", [False, True])
def test_an_activation_that_is_first_met_inside_checkpointing_leaves_it_alone(reentrant, monkeypatch):
    """Its flat ends are found by autograd, of which what is forgotten and run again must not hear."""
    monkeypatch.setattr(saturation, "_known", {})
    x, model = torch.randn(8, 16), Checkpointed(True, reentrant)
    model.middle[1] = nn.SiLU()
    with Probe(model) as probe:
        model(x).square().mean().backward()
    assert len(probe.measure()["gradient_rms"]) == 4
