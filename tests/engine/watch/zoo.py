"""Nets of every make, small, with a batch and a loss each; and what plain autograd says of their layers."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.utils.checkpoint import checkpoint


@dataclass(frozen=True)
class Animal:
    """A net, what enters it, its loss, and how many layers it has."""

    make: Callable[[], nn.Module]
    batch: Callable[[], Tensor]
    loss: Callable[[Tensor], Tensor]
    layers: int


def vectors(samples: int = 16, features: int = 12) -> Tensor:
    return torch.randn(samples, features)


def images(channels: int = 3, side: int = 12, samples: int = 8) -> Tensor:
    return torch.randn(samples, channels, side, side)


def tokens(samples: int = 4, length: int = 10) -> Tensor:
    return torch.randint(0, 20, (samples, length))


def classes(out: Tensor) -> Tensor:
    """Cross-entropy with labels that only count."""
    out = out.reshape(-1, out.shape[-1])
    return F.cross_entropy(out, torch.arange(len(out)) % out.shape[-1])


def squares(out: Tensor) -> Tensor:
    return ((out - 0.3) ** 2).mean()


def mlp() -> nn.Module:
    return nn.Sequential(
        nn.Linear(12, 20), nn.Tanh(), nn.Linear(20, 20), nn.ReLU(inplace=True), nn.Linear(20, 5)
    )


def lenet() -> nn.Module:
    return nn.Sequential(
        *(nn.Conv2d(3, 6, 3), nn.Sigmoid(), nn.AvgPool2d(2), nn.Conv2d(6, 8, 3), nn.Sigmoid(), nn.Flatten()),
        *(nn.Linear(72, 20), nn.Sigmoid(), nn.Linear(20, 5)),
    )


class Block(nn.Module):
    """A residual block, basic or bottleneck, that works in place."""

    def __init__(self, width: int, out: int, bottleneck: bool = False) -> None:
        super().__init__()
        shapes = (
            [(width, out, 3), (out, out, 3)] if not bottleneck else [(width, 4, 1), (4, 4, 3), (4, out, 1)]
        )
        self.convs = nn.ModuleList(nn.Conv2d(i, o, k, padding=k // 2, bias=False) for i, o, k in shapes)
        self.norms = nn.ModuleList(nn.BatchNorm2d(o) for _, o, _ in shapes)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = nn.Conv2d(width, out, 1) if width != out else None

    def forward(self, x: Tensor) -> Tensor:
        h = x
        for k, (conv, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
            h = norm(conv(h))
            h = self.relu(h) if k + 1 < len(self.convs) else h
        h += self.shortcut(x) if self.shortcut else x
        return self.relu(h)


def resnet(bottleneck: bool) -> nn.Module:
    stem = nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True)
    stages = Block(8, 8, bottleneck), Block(8, 12, bottleneck)
    return nn.Sequential(*stem, *stages, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 5))


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down, self.low = nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 6, 3, padding=1)
        self.up, self.head = nn.ConvTranspose2d(6, 6, 2, stride=2), nn.Conv2d(12, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        skip = F.relu(self.down(x))
        low = F.relu(self.low(F.max_pool2d(skip, 2)))
        return self.head(torch.cat([self.up(low).relu(), skip], 1))


class Recurrent(nn.Module):
    def __init__(self, kind: type[nn.RNNBase]) -> None:
        super().__init__()
        self.embed, self.cell, self.head = nn.Embedding(20, 9), kind(9, 7, batch_first=True), nn.Linear(7, 20)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.cell(self.embed(x))[0])


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(20, 8)
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.encoder, self.head = nn.TransformerEncoder(layer, 2), nn.Linear(8, 20)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.encoder(self.embed(x)))


class Conv1D(nn.Module):
    """A linear map by another name, as a well-known library has it."""

    def __init__(self, out: int, width: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(width, out) * 0.2), nn.Parameter(torch.zeros(out))

    def forward(self, x: Tensor) -> Tensor:
        return torch.addmm(self.bias, x.view(-1, x.shape[-1]), self.weight).view(*x.shape[:-1], -1)


class NewGELU(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


class Attention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.c_attn, self.c_proj, self.heads = Conv1D(3 * width, width), Conv1D(width, width), 2

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.c_attn(x).chunk(3, dim=-1)
        )
        out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.c_proj(out.transpose(1, 2).flatten(2))


class GPTBlock(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.ln_1, self.attn, self.ln_2 = nn.LayerNorm(width), Attention(width), nn.LayerNorm(width)
        self.mlp = nn.Sequential(Conv1D(4 * width, width), NewGELU(), Conv1D(width, 4 * width))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    """Forty lines; `forgets`: "", "kept" or "reentrant", the kind of checkpointing around its blocks."""

    def __init__(self, forgets: str = "", tied: bool = False) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(20, 8), nn.Embedding(16, 8)
        self.h = nn.ModuleList(GPTBlock(8) for _ in range(3))
        self.ln_f, self.lm_head, self.forgets = nn.LayerNorm(8), nn.Linear(8, 20, bias=False), forgets
        if tied:
            self.lm_head.weight = self.wte.weight

    def forward(self, x: Tensor) -> Tensor:
        h = self.wte(x) + self.wpe(torch.arange(x.shape[1]))
        for block in self.h:
            h = checkpoint(block, h, use_reentrant=self.forgets == "reentrant") if self.forgets else block(h)
        return self.lm_head(self.ln_f(h))


def vgg() -> nn.Module:
    parts: list[nn.Module] = []
    for i, o in ((3, 6), (6, 6), (6, 8), (8, 8)):
        parts += [nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(inplace=True)]
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5))


def autoencoder() -> nn.Module:
    encoder = nn.Sequential(nn.Linear(12, 8), nn.GELU(), nn.Linear(8, 3))
    return nn.Sequential(encoder, nn.Sequential(nn.Linear(3, 8), nn.SiLU(), nn.Linear(8, 12)))


ZOO = {
    "mlp": Animal(mlp, vectors, classes, 3),
    "lenet": Animal(lenet, images, classes, 4),
    "resnet": Animal(lambda: resnet(False), images, classes, 7),
    "bottleneck": Animal(lambda: resnet(True), images, classes, 9),
    "unet": Animal(UNet, images, squares, 4),
    "lstm": Animal(lambda: Recurrent(nn.LSTM), tokens, classes, 3 + 8),
    "gru": Animal(lambda: Recurrent(nn.GRU), tokens, classes, 3 + 6),
    "transformer encoder": Animal(Encoder, tokens, classes, 2 + 2 * 6),
    "gpt": Animal(GPT, tokens, classes, 3 + 3 * 4),
    "gpt, tied": Animal(lambda: GPT(tied=True), tokens, classes, 3 + 3 * 4),
    "gpt, checkpointed": Animal(lambda: GPT("kept"), tokens, classes, 3 + 3 * 4),
    "gpt, checkpointed by the old kind": Animal(lambda: GPT("reentrant"), tokens, classes, 3 + 3 * 4),
    "vgg": Animal(vgg, images, classes, 5),
    "autoencoder": Animal(autoencoder, vectors, squares, 4),
}


def by_autograd(
    net: nn.Module, x: Tensor, loss_of: Callable[[Tensor], Tensor]
) -> dict[str, dict[str, float]]:
    """path -> z's mean square, dLoss/dz's root mean square and dLoss/dW's variance, of every module with a weight of
    two axes that runs, taken from plain autograd: z is kept, and what goes on is a copy of it."""
    kept: dict[str, Tensor] = {}

    def keep(path: str) -> Callable:
        def hook(_: nn.Module, __: tuple, out: Tensor | tuple) -> Tensor | tuple:
            z = out[0] if isinstance(out, tuple) else out
            z.retain_grad()
            kept[path] = z
            return (z.clone(), *out[1:]) if isinstance(out, tuple) else z.clone()

        return hook

    fused = nn.RNNBase, nn.MultiheadAttention
    modules = net.named_modules()
    shown = [(name, m) for name, m in modules if own_weight(m) is not None or isinstance(m, fused)]
    inside = {name + ".out_proj" for name, m in shown if isinstance(m, nn.MultiheadAttention)}
    handles = [m.register_forward_hook(keep(name)) for name, m in shown if name not in inside]
    net.zero_grad()
    loss_of(net(x)).backward()
    for handle in handles:
        handle.remove()
    found = {}
    for name, module in shown:
        if name in inside:
            continue
        z, weight = kept[name].detach().double(), own_weight(module)
        path = f"{name}.out_proj" if isinstance(module, nn.MultiheadAttention) else name
        weight = module.out_proj.weight if isinstance(module, nn.MultiheadAttention) else weight
        found[path] = {
            "preactivation_ms": (z**2).mean().item(),
            "gradient_rms": (kept[name].grad.double() ** 2).mean().sqrt().item(),
        }
        if weight is not None:
            found[path]["weight_gradient_var"] = weight.grad.double().var(correction=0).item()
    return found


def own_weight(module: nn.Module) -> Tensor | None:
    weight = getattr(module, "weight", None)
    return weight if isinstance(weight, Tensor) and weight.dim() > 1 else None
