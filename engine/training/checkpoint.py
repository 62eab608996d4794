"""A run at one moment, exactly; and a trail of such moments, to go back to."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

import torch
from torch import Tensor, nn

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

    @property
    def size(self) -> int:
        """Bytes of its tensors."""
        tables = [self.model, *self.optimizer, self.batches, {"noise": self.noise}]
        tensors = (value for table in tables for value in table.values() if isinstance(value, Tensor))
        return sum(tensor.nbytes for tensor in tensors)


class Trail:
    """Moments of one run, `stride` steps apart; the stride doubles whenever they outgrow `limit` bytes."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit, self.stride = limit, FIRST_STRIDE
        self.moments: dict[int, Moment] = {}
        self._size = 0

    def follow(self, run: Run) -> None:
        """Keep the run as it is, where a moment is due."""
        if run.steps % self.stride == 0:
            self.keep(Moment.of(run))

    def keep(self, moment: Moment) -> None:
        """Keep this moment, until its turn comes to make room."""
        if moment.steps not in self.moments:
            self._size += moment.size
        self.moments[moment.steps] = moment
        while self._size > self.limit and self.moments:
            self.stride *= 2
            self.moments = {steps: each for steps, each in self.moments.items() if steps % self.stride == 0}
            self._size = sum(each.size for each in self.moments.values())

    def before(self, step: int) -> Moment | None:
        """The last moment before that step; None where the way back leads to the start."""
        return self.moments.get(max((steps for steps in self.moments if steps < step), default=0))

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
