"""The ways back of a worker's runs: to show a step of before, also in slow motion, or to go on from it another way."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from functools import partial
from typing import Any, Protocol

from engine import RunSpec, SpecError, Trainer
from viz.workers.train.past import Past
from viz.workers.train.scheduler import Scheduler
from viz.workers.train.training import Said, Training

ORDERS = ("look", "slow", "branch")
Order = dict[str, Any]


class Works(Protocol):
    """What is asked of the worker whose runs go back."""

    @property
    def scheduler(self) -> Scheduler: ...
    @property
    def trainings(self) -> dict[str, Training]: ...
    @property
    def builders(self) -> Executor: ...
    def obey(self, order: Order) -> None: ...
    def play(self, token: str, training: Training, order: Order) -> None: ...
    def rest(self, token: str, training: Training) -> None: ...
    def fail(self, token: str, error: Exception) -> None: ...
    def tell(self, token: str, said: Iterable[Said]) -> None: ...
    def say(self, token: str, header: dict[str, Any]) -> None: ...


class Backwards:
    """By run, the way that is under way, and of those that go on from its end the orders that came meanwhile."""

    def __init__(self, worker: Works) -> None:
        self.worker = worker
        self.ways: dict[str, Past] = {}
        self.held: dict[str, list[Order]] = {}

    @property
    def is_ready(self) -> bool:
        """Whether there is something to do now."""
        return any(way.is_ready for way in self.ways.values())

    def look(self, token: str, training: Training, order: Order) -> None:
        """Show a step of before, and what the net saw then; a newer wish takes the older one's place, None any's."""
        self.ways.pop(token, None)
        if (step := order["step"]) is not None:
            then = partial(training.moment, sees=order.get("sees", False), layer=order.get("layer"))
            self.ways[token] = Past(training, step, self.worker.builders, then)

    def slow(self, token: str, training: Training, order: Order) -> None:
        """Take a step of before once more, and tell what happens in it."""
        self.ways[token] = Past(training, order["step"] - 1, self.worker.builders, training.slowly)

    def branch(self, token: str, training: Training, order: Order) -> None:
        """Go on from a step of before with other settings: what else is ordered waits until it stands there."""
        spec = RunSpec.from_dict(order["spec"])
        self.worker.scheduler.stop(token)
        self.held[token] = []
        then = partial(self._go_on, token, training, spec, order["play"])
        self.ways[token] = Past(training, order["step"], self.worker.builders, then)

    def advance(self) -> None:
        """A piece of a way; who waited longest comes first."""
        worker = self.worker
        token = next((token for token, way in self.ways.items() if way.is_ready), None)
        if token is None:
            return
        way = self.ways.pop(token)
        try:
            said, seconds = way.advance(alone=len(worker.scheduler) == 0)
            worker.scheduler.charge(token, seconds)
            worker.tell(token, said)
        except SpecError as error:
            worker.say(token, {"say": "notice", "level": "error", "text": error.sentence})
            if token in self.held:
                worker.rest(token, worker.trainings[token])
                self._obey_held(token)
        except Exception as error:
            worker.fail(token, error)
        else:
            if not way.over:
                self.ways[token] = way

    def leave(self, token: str) -> None:
        """This run is trained here no more."""
        self.ways.pop(token, None)
        self.held.pop(token, None)

    def _go_on(
        self, token: str, training: Training, spec: RunSpec, play: bool, past: Trainer
    ) -> Iterator[Said]:
        """The run is now this copy of it."""
        yield from training.branch(past, spec)
        if play and not past.diverged:
            self.worker.play(token, training, {})
        else:
            self.worker.rest(token, training)
        self._obey_held(token)

    def _obey_held(self, token: str) -> None:
        for order in self.held.pop(token, []):
            self.worker.obey(order)
