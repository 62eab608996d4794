"""Forty nets of every make: 24 with a fault put in by one line, and what is to be found first; 16 healthy ones."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from engine import Watch, course
from engine.diagnosis.finding import Finding
from engine.diagnosis.subject import Subject
from tests.engine.watch.zoo import GPT, Encoder, Recurrent, UNet, autoencoder, resnet, vgg

STEPS = 300


def digits(samples: int = 64, features: int = 20) -> tuple[Tensor, Tensor]:
    """Five classes that a net can tell apart."""
    y = torch.randint(0, 5, (samples,))
    return torch.randn(samples, features) + 1.5 * F.one_hot(y, features), y


def pictures(samples: int = 32) -> tuple[Tensor, Tensor]:
    y = torch.randint(0, 5, (samples,))
    x = torch.randn(samples, 3, 12, 12)
    x[torch.arange(samples), :, y, :] += 2.0
    return x, y


def text(samples: int = 16) -> tuple[Tensor, Tensor]:
    """Each token says the one that follows."""
    start = torch.randint(0, 20, (samples, 1))
    x = (start + 3 * torch.arange(11)) % 20
    return x[:, :-1], x[:, 1:]


def labels(net: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    out = net(batch[0])
    return F.cross_entropy(out.reshape(-1, out.shape[-1]), batch[1].reshape(-1))


def itself(net: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    return F.mse_loss(net(batch[0]), batch[0])


def deep(phi: Callable[[], nn.Module], depth: int = 8, width: int = 32, norm: bool = False) -> nn.Sequential:
    parts: list[nn.Module] = []
    for k in range(depth):
        parts += [nn.Linear(width if k else 20, width), *([nn.BatchNorm1d(width)] if norm else []), phi()]
    return nn.Sequential(*parts, nn.Linear(width, 5))


def drawn(net: nn.Module, draw: Callable[[Tensor], Any]) -> nn.Module:
    for module in net.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            draw(module.weight)
            nn.init.zeros_(module.bias) if module.bias is not None else None
    return net


def plain() -> nn.Module:
    return drawn(deep(nn.ReLU, 3), kaiming)


def kaiming(w: Tensor) -> Tensor:
    return nn.init.kaiming_normal_(w, nonlinearity="relu")


@dataclass(frozen=True)
class Patient:
    """A net, its data and optimizer, what makes it sick, and what is to be found first ("" for nothing)."""

    make: Callable[[], nn.Module]
    finding: str = ""
    fault: Callable[[nn.Module], Any] = lambda net: None
    batch: Callable[[], tuple[Tensor, Tensor]] = digits
    loss: Callable[[nn.Module, tuple[Tensor, Tensor]], Tensor] = labels
    optimizer: Callable[[list[nn.Parameter]], torch.optim.Optimizer] = lambda p: torch.optim.Adam(p, 1e-3)
    clip: float = math.inf
    steps: int = STEPS
    path: str = ""

    def seen(self, seed: int = 0) -> tuple[list[Finding], list[Finding]]:
        """What is found at the end, and all that ever was."""
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            net = self.make()
            optimizer = self.optimizer(list(net.parameters()))
            self.fault(net)
            with Watch(net, optimizer, every=5) as lab:
                for _ in range(self.steps):
                    optimizer.zero_grad()
                    self.loss(net, self.batch()).backward()
                    if self.clip < math.inf:
                        nn.utils.clip_grad_norm_(net.parameters(), self.clip)
                    optimizer.step()
        subject = Subject.seen(net, optimizer, lab.layers, lab._half)
        return lab.findings(), course(lab.history, subject)


class Cut(nn.Module):
    """A net whose way from its first part to the loss is cut."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.head = nn.Linear(20, 32), nn.Linear(32, 32), nn.Linear(32, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(F.relu(self.second(F.relu(self.first(x)).detach())))


class Stream(nn.Module):
    """Blocks that add what they make to a stream that nothing normalizes."""

    def __init__(self, scale: float, blocks: int = 8) -> None:
        super().__init__()
        self.embed, self.head = nn.Linear(20, 16), nn.Linear(16, 5)
        made = (nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 16)) for _ in range(blocks))
        self.add = nn.ModuleList(Added(block, scale) for block in made)

    def forward(self, x: Tensor) -> Tensor:
        h = self.embed(x)
        for block in self.add:
            h = block(h)
        return self.head(h)


class Added(nn.Module):
    def __init__(self, block: nn.Module, scale: float) -> None:
        super().__init__()
        self.block, self.scale = block, scale

    def forward(self, x: Tensor) -> Tensor:
        return x + self.scale * self.block(x)


def sgd(lr: float, **options: Any) -> Callable[[list[nn.Parameter]], torch.optim.Optimizer]:
    return lambda p: torch.optim.SGD(p, lr=lr, **options)


def adam(lr: float) -> Callable[[list[nn.Parameter]], torch.optim.Optimizer]:
    return lambda p: torch.optim.Adam(p, lr)


