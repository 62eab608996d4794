"""A run at one moment, exactly; and a trail of such moments, to go back to."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from engine.measure.frame import Frame
from engine.spec import RunSpec
from engine.training.batches import Batches
from engine.training.running_optimizer import learned, recall

FIRST_STRIDE = 50  # steps
LIMIT = 16_000_000  # bytes of a trail


class Run(Protocol):
    """What a moment is taken of: all that decides the steps still to come, the data aside."""

    spec: RunSpec
    steps: int
    parameters: list[nn.Parameter]
    optimizer: torch.optim.Optimizer
    batches: Batches
    noise: Tensor

    @property
    def model(self) -> nn.Module: ...


@dataclass(frozen=True, eq=False)
class Moment:
    """A run after `steps` steps, shared with nobody. noise: the state of the generator of dropout and RReLU."""

    spec: RunSpec
    steps: int
    model: dict[str, Tensor]
    optimizer: list[dict[str, Any]]
    batches: dict[str, Any]
    noise: Tensor

    @classmethod
    def of(cls, run: Run) -> "Moment":
        """The run as it is now."""
        return cls(
            spec=run.spec,
            steps=run.steps,
            model=_copied(run.model.state_dict()),
            optimizer=[_copied(state) for state in learned(run.optimizer, run.parameters)],
            batches=run.batches.state(),
            noise=run.noise,
        )

    def return_to(self, run: Run) -> None:
        """Bring a run of the same spec to this moment, to the bit."""
        run.steps = self.steps
        run.model.load_state_dict(self.model)
        recall(run.optimizer, run.parameters, [_copied(state) for state in self.optimizer])
        run.batches.restore(self.batches)
        run.noise = self.noise

    def to_dict(self) -> dict[str, Any]:
        """Tensors and plain values, by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)} | {
            "spec": self.spec.to_dict()
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> "Moment":
        """The moment whose `to_dict` this is."""
        return cls(**{**saved, "spec": RunSpec.from_dict(saved["spec"])})

    def to_bytes(self) -> bytes:
        """The moment as a file's bytes; `from_bytes` gives it back."""
        buffer = io.BytesIO()
        torch.save(self.to_dict(), buffer)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Moment":
        """The moment whose `to_bytes` this is. Nothing in it is ever executed (torch.load with weights_only)."""
        return cls.from_dict(torch.load(io.BytesIO(data), weights_only=True))

    @property
    def size(self) -> int:
        """Bytes of its tensors."""
        tables = [self.model, *self.optimizer, self.batches, {"noise": self.noise}]
        tensors = (value for table in tables for value in table.values() if isinstance(value, Tensor))
        return sum(tensor.nbytes for tensor in tensors)


class Far(Protocol):
    """Where moments go for which memory has no room, each by its step: a folder, say. It too may thin them out."""

    stride: int

    def keep(self, step: int, moment: bytes) -> None: ...

    def before(self, step: int) -> int:
        """The last step before this one that it has; 0 where it has none."""

    def read(self, step: int) -> bytes | None:
        """The moment of that step, None where it cannot be had."""


class Trail:
    """Moments of one run, `stride` steps apart; the stride doubles whenever they outgrow `limit` bytes.

    far: where those go then; None: they are forgotten. near: one more moment, shortly before a step that was looked at.
    """

    def __init__(self, limit: int = LIMIT, far: Far | None = None) -> None:
        self.limit, self.far, self.stride = limit, far, FIRST_STRIDE
        self.near: Moment | None = None
        self.moments: dict[int, Moment] = {}
        self._size = 0

    def follow(self, run: Run) -> None:
        """Keep the run as it is, where a moment is due."""
        if run.steps % self.stride == 0:
            self.keep(Moment.of(run))
        elif self.far and run.steps % max(self.far.stride, FIRST_STRIDE) == 0:
            self.far.keep(run.steps, Moment.of(run).to_bytes())

    def keep(self, moment: Moment) -> None:
        """Keep this moment, until its turn comes to make room."""
        if moment.steps not in self.moments:
            self._size += moment.size
        self.moments[moment.steps] = moment
        while self._size > self.limit and self.moments:
            self.stride *= 2
            self.put_away([steps for steps in self.moments if steps % self.stride])
            self.moments = {steps: each for steps, each in self.moments.items() if steps % self.stride == 0}
            self._size = sum(each.size for each in self.moments.values())

    def put_away(self, steps: Iterable[int] | None = None) -> None:
        """Hand these moments, or all, over to where there is more room."""
        for each in self.moments if steps is None else steps:
            if self.far and each % self.far.stride == 0:
                self.far.keep(each, self.moments[each].to_bytes())

    def before(self, step: int) -> Moment | None:
        """The last moment before that step; None where the way back leads to the start."""
        held = [*self.moments.values(), *([self.near] if self.near else [])]
        last = max((each for each in held if each.steps < step), key=lambda each: each.steps, default=None)
        while self.far and (far := self.far.before(step)) > (last.steps if last else 0):
            if data := self.far.read(far):
                return Moment.from_bytes(data)
        return last

    def until(self, step: int) -> "Trail":
        """The trail as far as that step; the moments are shared, which nobody changes."""
        earlier = Trail(self.limit)
        earlier.stride = self.stride
        earlier.moments = {steps: moment for steps, moment in self.moments.items() if steps <= step}
        earlier._size = sum(moment.size for moment in earlier.moments.values())
        return earlier


def _copied(table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.detach().clone() if isinstance(value, Tensor) else value for name, value in table.items()
    }


def plain_frame(frame: Frame) -> dict[str, Any]:
    """A frame's fields as `torch.load` takes them with weights_only: tensors for arrays. `frame_of` gives it back."""
    return {
        name: torch.as_tensor(value) if isinstance(value, np.ndarray) else value
        for name, value in vars(frame).items()
    }


def frame_of(saved: Mapping[str, Any]) -> Frame:
    """The frame whose `plain_frame` this is."""
    fields: dict[str, Any] = {
        name: value.numpy() if isinstance(value, Tensor) else value for name, value in saved.items()
    }
    return Frame(**fields)
