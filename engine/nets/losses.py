"""What a net's outputs are held against: its loss, and the share that is right."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Loss:
    """The loss of a net over samples, a mean over them and over the outputs that each is compared in.

    kind: "cross_entropy" takes the outputs [samples, classes] as logits, with labels [samples]; "mse" and "bce" compare
    every output with a target: 1 for the label's and 0 for the others; with a single output the label itself, taken for
    a number; with 0 classes the numbers, [samples]. ahead: what enters the net's last activation, a sigmoid, is at
    hand, and bce is taken from there, where it neither overflows nor loses digits.
    """

    kind: str = "cross_entropy"
    classes: int = 0
    outputs: int = 0
    ahead: bool = False

    def of(self, model: nn.Module, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """The loss of a net on samples, and its outputs."""
        if self.ahead:
            z, out = model(x, ahead=True)
            return functional.binary_cross_entropy_with_logits(z, self.targets(z, y)), out
        out = model(x)
        return self(out, y), out

    def __call__(self, out: Tensor, y: Tensor) -> Tensor:
        """The loss of what leaves the net."""
        if self.kind == "cross_entropy":
            return functional.cross_entropy(out, y)
        return COMPARED[self.kind](out, self.targets(out, y))

    def each(self, out: Tensor, y: Tensor) -> Tensor:
        """The loss sample by sample, [samples]; where it is taken `ahead`, of what enters the last activation."""
        if self.kind == "cross_entropy":
            return functional.cross_entropy(out, y, reduction="none")
        compare = functional.binary_cross_entropy_with_logits if self.ahead else COMPARED[self.kind]
        return compare(out, self.targets(out, y), reduction="none").mean(1)

    def targets(self, out: Tensor, y: Tensor) -> Tensor:
        """What each output should be, [samples, outputs]."""
        if self.classes == 0 or self.outputs == 1:
            return y.to(out.dtype)[:, None]
        return functional.one_hot(y, self.classes).to(out.dtype)

    def answer(self, out: Tensor) -> Tensor:
        """The label that each sample is given, [samples]: that of the largest output, or the one nearest to it."""
        return nearest_label(out[:, 0], self.classes) if self.outputs == 1 else out.argmax(1)

    def probability(self, out: Tensor) -> Tensor:
        """The probability that the net gives its answer, [samples]; NaN where its outputs are none, under mse."""
        if self.kind == "cross_entropy":
            return out.softmax(1).amax(1)
        if self.kind == "bce":
            return torch.maximum(out, 1 - out)[:, 0] if self.outputs == 1 else out.amax(1)
        return torch.full_like(out[:, 0], math.nan)

    def right(self, out: Tensor, y: Tensor) -> Tensor:
        """Whether each sample is answered right, [samples] bool."""
        return self.answer(out) == y

    def accuracy(self, out: Tensor, y: Tensor) -> float:
        """The share that is right; NaN where targets are numbers."""
        return self.right(out, y).count_nonzero().item() / len(y) if self.has_classes else math.nan

    @property
    def has_classes(self) -> bool:
        """Whether an answer is right or wrong."""
        return self.kind == "cross_entropy" or self.classes > 0


def nearest_label(out: Tensor, classes: int) -> Tensor:
    """The label, 0 to classes - 1, that each number lies nearest to, [samples]; 1/2 lies at 0."""
    return (out - 0.5).ceil().clamp(0, max(classes - 1, 1))


COMPARED: dict[str, Callable[..., Tensor]] = {
    "mse": functional.mse_loss,
    "bce": functional.binary_cross_entropy,
}
"""Loss -> torch's, over outputs and targets of one shape."""

CROSS_ENTROPY = Loss()


def loss_of(model: nn.Module) -> Loss:
    """The loss that a net was made for; cross-entropy for one that says nothing."""
    found = getattr(model, "loss", None)
    return found if isinstance(found, Loss) else CROSS_ENTROPY
