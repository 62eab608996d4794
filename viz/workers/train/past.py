"""A step of a run that nobody holds any more, computed anew beside the training, a slice at a time."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor

from engine import Trainer
from viz.workers.train.training import Said, Training

SLICE, SLICE_BESIDE_OTHERS = (
    0.05,
    0.008,
)  # seconds of it at a time, while nothing else trains and while something does
WORTH_SAYING = 0.3  # seconds, from which a page is told how long it will be
SAID_EVERY = 0.5


class Past:
    """The way to one step of a run, with what is told of it; before it is reached, how long that takes.

    `then(past)` is what follows where the way ends, with the copy of the run that stands at that step. The copy is made
    by the executor, for the weights of a large net take seconds to draw.
    """

    def __init__(
        self,
        training: Training,
        step: int,
        builders: Executor,
        then: Callable[[Trainer], Iterable[Said]],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.step, self.then, self.clock = step, then, clock
        self.way = training.trainer.walk(step)
        self.born = builders.submit(next, self.way)
        self.begun: tuple[float, int] | None = None
        self.said = 0.0
        self.over = False

    @property
    def is_ready(self) -> bool:
        """Whether there is something to do now."""
        return self.born.done()

    def advance(self, alone: bool) -> tuple[Iterable[Said], float]:
        """Some steps of the way: what to tell, and the seconds they took. Whatever the engine refuses is raised."""
        began = self.clock()
        past = self.born.result()
        self.begun = self.begun or (began, past.steps)
        for past in self.way:  # noqa: B007
            if self.clock() - began > (SLICE if alone else SLICE_BESIDE_OTHERS):
                break
        else:
            self.over = True
            return self.then(past), self.clock() - began
        return self._left(past.steps), self.clock() - began

    def _left(self, steps: int) -> list[Said]:
        """How long it still takes, where that is worth a word."""
        assert self.begun
        now, (began, first) = self.clock(), self.begun
        left = (now - began) * (self.step - steps) / max(1, steps - first)
        if now < self.said + SAID_EVERY or (not self.said and left < WORTH_SAYING):
            return []
        self.said = now
        return [({"say": "looking", "step": self.step, "left": round(left, 1)}, b"")]
