"""A forward pass written out by hand that keeps its inner tensors: what autograd says of every column of the probe."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from engine.measure.probe import Probe
from engine.measure.roles import is_activation
from engine.measure.statistics import COLUMNS
from engine.tables.activations import ACTIVATIONS

Layer = dict[str, Tensor | tuple[float, float] | None]
"""What a pass caught: z, u (what enters the activation), a (what leaves it), weights and gradients, the flat region."""


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
