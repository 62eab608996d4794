"""When a run's checkpoint is written, and what its page is told when none can be."""

import errno
import time
from collections.abc import Callable
from typing import Any

from engine import RunSpec, Trainer
from engine.tables.wording import Sentence
from engine.training.checkpoint import FIRST_STRIDE
from viz.wire.checkpoints import LARGEST, Checkpoints, moments

EVERY = 1.0  # seconds of play between two checkpoints at least
SHARE = 0.02  # of a run's time may go into writing them ...
SMALL, SMALL_EVERY = (
    1_000_000,
    1.5,
)  # ... but a net of so many parameters loses no more than this, whatever it takes
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)  # seconds after one that could not be written

Said = tuple[dict[str, Any], bytes]


class Keeping:
    """The checkpoints of one run, written while it trains. Nothing that the disk does ends the run."""

    def __init__(self, store: Checkpoints, clock: Callable[[], float] = time.perf_counter) -> None:
        self.store, self.clock = store, clock
        self.moments = moments(store, FIRST_STRIDE)
        self.next, self.failures = 0.0, 0

    def begin(self, trainer: Trainer) -> list[Said]:
        """The first checkpoint of a small net, whose first steps are as dear as any."""
        return self.save(trainer, 1)[0] if parameters(trainer) <= SMALL else []

    def save(self, trainer: Trainer, runs: int) -> tuple[list[Said], float]:
        """Write a checkpoint where one is due: what to tell, and the seconds it took.

        `runs`: how many share this process.
        """
        began = self.clock()
        if began < self.next or size(trainer) > LARGEST:
            return [], 0.0
        try:
            self.store.keep(trainer.steps, trainer.checkpoint(), beside=self.moments.size)
        except OSError as error:
            return self._fail(error), self.clock() - began
        seconds = self.clock() - began
        wait = max(EVERY, seconds * runs / SHARE)
        self.next = began + (min(wait, SMALL_EVERY) if parameters(trainer) <= SMALL else wait)
        recovered, self.failures = self.failures > 0, 0
        return ([told(Sentence("This run can be resumed again."), "info")] if recovered else []), seconds

    def _fail(self, error: OSError) -> list[Said]:
        """Try again, later and later; the page hears of it once."""
        self.next = self.clock() + PAUSES[min(self.failures, len(PAUSES) - 1)]
        self.failures += 1
        return (
            [told(Sentence("This run cannot be resumed: {why}.", why=reason(error)))]
            if self.failures == 1
            else []
        )

    def hand_over(self, trainer: Trainer) -> bool:
        """Write one now, for another process to go on from, with its past; False when that is not possible."""
        self.next = 0.0
        self.save(trainer, 1)
        trainer.trail.put_away()
        return self.store.steps()[-1:] == [trainer.steps]

    def go_back(self, trainer: Trainer) -> None:
        """The run is this trainer's from now on: what was kept of later steps is no longer its past."""
        self.store.forget_after(trainer.steps)
        self.moments.forget_after(trainer.steps)
        trainer.trail.far = self.moments
        self.next = 0.0

    def restore(self, spec: RunSpec) -> tuple[Trainer | None, list[Said]]:
        """The run as its newest checkpoint has it, with the spec as it is now; None when none can be read."""
        steps = self.store.steps()
        for step in reversed(steps):
            try:
                trainer = Trainer.restore(self.store.read(step))
            except Exception:  # swept away or damaged: the one before it is whole
                continue
            trainer.change(**trainer.spec.differences(spec))
            return trainer, []
        return None, [told(Sentence("The checkpoints of this run are gone: it starts from its first step."))]


def size(trainer: Trainer) -> int:
    """Bytes of a checkpoint without its history: weights, buffers and what the optimizer remembers."""
    kept = [*trainer.model.state_dict().values()]
    kept += [each for state in trainer.optimizer.state.values() for each in state.values()]
    return sum(each.numel() * each.element_size() for each in kept if hasattr(each, "numel"))


def parameters(trainer: Trainer) -> int:
    """Weights and biases."""
    return sum(parameter.numel() for parameter in trainer.model.parameters())


def reason(error: OSError) -> str:
    """Why a checkpoint could not be written, without a word about this server's disk."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Sentence("no space left for its checkpoint")
    why = (error.strerror or "").lower() or Sentence("the disk refuses")
    return Sentence("its checkpoint cannot be written ({why})", why=why)


def told(words: str, level: str = "warning") -> Said:
    """A sentence for the page."""
    return {"say": "notice", "level": level, "text": words}, b""
