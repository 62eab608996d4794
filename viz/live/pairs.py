"""Two runs of one visitor, side by side: they play, pause and step together, and none runs away from the other."""

from collections.abc import Iterator, Mapping
from typing import Any

from viz.live.orders import Orders
from viz.live.run import Run
from viz.live.verbs import MOST_STEPS

AHEAD = 50  # steps that one may be before the other while both play
TOGETHER = ("play", "pause", "step", "reset", "speed", "scale")
"""Verbs that mean both."""


class Pairs:
    """Which run stands beside which. Guarded by the host's lock."""

    def __init__(self, runs: Mapping[str, Run], orders: Orders) -> None:
        self.runs, self.orders = runs, orders
        self._other: dict[str, str] = {}
        self._catching: set[str] = set()

    def tie(self, first: str, second: str) -> None:
        """Set the second beside the first; whatever either stood beside before, it does no more."""
        if self._other.get(first) == second:
            return
        for token in (first, second):
            self.untie(token)
        self._other |= {first: second, second: first}

    def untie(self, token: str) -> None:
        """Let both go on alone."""
        other = self._other.pop(token, None)
        if other is None:
            return
        del self._other[other]
        self._catching -= {token, other}
        for each in (token, other):
            if (run := self.runs.get(each)) and run.is_built:
                self.orders.give(run, "leash", step=None)

    def meant(self, run: Run, verb: Mapping[str, Any]) -> Iterator[Run]:
        """The runs that a verb to this one is about."""
        yield run
        if verb["do"] == "play":
            self._catching -= {run.token, self._other.get(run.token)}
        if (other := self.beside(run)) and other.is_built and verb["do"] in TOGETHER:
            yield other

    def beside(self, run: Run) -> Run | None:
        """The run beside this one."""
        return self.runs.get(self._other.get(run.token, ""))

    def moved(self, run: Run) -> None:
        """A frame of this run came: so far may the other go."""
        other = self.beside(run)
        if other and other.state["state"] == "playing":
            self._hold(other, run)

    def settled(self, run: Run, was: str) -> None:
        """This run stands as it did not before."""
        other = self.beside(run)
        if other is None:
            return
        now = run.state["state"]
        if now != "playing" and other.state["state"] == "playing":
            self._hold(other, run)
        if now != "paused" or run.is_left:
            return
        if run.token in self._catching:
            self._catching.discard(run.token)
        elif was == "waiting":
            self._arrive(run, other)
        elif other.state["state"] == "playing":
            other.wants_to_play = False
            self.orders.give(other, "pause")
        elif was == "playing" and other.state["state"] == "paused":
            self._even(run, other)

    def _arrive(self, run: Run, other: Run) -> None:
        """A new net goes to where the other is; beside one that plays or has diverged it plays."""
        if other.state["state"] in ("playing", "diverged"):
            run.wants_to_play = True
            self.orders.give(run, "play")
        elif other.state["state"] == "paused":
            self._even(run, other)

    def _even(self, run: Run, other: Run) -> None:
        """The one behind catches up."""
        behind, ahead = sorted((run, other), key=lambda each: each.ring.newest_step)
        steps = ahead.ring.newest_step - max(0, behind.ring.newest_step)
        if steps > 0:
            self._catching.add(behind.token)
            self.orders.give(behind, "step", count=min(steps, MOST_STEPS))

    def _hold(self, run: Run, other: Run) -> None:
        """Let a run go no farther than a little before the other, as long as that one is under way."""
        is_under_way = other.state["state"] in ("playing", "waiting")
        self.orders.give(run, "leash", step=max(0, other.ring.newest_step) + AHEAD if is_under_way else None)
