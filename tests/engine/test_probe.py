"""Autograd is the judge: every column of the probe against tensors caught in a forward pass written out by hand."""

import gc
import math
import weakref
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from engine.activations import ACTIVATIONS
from engine.optimizers import OPTIMIZERS
from engine.probe import Probe, is_activation
from engine.statistics import COLUMNS, Measure

Layer = dict[str, Tensor | tuple[float, float] | None]
"""What a hand-written pass caught: z, u (what enters the activation), a (what leaves it), w, and the flat region."""


def pooled(x: Tensor) -> float:
    return ((x - x.mean()) ** 2).mean().item()


def flat(layer: Layer) -> Tensor:
    low, high = layer["flat"]
    u = layer["u"].reshape(len(layer["u"]), -1)
    return ((u <= low) | (u >= high)).double()


def broken(*tensors: Tensor) -> float:
    return max((~x.reshape(len(x), -1).isfinite()).any(0).double().mean().item() for x in tensors)


WITNESSES: dict[str, Callable[[Layer], float]] = {
    "preactivation_mean": lambda k: k["z"].mean().item(),
    "preactivation_var": lambda k: pooled(k["z"]),
    "preactivation_ms": lambda k: (k["z"] ** 2).mean().item(),
    "signal_var": lambda k: ((k["z"] - k["z"].mean(0)) ** 2).mean().item(),
    "input_var": lambda k: pooled(k["u"]),
    "activation_mean": lambda k: k["a"].mean().item(),
    "activation_var": lambda k: pooled(k["a"]),
    "gradient_var": lambda k: pooled(k["dz"]),
    "gradient_rms": lambda k: (k["dz"] ** 2).mean().sqrt().item(),
    "weight_var": lambda k: pooled(k["old"]),
    "weight_gradient_var": lambda k: pooled(k["dw"]),
    "update_ratio": lambda k: ((k["w"] - k["old"]).norm() / k["old"].norm()).item(),
    "saturated": lambda k: flat(k).mean().item() if k["flat"] else math.nan,
    "dead": lambda k: flat(k).prod(0).mean().item() if k["flat"] else math.nan,
    "nonfinite": lambda k: broken(k["z"], k["a"], k["dz"]),
}
"""column -> its definition once more, on the tensors themselves."""


def test_every_column_has_a_witness():
    assert WITNESSES.keys() == COLUMNS.keys()


class Pass:
    """A forward pass whose inner tensors are kept, with their gradients."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []

    def weight(self, module: nn.Module, x: Tensor) -> Tensor:
        z = F.linear(x, module.weight, module.bias) if isinstance(module, nn.Linear) else module._conv_forward(
            x, module.weight, module.bias
        )  # fmt: skip
        self.layers.append({"z": z, "u": z, "a": z, "module": module, "flat": None})
        return z

    def activation(self, phi: Callable[[Tensor], Tensor], u: Tensor, bounds: tuple[float, float]) -> Tensor:
        a = phi(u)
        self.layers[-1] |= {"u": u, "a": a, "flat": bounds}
        return a

    def finish(self, loss: Tensor, step: Callable[[], None] = lambda: None) -> dict[str, np.ndarray]:
        zs, ws = [k["z"] for k in self.layers], [k["module"].weight for k in self.layers]
        gradients = torch.autograd.grad(loss, zs + ws, allow_unused=True)
        for k, dz, dw in zip(self.layers, gradients[: len(zs)], gradients[len(zs) :], strict=True):
            k |= {"dz": dz, "dw": dw, "old": k["module"].weight.detach().clone()}
        step()
        for k in self.layers:
            k |= {"w": k["module"].weight.detach()}
        return {name: np.array([witness(k) for k in self.layers]) for name, witness in WITNESSES.items()}


def assert_same(
    measured: dict[str, np.ndarray], expected: dict[str, np.ndarray], rtol: float = 1e-10
) -> None:
    assert measured.keys() == expected.keys()
    for name in COLUMNS:
        np.testing.assert_allclose(measured[name], expected[name], rtol=rtol, atol=1e-14, err_msg=name)


def data(samples: int = 23, features: int = 6, scale: float = 1.7) -> tuple[Tensor, Tensor]:
    """Inputs and targets without any symmetry."""
    generator = torch.Generator().manual_seed(12)
    x = torch.randn(samples, features, generator=generator, dtype=torch.float64)
    return x.exp() * scale - 1.3, torch.randint(0, 3, (samples,), generator=generator)


def seeded(seed: int, make: Callable[[], nn.Module]) -> nn.Module:
    """A double-precision net with large asymmetric weights, so that some units saturate and some die."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = make().double()
        for module in net.modules():
            if isinstance(module, nn.BatchNorm1d):
                nn.init.uniform_(module.weight, 0.5, 2)
                nn.init.normal_(module.bias, -0.5, 2)
            elif hasattr(module, "weight") and hasattr(module, "bias"):
                with torch.no_grad():
                    module.weight.mul_(2).add_(0.05)
                    module.bias.mul_(16)
    return net


def mlp(name: str, norm: str = "none", p: float = 0.0) -> nn.Sequential:
    entry = ACTIVATIONS[name]
    pieces, modules, sizes = entry.pieces(), [], (6, 9, 7, 5)
    if norm == "input":
        modules.append(nn.BatchNorm1d(6))
    for k in range(3):
        modules.append(nn.Linear(sizes[k], sizes[k + 1] * pieces))
        modules += [nn.BatchNorm1d(sizes[k + 1] * pieces)] if norm == "before" else []
        modules.append(entry.build())
        modules += [nn.BatchNorm1d(sizes[k + 1])] if norm == "after" else []
        modules += [nn.Dropout(p)] if p else []
    modules.append(nn.Linear(5, 3))
    modules += [nn.BatchNorm1d(3)] if norm == "output" else []
    return nn.Sequential(*modules)


def by_hand(net: nn.Sequential, bounds: tuple[float, float], x: Tensor, y: Tensor) -> dict[str, np.ndarray]:
    """The pass over a plain sequence, module by module."""
    caught = Pass()
    for module in net:
        if isinstance(module, nn.Linear):
            x = caught.weight(module, x)
        elif is_activation(module):
            x = caught.activation(module, x, bounds)
        else:
            x = module(x)
    return caught.finish(F.cross_entropy(x, y))


def probed(net: nn.Module, x: Tensor, y: Tensor) -> dict[str, np.ndarray]:
    net.zero_grad()
    with Probe(net) as probe:
        F.cross_entropy(net(x), y).backward()
    return probe.measure()


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
    h = F.silu(caught.weight(net.first, x.view(-1, 1, 2, 3)))
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
