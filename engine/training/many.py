"""Small nets trained together: their matrices stacked, so that one call moves them all.

One net of 5x16 keeps a processor waiting for Python; a hundred and twenty-eight of them in one batch do not.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm
from torch.nn.utils import clip_grad_value_

from engine.nets.maxout import Maxout
from engine.training.running_optimizer import build_optimizer, keep_pace
from engine.training.trainer import Trainer

AHEAD = 2**19  # rows drawn beforehand at most, of all nets: 4 MB
Layer = Callable[[Tensor], Tensor]
"""What a layer does to all nets' samples: [nets, batch, fan_in] -> [nets, batch, fan_out]."""


class Many:
    """Runs that differ in their seed or their samples alone, a step of all of them at a time.

    Every net has the weights, the batches and the data that its own Trainer gives it, so the numbers are a Trainer's
    but for the order of additions. `give_back` brings the trained weights to the trainers, which then can be
    evaluated; a trainer's own optimizer knows nothing of these steps. Raises ValueError where `refusal` has words.

    diverged_at [nets]: the step at which a net's loss or a gradient was not finite, -1 before.
    """

    def __init__(self, trainers: Sequence[Trainer]) -> None:
        if words := refusal(trainers):
            raise ValueError(words)
        self.trainers = list(trainers)
        self.spec = trainers[0].spec
        self.steps = 0
        self.diverged_at = [-1] * len(trainers)
        self._parts: list[tuple[Tensor, Sequence[Tensor]]] = []
        self._loss = trainers[0].model.loss
        self._layers = [self._stacked(modules) for modules in zip(*(t.model for t in trainers), strict=True)]
        if self._loss.ahead:
            self._layers.pop()
        self.parameters = [stacked for stacked, _ in self._parts if isinstance(stacked, nn.Parameter)]
        self.optimizer = build_optimizer(self.spec, self.parameters)
        self._x, self._y, self._starts = _pooled(trainers)
        self._ahead: deque[Tensor] = deque()

    def step(self) -> None:
        """One optimizer step of every net."""
        keep_pace(self.optimizer, self.spec, self.steps)
        x, y = self._batch()
        for parameter in self.parameters:
            parameter.grad = None
        for layer in self._layers:
            x = layer(x)
        losses = self._loss.each(x.flatten(0, 1), y.flatten()).view(y.shape).mean(1)
        losses.sum().backward()
        self.steps += 1
        self._note_divergence(losses.detach())
        self._clip()
        self.optimizer.step()

    def give_back(self) -> None:
        """Write every net's weights and statistics into its own trainer."""
        with torch.no_grad():
            for stacked, single in self._parts:
                for part, own in zip(stacked.view(len(single), *single[0].shape), single, strict=True):
                    own.copy_(part)

    def _batch(self) -> tuple[Tensor, Tensor]:
        if not self._ahead:
            self._ahead = deque(self._drawn())
        rows = self._ahead.popleft()
        flat = rows.flatten()
        x = self._x.index_select(0, flat).view(*rows.shape, self._x.shape[1])
        return x, self._y.index_select(0, flat).view(rows.shape)

    def _drawn(self) -> Tensor:
        """The pool's rows in all nets' next batches, [batches, nets, size]: one call for several steps."""
        batches = self.trainers[0].batches
        count = max(AHEAD // (len(self.trainers) * (batches.size or batches.samples)), 1)
        pairs = zip(self.trainers, self._starts, strict=True)
        return torch.stack([start + each.batches.draw_several(count) for each, start in pairs], dim=1)

    def _clip(self) -> None:
        if self.spec.clip == "value":
            clip_grad_value_(self.parameters, self.spec.clip_threshold)
        elif self.spec.clip == "norm":
            squares = torch.stack([gradient.double().square().sum(1) for gradient in self._gradients()])
            factors = (self.spec.clip_threshold / (squares.sum(0).sqrt() + 1e-6)).clamp(max=1.0)
            for gradient in self._gradients():
                gradient.mul_(factors[:, None].to(gradient.dtype))

    def _note_divergence(self, losses: Tensor) -> None:
        gradients = list(self._gradients())
        sizes = [losses.sum(), *torch._foreach_norm(gradients)]
        if torch.stack(sizes).sum().isfinite():
            return
        # finite times 0 is 0, and NaN or inf times 0 is NaN: one sum tells
        total = losses * 0
        for gradient in gradients:
            total = total + (gradient * 0).sum(1)
        for k in total.isnan().nonzero().flatten().tolist():
            if self.diverged_at[k] < 0:
                self.diverged_at[k] = self.steps

    def _gradients(self) -> Iterator[Tensor]:
        """Of each parameter, [nets, numbers]."""
        for parameter in self.parameters:
            if parameter.grad is not None:
                yield parameter.grad.view(len(self.trainers), -1)

    def _stacked(self, modules: Sequence[nn.Module]) -> Layer:
        """One layer of all nets."""
        first = modules[0]
        if isinstance(first, nn.Linear):
            weights = self._own(modules, "weight")
            biases = self._own(modules, "bias")
            return lambda x: torch.baddbmm(biases[:, None], x, weights.transpose(1, 2))
        if isinstance(first, nn.BatchNorm1d):
            return self._batch_norm(modules, first)
        if isinstance(first, nn.PReLU):
            slopes = self._own(modules, "weight")
            return lambda x: torch.where(x > 0, x, slopes[:, :, None] * x)
        if isinstance(first, Maxout):
            return lambda x: x.view(*x.shape[:2], first.pieces, -1).amax(2)
        return deepcopy(first)

    def _batch_norm(self, modules: Sequence[nn.Module], first: nn.BatchNorm1d) -> Layer:
        """All nets' units side by side: to batch norm they are so many more units."""
        gain, shift = self._own(modules, "weight"), self._own(modules, "bias")
        single = [[module.get_buffer(name) for module in modules] for name in ("running_mean", "running_var")]
        mean, var = map(torch.stack, single)
        self._parts += zip((mean, var), single, strict=True)
        momentum = 0.0 if first.momentum is None else first.momentum

        def normalized(x: Tensor) -> Tensor:
            nets, batch, units = x.shape
            beside = x.transpose(0, 1).reshape(batch, nets * units)
            out = batch_norm(
                beside,
                mean.view(-1),
                var.view(-1),
                gain.view(-1),
                shift.view(-1),
                True,
                momentum,
                first.eps,
            )
            return out.view(batch, nets, units).transpose(0, 1)

        return normalized

    def _own(self, modules: Sequence[nn.Module], name: str) -> nn.Parameter:
        parts = [module.get_parameter(name) for module in modules]
        stacked = nn.Parameter(torch.stack([part.detach() for part in parts]))
        self._parts.append((stacked, parts))
        return stacked


def refusal(trainers: Sequence[Trainer]) -> str | None:
    """Why these runs cannot be trained together, in words; None when they can."""
    spec = trainers[0].spec
    if any(trainer.spec.replace(seed=spec.seed) != spec for trainer in trainers):
        return "these runs differ in more than their seed"
    if len({trainer.batches.size or trainer.batches.samples for trainer in trainers}) > 1:
        return "these runs have batches of different sizes"
    if any(trainer.steps for trainer in trainers):
        return "a run that has begun keeps its own optimizer"
    for module in _leaves(trainers):
        if not isinstance(module, (nn.Linear, nn.BatchNorm1d, nn.PReLU, Maxout)) and not _is_plain(module):
            return f"{type(module).__name__} is not known to work on many nets at once"
    return None


def _leaves(trainers: Sequence[Trainer]) -> Iterator[nn.Module]:
    yield from trainers[0].model


def _is_plain(module: nn.Module) -> bool:
    """Whether it is an activation that draws nothing and learns nothing: each number by itself."""
    elementwise = type(module).__module__ == "torch.nn.modules.activation" or isinstance(module, nn.Identity)
    return elementwise and not isinstance(module, nn.RReLU) and not any(module.parameters())


def _pooled(trainers: Sequence[Trainer]) -> tuple[Tensor, Tensor, list[int]]:
    """All training samples one below the other, each data set once, and where each net's begin."""
    sets = {id(trainer.data.train_x): trainer.data for trainer in trainers}
    begins, row = {}, 0
    for key, data in sets.items():
        begins[key] = row
        row += len(data.train_x)
    x = torch.cat([data.train_x for data in sets.values()])
    y = torch.cat([data.train_y for data in sets.values()])
    return x, y, [begins[id(trainer.data.train_x)] for trainer in trainers]
