"""Whose turn it is: one thread, many runs, fair between them. Steps are dropped before frames.

Each playing run is owed a frame every period; the one whose frame is overdue longest comes first. Between
frames the run that has had the least time takes plain steps, as long as one fits before the next frame.
A run whose frames are dear gets them less often, so that it takes no more than its share of the time; one that is alone
never waits for its next frame.
"""

import heapq
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

FEW = 3
PERIOD_OF_FEW, PERIOD = 0.05, 0.1
LONGEST_DEBT = 0.1
SHARE = 0.04  # of the time, at most, is what frames take more than plain steps, where a frame every `PERIOD` allows it


@dataclass
class Slot:
    """One playing run. Times are in seconds of the scheduler's clock."""

    key: str
    due: float
    next_step: float
    steps_per_second: float | None = None
    remaining: float = math.inf
    spent: float = 0.0
    room: float = math.inf
    steps: deque[float] = field(default_factory=lambda: deque(maxlen=3))
    work: deque[float] = field(default_factory=lambda: deque(maxlen=3))
    frames: deque[float] = field(default_factory=lambda: deque(maxlen=3))

    @property
    def frame_cost(self) -> float:
        """Seconds that a frame takes."""
        return _typical(self.frames)

    @property
    def step_cost(self) -> float:
        """Seconds that a plain step takes, as far as one is known."""
        return _typical(self.steps or self.frames)

    def pace(self, period: float) -> float:
        """Seconds between two frames: `period`, or so much more that they take no more than their share."""
        more = self.frame_cost - self.step_cost
        return max(period, min(more / SHARE, PERIOD))

    def frame_at(self) -> float:
        """When its next frame can be made: a step under way to its last is a frame at once."""
        return self.next_step if self.remaining == 1 else max(self.due, self.next_step)

    def wakes_at(self, now: float) -> float:
        """When it may take its next turn: a run held to a speed steps between its frames too."""
        return self.next_step if self.next_step > now else self.frame_at()


@dataclass(frozen=True)
class Turn:
    """One step of one run, measured and shown or plain."""

    key: str
    measure: bool


class Scheduler:
    """Runs by key; `turn` says what to do now, `spent` what it took."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self._slots: dict[str, Slot] = {}

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, key: str) -> bool:
        return key in self._slots

    @property
    def period(self) -> float:
        """Seconds between two frames of a run."""
        return PERIOD_OF_FEW if len(self._slots) <= FEW else PERIOD

    def play(self, key: str, steps_per_second: float | None = None, steps: float = math.inf) -> None:
        """Give a run turns, for so many steps, its first frame at once. No speed: as fast as is fair."""
        now = self.clock()
        self._slots[key] = Slot(key, now, now, steps_per_second, steps)

    def stop(self, key: str) -> None:
        """No more turns for this run."""
        self._slots.pop(key, None)

    def hurry(self, key: str) -> None:
        """The run's next frame is due now: something was changed."""
        if slot := self._slots.get(key):
            slot.due = slot.next_step = self.clock()

    def speed(self, key: str, steps_per_second: float | None) -> None:
        """Hold a playing run to this many steps a second, from now on."""
        if slot := self._slots.get(key):
            slot.steps_per_second = steps_per_second
            slot.due = slot.next_step = self.clock()

    def leash(self, key: str, steps: float) -> None:
        """Let a playing run take so many steps more, and wait then."""
        if slot := self._slots.get(key):
            slot.room = steps

    @property
    def _going(self) -> list[Slot]:
        return [slot for slot in self._slots.values() if slot.room > 0]

    def turn(self) -> Turn | None:
        """What to do now, or None when nothing is due: see `wait`."""
        going = self._going
        if not going:
            return None
        now = self.clock()
        first, *others = heapq.nsmallest(2, going, key=Slot.frame_at)
        if first.frame_at() <= now:
            return Turn(first.key, measure=True)
        for slot in sorted(going, key=lambda slot: slot.spent):
            # a slow step is a frame itself; what a plain one takes is only known once one was taken
            slow = slot.step_cost > self.period / (2 if slot.steps else 1)
            # only the others' frames are in its way; that of a run alone may come late by less than a step of it
            ahead = others if slot is first and (slow or not others) else [first]
            if slot.next_step <= now and all(now + slot.step_cost <= each.frame_at() for each in ahead):
                return Turn(slot.key, measure=slow)
        return None

    def wait(self) -> float | None:
        """Seconds until the next turn; None when nobody plays."""
        going = self._going
        if not going:
            return None
        now = self.clock()
        return max(0.0, min(slot.wakes_at(now) for slot in going) - now)

    def spent(self, turn: Turn, seconds: float, work: float | None = None) -> bool:
        """A turn took this long, and so much of a core. True at the last step that its run was asked for."""
        slot = self._slots.get(turn.key)
        if slot is None:
            return False
        now = self.clock()
        most = max(each.spent for each in self._slots.values())
        slot.spent = max(slot.spent + seconds, most - LONGEST_DEBT)
        slot.work.append(seconds if work is None else work)
        slot.remaining -= 1
        slot.room -= 1
        if slot.steps_per_second:
            slot.next_step = max(slot.next_step + 1 / slot.steps_per_second, now - self.period)
        if turn.measure:
            slot.frames.append(seconds)
            share = now - seconds + slot.frame_cost * len(self._slots)
            on_time = slot.due + slot.pace(self.period)
            slot.due = max(on_time if on_time > now - self.period else now, share)
        else:
            slot.steps.append(seconds)
        return slot.remaining <= 0

    def is_endless(self, key: str) -> bool:
        """Whether this run plays until it is told to stop."""
        return key in self._slots and self._slots[key].remaining == math.inf

    def step_cost(self, key: str) -> float:
        """Seconds of a core that a step of this run takes, a median; 0 before three were measured.

        By the clock every step is long on a busy machine, whatever the net.
        """
        slot = self._slots.get(key)
        return _typical(slot.work) if slot and len(slot.work) > 2 else 0.0

    def charge(self, key: str, seconds: float) -> None:
        """Time that a run took beside its steps: an evaluation, a checkpoint."""
        if slot := self._slots.get(key):
            slot.spent += seconds


def _typical(costs: Sequence[float]) -> float:
    """The median, so that one hiccup does not count; a first one, perhaps a compilation, for a period at most."""
    if len(costs) < 2:
        return min(*costs, PERIOD) if costs else 0.0
    return sorted(costs)[(len(costs) - 1) // 2]