def half_group(parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.Adam([{"params": parameters[2:]}, {"params": parameters[:2], "lr": 0.0}], 1e-3)


SICK = {
    "sigmoid, eight layers": Patient(lambda: deep(nn.Sigmoid), "vanishing", optimizer=sgd(0.1)),
    "tanh, weights a tenth": Patient(
        lambda: drawn(deep(nn.Tanh, 10), lambda w: nn.init.normal_(w, std=0.02)), "vanishing", optimizer=sgd(0.1)
    ),
    "tanh, weights of size 1": Patient(
        lambda: drawn(deep(nn.Tanh), nn.init.normal_), "saturated", optimizer=sgd(0.01)
    ),
    "relu, weights of size 1": Patient(
        lambda: drawn(deep(nn.ReLU, 10), nn.init.normal_), "exploding activations", optimizer=sgd(1e-12)
    ),
    "all weights equal": Patient(
        lambda: drawn(deep(nn.Tanh, 3), lambda w: nn.init.constant_(w, 0.1)), "symmetric units", path="0"
    ),
    "biases far below zero": Patient(
        lambda: drawn(deep(nn.ReLU, 4), kaiming),
        "dying units",
        lambda net: nn.init.constant_(net[2].bias, -50.0),
        path="2",
    ),
    "two units a layer, born dead": Patient(
        lambda: drawn(deep(nn.ReLU, 20, width=2), kaiming), "dying units", optimizer=adam(1e-4)
    ),
    "cut from its loss": Patient(Cut, "no gradient", path="first"),
    "not given to the optimizer": Patient(
        plain, "not in the optimizer",
        optimizer=lambda p: torch.optim.Adam(p[2:], 1e-3), path="0",
    ),
    "frozen in the middle": Patient(
        lambda: drawn(deep(nn.ReLU, 4), kaiming), "frozen", lambda net: net[4].weight.requires_grad_(False), path="4"
    ),
    "a group with rate 0": Patient(
        plain, "does not move", optimizer=half_group, path="0"
    ),
    "steps lost in bfloat16": Patient(
        lambda: drawn(deep(nn.ReLU, 3), kaiming).to(torch.bfloat16), "does not move", optimizer=sgd(1e-7),
        batch=lambda: (digits()[0].bfloat16(), torch.arange(64) % 5),
    ),
    "batch norm over two": Patient(
        lambda: deep(nn.ReLU, 3, norm=True), "batch too small for batch norm", batch=lambda: digits(2)
    ),
    "a convolution's batch norm at its last pixel": Patient(
        lambda: nn.Sequential(nn.Conv2d(3, 8, 12), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8, 5)),
        "batch too small for batch norm", batch=lambda: pictures(2),
    ),
    "a rate of 1 with Adam": Patient(plain, "learning rate too high", optimizer=adam(1.0)),
    "a GPT at a rate of 3": Patient(GPT, "learning rate too high", batch=text, optimizer=adam(3.0)),
    "a rate of a billionth": Patient(plain, "learning rate too low", optimizer=adam(1e-9)),
    "an LSTM at a rate of a billionth": Patient(
        lambda: Recurrent(nn.LSTM), "learning rate too low", batch=text, optimizer=adam(1e-9)
    ),
    "clipped to nothing": Patient(
        plain, "clipped away", optimizer=sgd(0.1), clip=1e-5
    ),
    "a division by zero": Patient(
        plain, "diverged", lambda net: net[2].weight.data[0].fill_(math.nan),
        steps=5, path="2",
    ),
    "a rate that overflows": Patient(plain, "diverged", optimizer=sgd(1e6), steps=40),
    "decay of 1": Patient(
        plain, "weight decay too strong", optimizer=sgd(0.01, weight_decay=1.0)
    ),
    "attention scores a hundredfold": Patient(
        Encoder, "attention collapsed",
        lambda net: [layer.self_attn.in_proj_weight.data.mul_(40) for layer in net.encoder.layers],
        batch=text, optimizer=adam(1e-4),
    ),
    "a stream that doubles": Patient(
        lambda: Stream(8.0, 12), "residual stream grows", optimizer=sgd(1e-12), path="add"
    ),
}  # fmt: skip

HEALTHY = {
    "relu net": Patient(lambda: drawn(deep(nn.ReLU, 4), kaiming)),
    "tanh net": Patient(lambda: drawn(deep(nn.Tanh, 4), nn.init.xavier_normal_), optimizer=sgd(0.1)),
    "relu net as torch draws it": Patient(lambda: deep(nn.ReLU, 3)),
    "gelu net, AdamW": Patient(lambda: deep(nn.GELU, 4), optimizer=lambda p: torch.optim.AdamW(p, 1e-3)),
    "batch norm, eight layers": Patient(lambda: deep(nn.ReLU, 8, norm=True), optimizer=sgd(0.05)),
    "sigmoid, two layers": Patient(lambda: deep(nn.Sigmoid, 2), optimizer=adam(1e-2)),
    "resnet": Patient(lambda: resnet(False), batch=pictures),
    "bottleneck resnet, momentum": Patient(
        lambda: resnet(True), batch=pictures, optimizer=sgd(0.05, momentum=0.9)
    ),
    "vgg": Patient(vgg, batch=pictures),
    "unet": Patient(UNet, batch=pictures, loss=itself),
    "autoencoder": Patient(autoencoder, batch=lambda: digits(64, 12), loss=itself),
    "lstm": Patient(lambda: Recurrent(nn.LSTM), batch=text, optimizer=adam(1e-2)),
    "gru": Patient(lambda: Recurrent(nn.GRU), batch=text, optimizer=adam(1e-2)),
    "transformer encoder": Patient(Encoder, batch=text, optimizer=adam(3e-3)),
    "gpt": Patient(GPT, batch=text, optimizer=adam(3e-3)),
    "a head on a frozen trunk": Patient(
        lambda: drawn(deep(nn.ReLU, 4), kaiming),
        fault=lambda net: [p.requires_grad_(False) for p in net[:6].parameters()],
    ),
}
