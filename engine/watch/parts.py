"""What a frame sees beside the layers: norms, the residual stream past its blocks, and where attention looks."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from engine.measure.passes import shown
from engine.measure.paths import plain_path
from engine.measure.roles import is_norm
from engine.watch.gates import flat_gates

QUERIES = 64  # of each head, at most, whose attention is taken anew


class PartHooks:
    """Hooks on norms, blocks and attentions, for a frame's pass. `seen`: kind -> path -> column -> value.

    norm: "entering" and "leaving" (rms), "gain" (rms of its weights), and of batch norm "samples", the values
    that a channel's statistics are taken from. stream: "before" and "after" a block (rms), and
    "written" (rms of what the block adds, over "before"). attention: "entropy" of a query's weights over that of
    equal ones, and "on_one", the largest weight, both means over queries and heads. gates: "flat", the share of its
    values that are flat in that gate of a recurrent cell that has least of them.
    """

    def __init__(self, model: nn.Module, last_layer: Callable[[], str] = str) -> None:
        self._last_layer = last_layer
        named = {module: plain_path(name) for name, module in model.named_modules()}
        self._paths = named
        self._norms = [module for module in named if is_norm(module)]
        self._cells = [module for module in named if isinstance(module, nn.RNNBase)]
        self._blocks = [block for stack in named if (blocks := blocks_of(stack)) for block in blocks]
        attentions = (module for module in named if isinstance(module, nn.MultiheadAttention))
        self._of_weight = {module.out_proj.weight: named[module] for module in attentions}
        self.seen: dict[str, dict[str, dict[str, float]]] = {}

    @property
    def heard(self) -> dict[str, Callable[[tuple, dict], None]]:
        """What a `Probe` is to tell of: attention that is called as a function."""
        return {
            "scaled_dot_product_attention": self._attends,
            "multi_head_attention_forward": self._attends_by_module,
        }

    def attach(self) -> None:
        """Install the hooks."""
        for module, hook in self._hooks():
            module._forward_hooks[hook] = hook  # type: ignore[index]

    def detach(self) -> None:
        """Remove them."""
        for module, hook in self._hooks():
            module._forward_hooks.pop(hook, None)  # type: ignore[call-overload]

    def _hooks(self) -> Iterator[tuple[nn.Module, Callable]]:
        yield from ((module, self._normalizes) for module in self._norms)
        yield from ((module, self._writes) for module in self._blocks)
        yield from ((module, self._remembers) for module in self._cells)

    def begin(self) -> None:
        """A new pass: what was seen is forgotten."""
        self.seen = {}

    def _keep(self, kind: str, path: str, **columns: float) -> None:
        self.seen.setdefault(kind, {})[path] = columns

    def _normalizes(self, module: nn.Module, inputs: tuple, output: Any) -> None:
        x, out, gain = shown(inputs), shown(output), getattr(module, "weight", None)
        if x is None or out is None or torch.compiler.is_compiling():
            return
        size = size_of(gain) if isinstance(gain, Tensor) else math.nan
        samples = {}
        if isinstance(module, _BatchNorm) and (module.training or module.running_mean is None):
            samples["samples"] = x.numel() / max(x.shape[1], 1)
        self._keep(
            "norm", self._paths[module], entering=size_of(x), leaving=size_of(out), gain=size, **samples
        )

    def _writes(self, module: nn.Module, inputs: tuple, output: Any) -> None:
        x, out = shown(inputs), shown(output)
        if x is None or out is None or x.shape != out.shape or torch.compiler.is_compiling():
            return
        before = size_of(x)
        written = size_of(out.detach() - x.detach()) / before if before else math.nan
        self._keep("stream", self._paths[module], before=before, after=size_of(out), written=written)

    def _remembers(self, module: nn.Module, inputs: tuple, output: Any) -> None:
        if torch.compiler.is_compiling() or not isinstance(module, nn.RNNBase):
            return
        with torch.no_grad():
            for name, flat in flat_gates(module, inputs, output):
                path = self._paths[module]
                self._keep("gates", f"{path}.{name}" if path else name, flat=flat)

    def _attends(self, args: tuple, options: dict) -> None:
        given = dict(
            zip(("query", "key", "value", "attn_mask", "dropout_p", "is_causal", "scale"), args, strict=False)
        )
        given |= options
        path = self._last_layer().rpartition(".")[0] or "attention"
        causal = bool(given.get("is_causal"))
        self._attention(
            path, given["query"], given["key"], given.get("attn_mask"), causal, given.get("scale")
        )

    def _attends_by_module(self, args: tuple, options: dict) -> None:
        query, key, _, width, heads, weight, bias = args[:7]
        path = self._of_weight.get(args[11])
        if path is None or weight is None:
            return
        with torch.no_grad():
            ways = zip(
                (query, key), weight.chunk(3), bias.chunk(3) if bias is not None else [None] * 3, strict=False
            )
            # [positions, samples, width] -> [samples, heads, positions, width of a head]
            parts = (nn.functional.linear(x.detach(), w, b) for x, w, b in ways)
            query, key = (
                part.reshape(len(part), -1, heads, width // heads).permute(1, 2, 0, 3) for part in parts
            )
        mask, padding = options.get("attn_mask"), options.get("key_padding_mask")
        if mask is not None and mask.dim() == 3:
            mask = mask.unflatten(0, (-1, heads))
        if padding is not None:
            hidden = padding[:, None, None, :]
            hidden = ~hidden if hidden.dtype == torch.bool else hidden
            mask = hidden if mask is None else None
        if mask is not None and mask.dtype == torch.bool and padding is None:
            mask = ~mask  # here True is what must not be seen
        self._attention(path, query, key, mask, mask is None and bool(options.get("is_causal")), None)

    def _attention(
        self, path: str, query: Tensor, key: Tensor, mask: Tensor | None, causal: bool, scale: float | None
    ) -> None:
        """Entropy and largest weight of softmax(query key / sqrt(width)), [..., heads, positions, width]."""
        with torch.no_grad():
            query, key = query.detach().float(), key.detach().float()
            places = torch.linspace(0, query.shape[-2] - 1, min(query.shape[-2], QUERIES)).long()
            chosen = query[..., places, :]
            if key.dim() > 2 and key.shape[-3] != chosen.shape[-3]:  # heads share their keys
                key = key.repeat_interleave(chosen.shape[-3] // key.shape[-3], -3)
            scores = chosen @ key.transpose(-1, -2) * (scale or 1 / math.sqrt(query.shape[-1]))
            allowed = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool, device=key.device)
            if causal:
                allowed = allowed.tril()
            scores = scores.masked_fill(~allowed[places], -math.inf)
            if mask is not None:
                part = mask.expand(*mask.shape[:-2], query.shape[-2], key.shape[-2])[..., places, :]
                scores = scores.masked_fill(~part, -math.inf) if part.dtype == torch.bool else scores + part
            weights = scores.softmax(-1)
            several = (scores > -math.inf).sum(-1)
            entropy = torch.special.entr(weights).sum(-1) / several.clamp(min=2).log()
            told = several > 1  # who may look at one token only has no choice
            if told.any():
                on_one = weights.amax(-1)[told].mean().item()
                self._keep("attention", path, entropy=entropy[told].mean().item(), on_one=on_one)


def blocks_of(stack: nn.Module) -> list[nn.Module]:
    """The modules of a stack that holds several of one kind, one after another, each of several parts."""
    if not isinstance(stack, nn.ModuleList | nn.Sequential) or len(stack) < 2:
        return []
    blocks = list(stack)
    alike = len({type(block) for block in blocks}) == 1
    return blocks if alike and all(any(block.children()) for block in blocks) else []


def size_of(x: Tensor) -> float:
    """Root mean square, taken in double precision."""
    return torch.linalg.vector_norm(x.detach(), dtype=torch.float64).item() / math.sqrt(max(x.numel(), 1))
