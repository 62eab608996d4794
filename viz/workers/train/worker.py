"""The engine process: one thread that trains every run in turn. Started by viz/server/process.py, ends with the server.

It reads an address, a key and a folder from its standard input, connects, and takes orders as they come.
"""

import sys
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from engine import SpecError
from engine.spec.laws import at_birth
from engine.tables import telling
from engine.tables.samples import DatasetUnavailableError
from engine.tables.wording import Sentence
from viz.wire import channel, checkpoints, result
from viz.words.labels import LABELS
from viz.workers import child as child_process
from viz.workers.tables import whole
from viz.workers.train import compiling, explain, reports
from viz.workers.train.backwards import ORDERS, Backwards
from viz.workers.train.scheduler import Scheduler, Turn
from viz.workers.train.training import Said, Training

NICENESS, NICENESS_OF_SLOW = 5, 19
LOOKING = 0.01
WEIGHED_EVERY = 2.0

Order = dict[str, Any]


@dataclass
class Building:
    """A run that is being built, and the orders to it that came meanwhile."""

    order: Order
    training: Future[Training]
    later: list[Order] = field(default_factory=list)


class Worker:
    """All runs of this server, and whose turn it is."""

    def __init__(self, connection: Connection, folder: Path) -> None:
        self.connection, self.folder = connection, folder
        self.trainings: dict[str, Training] = {}
        self.scheduler = Scheduler()
        self.building: dict[str, Building] = {}
        self.explaining: dict[Future[dict[str, Any]], tuple[str, int]] = {}
        self.backwards = Backwards(self)
        self.builders = ThreadPoolExecutor(4, thread_name_prefix="build")

    def serve(self) -> None:
        """Take orders and turns until the server is gone."""
        while True:
            turn = self.scheduler.turn()
            if not self.take_orders(0.0 if turn else self.scheduler.wait()) and turn:
                self.take(turn)
            self.start_built()
            self.tell_explained()
            self.backwards.advance()

    def take_orders(self, wait: float | None) -> bool:
        """All orders there are, after at most so many seconds (None: any) without one; whether there was one."""
        if self.backwards.is_ready:
            wait = 0.0
        if self.building or self.explaining or self.backwards.ways:
            wait = min(LOOKING, LOOKING if wait is None else wait)
        came = self.connection.poll(wait)
        while came and self.connection.poll():
            self.obey(whole(*channel.receive(self.connection)))
        return came

    def obey(self, order: Order) -> None:
        """One order; whatever goes wrong with a run stops that run alone."""
        if order["do"] == "quit":
            raise EOFError
        token = order["token"]
        if order["do"] in ("build", "drop", "forget"):
            getattr(self, order["do"])(token, order)
            return
        if token in self.building:
            self.building[token].later.append(order)
            return
        training = self.trainings.get(token)
        if training is None or not training.since <= order["epoch"] <= training.epoch:
            return
        if token in self.backwards.held:
            self.backwards.held[token].append(order)
            return
        try:
            who = self.backwards if order["do"] in ORDERS else self
            getattr(who, order["do"])(token, training, order)
        except SpecError as error:
            self.say(token, {"say": "notice", "level": "error", "text": str(error)})
        except Exception as error:
            self.fail(token, error)

    # ------------------------------------------------------------------------------------------ orders

    def build(self, token: str, order: Order) -> None:
        """Begin a run. It is built beside the training of the others: data may come from the network, and the
        weights of a large net take seconds to draw. Nothing in it touches torch's global random generator."""
        self.leave(token)
        checkpoints.sweep(self.folder, {(token, order["life"])}, token)
        self.building[token] = Building(order, self.builders.submit(Training.build, order, self.folder))

    def start_built(self) -> None:
        """Start the runs that are ready."""
        for token, building in list(self.building.items()):
            if not building.training.done():
                continue
            del self.building[token]
            try:
                self.start(token, building.training.result(), building.order)
                self.explain(token, self.trainings[token])
            except Exception as error:
                self.fail(token, error, building.order["epoch"])
            for order in building.later:
                self.obey(order)

    def explain(self, token: str, training: Training) -> None:
        """Begin to work out what the page shows of the choices themselves; the first frame does not wait for it."""
        explained = self.builders.submit(explain.about, at_birth(training.trainer.spec))
        self.explaining[explained] = token, training.epoch

    def tell_explained(self) -> None:
        """What has been worked out of that."""
        for explained in [one for one in self.explaining if one.done()]:
            token, epoch = self.explaining.pop(explained)
            if explained.exception() is None:
                header, body = result.pack(explained.result())
                self.say(token, {"say": "about", "about": header}, body, epoch)

    def start(self, token: str, training: Training, order: Order) -> None:
        self.trainings[token] = training
        if not order["moved"]:
            self.say(token, training.hello())
        self.tell(token, training.at_birth)
        if training.trainer.history.changes:
            self.say(token, reports.changes(training.trainer))
        if training.trainer.diverged:
            self.diverge(token, training)
        elif order["play"]:
            if training.trainer.steps == 0 and not order["moved"]:
                self.tell(token, training.preview())
            self.play(token, training, order)
        else:
            self.tell(token, training.preview())
            self.say(token, {"say": "state", "state": "paused"})
            self.tell(token, training.keeping.begin(training.trainer))

    def drop(self, token: str, order: Order) -> None:
        self.leave(token)
        checkpoints.sweep(self.folder, (), token)

    def forget(self, token: str, order: Order) -> None:
        """Another process has this run now."""
        self.leave(token)

    def move(self, token: str, training: Training, order: Order) -> None:
        """Another process is to go on with this run; one that stands, ends soon or cannot be kept stays."""
        if self.scheduler.is_endless(token) and training.keeping.hand_over(training.trainer):
            self.leave(token)
            self.say(token, {"say": "left"}, epoch=training.epoch)
        else:
            self.say(token, {"say": "stayed"})

    def leave(self, token: str) -> None:
        """This run is trained here no more."""
        self.scheduler.stop(token)
        self.backwards.leave(token)
        if building := self.building.pop(token, None):
            building.training.cancel()
        self.trainings.pop(token, None)

    def play(self, token: str, training: Training, order: Order) -> None:
        if training.trainer.diverged:
            self.diverge(token, training)
        else:
            training.count_anew()
            self.scheduler.play(token, training.speed)
            self.scheduler.leash(token, training.room)
            self.say(token, {"say": "state", "state": "playing"})

    def pause(self, token: str, training: Training, order: Order) -> None:
        """Stop after one more step that is measured: what is on screen is then where the run stands."""
        if token in self.scheduler:
            self.scheduler.stop(token)
            self.tell(token, training.catch_up())
            self.rest(token, training, order.get("reason", ""))

    def step(self, token: str, training: Training, order: Order) -> None:
        if training.trainer.diverged:
            self.diverge(token, training)
            return
        self.scheduler.play(token, steps=order["count"])
        if order["count"] > 1:
            self.say(token, {"say": "state", "state": "playing"})

    def speed(self, token: str, training: Training, order: Order) -> None:
        training.speed = order["steps_per_second"]
        self.scheduler.speed(token, training.speed)

    def leash(self, token: str, training: Training, order: Order) -> None:
        """Play no farther than to this step: the run beside it is not so far yet. None: as far as it goes."""
        training.leash = order["step"]
        if self.scheduler.is_endless(token):
            self.scheduler.leash(token, training.room)

    def scale(self, token: str, training: Training, order: Order) -> None:
        self.tell(token, training.rescale(order["scale"]))

    def see(self, token: str, training: Training, order: Order) -> None:
        """Show what the net sees now; where one more look would cost the runs too much, later."""
        said, seconds = training.see(len(self.scheduler), order["layer"])
        self.scheduler.charge(token, seconds)
        self.tell(token, said)

    def stop_at(self, token: str, training: Training, order: Order) -> None:
        try:
            training.stop_at(order["at"], order["value"])
        except SpecError:
            self.say(token, {"say": "stopped"})  # it runs on: the page asks for nothing now
            raise

    def weights(self, token: str, training: Training, order: Order) -> None:
        """For whoever takes the trained net home."""
        self.say(token, {"say": "weights"}, reports.weights(training.trainer))

    def change(self, token: str, training: Training, order: Order) -> None:
        training.trainer.change(**order["fields"])
        self.say(token, reports.changes(training.trainer))
        self.scheduler.hurry(token)

    # ------------------------------------------------------------------------------------------- turns

    def take(self, turn: Turn) -> None:
        """One step of one run."""
        training, start, work = self.trainings[turn.key], time.perf_counter(), time.thread_time()
        try:
            measured = turn.measure or training.is_seen_next()
            self.tell(turn.key, training.step(measured))
            finished = self.scheduler.spent(turn, time.perf_counter() - start, time.thread_time() - work)
            if training.trainer.diverged:
                self.diverge(turn.key, training)
            elif measured:
                said, seconds = training.extras(len(self.scheduler))
                self.scheduler.charge(turn.key, seconds)
                self.tell(turn.key, said)
                self.weigh(turn.key, training)
            if turn.key in self.scheduler and (reason := training.stops()):
                self.say(turn.key, {"say": "stopped"})
                self.pause(turn.key, training, {"reason": reason})
            if finished and turn.key in self.scheduler:
                self.scheduler.stop(turn.key)
                self.rest(turn.key, training)
        except Exception as error:
            self.fail(turn.key, error)

    def weigh(self, token: str, training: Training) -> None:
        """Say what a step costs, now and then: the run's place goes by it."""
        cost, now = self.scheduler.step_cost(token), time.perf_counter()
        if cost and now > training.weighed + WEIGHED_EVERY:
            training.weighed = now
            self.say(token, {"say": "cost", "seconds": cost})

    def rest(self, token: str, training: Training, reason: str = "") -> None:
        """A run that pauses, with all of it on disk."""
        if training.trainer.diverged:
            self.diverge(token, training)
            return
        self.tell(token, training.whole())
        self.say(token, {"say": "state", "state": "paused", "reason": reason})
        self.tell(token, training.at_rest())

    def diverge(self, token: str, training: Training) -> None:
        """A run that met a NaN or inf stays as it is, with its history and the verdict on it."""
        self.scheduler.stop(token)
        self.tell(token, training.whole())
        where = training.divergence()
        reason = where["words"] if where else ""
        self.say(token, {"say": "state", "state": "diverged", "reason": reason, "divergence": where})
        self.tell(token, training.at_rest())

    def fail(self, token: str, error: Exception, epoch: int | None = None) -> None:
        """A run that cannot go on; the others do."""
        training = self.trainings.get(token)
        self.leave(token)
        epoch = training.epoch if training and epoch is None else epoch
        self.say(token, {"say": "failed", "text": words(error), "can": ways_on(error)}, epoch=epoch)

    def tell(self, token: str, said: Iterable[Said]) -> None:
        for header, body in said:
            self.say(token, header, body)

    def say(self, token: str, header: dict[str, Any], body: bytes = b"", epoch: int | None = None) -> None:
        epoch = self.trainings[token].epoch if epoch is None else epoch
        channel.send(self.connection, telling.told(header, LABELS) | {"token": token, "epoch": epoch}, body)


