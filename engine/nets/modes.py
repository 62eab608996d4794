"""A net in its two modes, training and inference, looked at without changing it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from engine.nets.losses import loss_of

FLAT = 1e-4  # standard deviation over samples below which batch norm, whose output has 1, had only noise to scale


@contextmanager
def inference(model: nn.Module, *but: type[nn.Module]) -> Iterator[None]:
    """Within, all modules are in inference mode but those of the given kinds; no gradients, and nothing is updated.

        with inference(net): ...                  # batch norm by its running statistics, dropout off
        with inference(net, nn.BatchNorm1d): ...  # batch norm by the statistics of the batch it sees
        with inference(net, nn.Dropout): ...      # masks, drawn from torch's global generator

    Afterwards every module is in the mode it was in before.
    """
    modules = list(model.modules())
    modes = [module.training for module in modules]
    norms = [module for module in modules if isinstance(module, nn.BatchNorm1d)]
    for module in modules:
        module.training = isinstance(module, but)
    for norm in norms:
        # without them, a norm in training mode uses the batch's statistics and updates nothing
        norm.track_running_stats = not norm.training
    try:
        with torch.no_grad():
            yield
    finally:
        for norm in norms:
            norm.track_running_stats = True
        for module, mode in zip(modules, modes, strict=True):
            module.training = mode


def leaves(model: nn.Module) -> dict[str, nn.Module]:
    """The modules that hold no others, by the last part of their names."""
    found = model.named_modules()
    return {name.rpartition(".")[2]: module for name, module in found if not any(module.children())}


def along(model: nn.Module, x: Tensor) -> list[tuple[str, Tensor, Tensor]]:
    """(name, what enters, what leaves) of each of the model's leaves, in the order data flows."""
    seen: list[tuple[str, Tensor, Tensor]] = []

    def watch(name: str, module: nn.Module) -> RemovableHandle:
        return module.register_forward_hook(lambda _, inputs, out: seen.append((name, inputs[0], out)))

    handles = [watch(name, module) for name, module in leaves(model).items()]
    try:
        model(x)
    finally:
        for handle in handles:
            handle.remove()
    return seen


def outputs(model: nn.Module, x: Tensor, kind: type[nn.Module]) -> list[Tensor]:
    """What leaves each module of a kind, and last what leaves the net."""
    modules, seen = leaves(model), along(model, x)
    return [out for name, _, out in seen if isinstance(modules[name], kind)] + [seen[-1][2]]


def judged(model: nn.Module, x: Tensor, y: Tensor) -> tuple[float, float]:
    """(mean loss, accuracy) of a net on samples, in the mode that it is in; NaN where nothing is right or wrong."""
    loss, out = loss_of(model).of(model, x, y)
    return loss.item(), loss_of(model).accuracy(out, y)


def relative_rms(there: Tensor, here: Tensor) -> float:
    """rms(there - here) / rms(here): how far two outputs lie apart, in units of the second's size. 0/0 is 0."""
    apart, size = (there - here).double().norm().item(), here.double().norm().item()
    return apart / size if size else (0.0 if apart == 0 else float("inf"))


def gap_of_norms(there: Tensor, here: Tensor) -> float:
    """The relative rms of two outputs of batch norm, [B, units]; NaN where the second has no spread to compare with.

    What is the same for every sample comes out of batch norm as its rounding: the ratio would be one of noise.
    """
    unlike = here.double().var(dim=0, correction=0).mean().sqrt()
    return relative_rms(there, here) if unlike >= FLAT else float("nan")


def spread(values: Tensor) -> Sequence[float]:
    """(10th percentile, mean, 90th percentile) over units."""
    values = values.detach().double().flatten()
    low, high = torch.quantile(values, values.new_tensor([0.1, 0.9])).tolist()
    return low, values.mean().item(), high
