"""The engine processes of a server: a run's place among them goes by what its step costs.

Quick runs and slow ones never share a process: beside a step of three seconds no frame is younger. Within its lane each
run has a process of its own as long as there is one more, so that the system shares the cores between them.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.spec import RunSpec
from viz.server import bounds
from viz.server.process import COMMAND, EngineProcess, Heard, private_folder
from viz.wire import checkpoints
from viz.wire.checkpoints import Checkpoints

QUICK, SLOW = 4, 2  # processes at most
SLOW_STEP, QUICK_STEP = 0.06, 0.03  # seconds: above and below these a run changes its lane

Order = dict[str, Any]


@dataclass(eq=False)
class Place:
    """One process, what a step of each of its runs costs in seconds, and whether it can train at once."""

    process: EngineProcess
    slow: bool
    costs: dict[str, float] = field(default_factory=dict)
    warm: bool = False


@dataclass
class Move:
    """A run on its way from one place to another, and what was ordered meanwhile."""

    origin: Place
    epoch: int
    held: list[Order] = field(default_factory=list)


class Engines:
    """`heard(header, body)` is called for each message, `lost(words, tokens)` when a process died with these runs.

    `make(heard, lost, command, folder)` makes a process, or what stands for one in a test.
    """

    def __init__(
        self,
        heard: Heard,
        lost: Callable[[str, list[str]], None],
        make: Callable[..., EngineProcess] = EngineProcess,
        folder: Path | None = None,
    ) -> None:
        self.heard, self.lost, self.make = heard, lost, make
        self.folder = folder or private_folder()
        self.places: list[Place] = []
        self._lives: dict[str, int] = {}
        self._moves: dict[str, Move] = {}
        self._lock = threading.RLock()

    @property
    def processes(self) -> list[EngineProcess]:
        """All there are, in the order in which they were first needed."""
        return [place.process for place in self.places]

    def start(self) -> None:
        """See to it that a process runs, before anybody asks."""
        with self._lock:
            if not self.places:
                self._add(slow=False)

    def send(self, order: Order) -> None:
        """Give an order to the process that has this run, or will have it."""
        with self._lock:
            getattr(self, f"_{order['do']}", self._pass_on)(order["token"], order)

    def checkpoints(self, token: str, life: int) -> Checkpoints:
        """Those of a run's life, whichever process writes them."""
        return checkpoints.of(self.folder, token, life)

    def close(self) -> None:
        """End all processes."""
        for process in self.processes:
            process.close()

    # ------------------------------------------------------------------------------------------- orders

    def _build(self, token: str, order: Order) -> None:
        self._lives[token] = order["life"]
        move = self._moves.pop(token, None)
        place, cost = self._where(token), bounds.step_seconds(RunSpec.from_dict(order["spec"]))
        if place and not order["moved"] and place.slow != _is_slow(cost, place.slow):
            place.process.send({"do": "forget", "token": token})
            del place.costs[token]
            place = None
        place = place or self._choose(_is_slow(cost))
        place.costs.setdefault(token, cost)
        place.process.send(order)
        if move and order["moved"]:
            for held in move.held:
                place.process.send(held)
        elif move:
            move.origin.process.send({"do": "forget", "token": token})

    def _drop(self, token: str, order: Order) -> None:
        self._lives.pop(token, None)
        if move := self._moves.pop(token, None):
            move.origin.process.send(order)
        if place := self._where(token):
            place.process.send(order)
            del place.costs[token]
        checkpoints.sweep(self.folder, (), token)

    def _pass_on(self, token: str, order: Order) -> None:
        if move := self._moves.get(token):
            move.held.append(order)
        elif place := self._where(token):
            place.process.send(order)

    # ------------------------------------------------------------------------------------------- places

    def _where(self, token: str) -> Place | None:
        return next((place for place in self.places if token in place.costs), None)

    def _choose(self, slow: bool) -> Place:
        """The emptiest warm place of a lane. Where none is empty one more is started, to move to."""
        lane = self._lane(slow) or [self._add(slow)]
        up = [place for place in lane if place.warm] or lane
        place = min(up, key=lambda each: (len(each.costs), sum(each.costs.values())))
        if place.costs and len(lane) < (SLOW if slow else QUICK):
            self._add(slow)
        return place

    def _lane(self, slow: bool) -> list[Place]:
        return [place for place in self.places if place.slow == slow]

    def _add(self, slow: bool) -> Place:
        command = (*COMMAND, "slow") if slow else COMMAND
        place: Place

        def heard(header: dict[str, Any], body: bytes) -> None:
            self._hear(place, header, body)

        process = self.make(heard, lambda words: self._lose(words, place), command, self.folder)
        place = Place(process, slow)
        self.places.append(place)
        process.start()
        return place

    def _weigh(self, place: Place, token: str, epoch: int, seconds: float) -> None:
        """A run's step was measured: it moves where it belongs, or where fewer share a process with it."""
        if token not in place.costs or token in self._moves:
            return
        place.costs[token] = seconds
        slow = _is_slow(seconds, place.slow)
        target = min(
            (each for each in self._lane(slow) if each.warm),
            key=lambda each: len(each.costs),
            default=None,
        )
        if target is None:
            if not self._lane(slow):
                self._add(slow)
        elif place.slow != slow or len(target.costs) + 1 < len(place.costs):
            target.costs[token] = place.costs.pop(token)
            self._moves[token] = Move(place, epoch)
            place.process.send({"do": "move", "token": token, "epoch": epoch})

    def _stay(self, token: str) -> None:
        """It could not leave: where it was it is."""
        move, target = self._moves.pop(token, None), self._where(token)
        if move and target:
            move.origin.costs[token] = target.costs.pop(token)
            for held in move.held:
                move.origin.process.send(held)

    # ------------------------------------------------------------------------------- what processes say

    def _hear(self, place: Place, header: dict[str, Any], body: bytes) -> None:
        if header["say"] == "warm":
            place.warm = True
        elif header["say"] == "cost":
            with self._lock:
                self._weigh(place, header["token"], header["epoch"], header["seconds"])
        elif header["say"] == "stayed":
            with self._lock:
                self._stay(header["token"])
        else:
            self.heard(header, body)

    def _lose(self, words: str, place: Place) -> None:
        """Its runs are lost, those that were about to leave it too, and what dropped ones left on disk goes."""
        place.warm = False
        with self._lock:
            moving = [token for token, move in self._moves.items() if move.origin is place]
            for token in moving:
                del self._moves[token]
            tokens = [*place.costs, *moving]
            checkpoints.sweep(self.folder, self._lives.items())
        self.lost(words, tokens)


def _is_slow(seconds: float, was: bool | None = None) -> bool:
    """Whether a step is too long for a neighbor; one in between stays what it was."""
    return seconds > SLOW_STEP or (bool(was) and seconds > QUICK_STEP)