def words(error: Exception) -> str:
    """What to tell a person: the engine's own sentence where it made one."""
    if isinstance(error, SpecError | DatasetUnavailableError):
        return str(error)
    if isinstance(error, MemoryError) or "memory" in str(error).lower():
        return Sentence("This net does not fit in the memory that is left; make it smaller, or its batch.")
    said = error.strerror if isinstance(error, OSError) else str(error)[:300]  # no path of this server
    return Sentence("This run stopped on an error: {kind}: {said}", kind=type(error).__name__, said=said)


def ways_on(error: Exception) -> list[str]:
    """What else a person can do than make the same run again: other data where these are out of reach."""
    return ["digits"] if isinstance(error, DatasetUnavailableError) else []


def devices() -> list[str]:
    """Where a net can be computed on this machine."""
    return ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def work(connection: Connection, folder: Path) -> None:
    """Train whatever is ordered."""
    threading.current_thread().name = "training"
    channel.send(connection, {"say": "ready", "devices": devices()})
    compiling.meanwhile()
    compiling.warm_up()
    child_process.settle()
    channel.send(connection, {"say": "warm"})
    Worker(connection, folder).serve()


def main() -> None:
    """Begin as the server told."""
    child_process.run(work, NICENESS_OF_SLOW if "slow" in sys.argv else NICENESS)
