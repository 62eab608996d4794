"""One run inside the engine process: its trainer, and what it tells the host about it."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from engine import RunSpec, Trainer, slow_motion
from engine.diagnosis.judge import is_looked_at
from engine.measure.histograms import fair_share
from engine.tables.datasets import Dataset
from engine.tables.option import Whole
from engine.training.checkpoint import Moment
from engine.training.sight import sight
from viz.wire import checkpoints
from viz.wire import frame as wire
from viz.wire import sight as sights
from viz.workers.tables import brought
from viz.workers.train import reports
from viz.workers.train.keeping import Keeping, Said
from viz.workers.train.stops import SUDDEN, Standing, Stop

HISTORY = 1000
REPORT_EVERY = 1.0
REPORT_SHARE = 0.02
SEEN_EVERY = 0.5
READ_EVERY = 10  # steps are measured for the diagnosis, shown or not: of fewer it overlooks twice as much
LOOKED_AT = 0.2  # of the samples trained on meanwhile may be looked at for a stop
FARTHEST = 10**9  # steps


class Rate:
    """How often something happens a second, over about the last half second."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.start()

    def start(self) -> None:
        """Count from now on."""
        self.value, self._since, self._count = 0.0, self.clock(), 0

    def tick(self) -> None:
        self._count += 1
        passed = self.clock() - self._since
        if passed >= 0.5:
            self.value = self._count / passed
            self._since, self._count = self.clock(), 0


class Occasion:
    """Something dear to do now and then: at most every `every` seconds, and for at most its share of the time."""

    def __init__(self, every: float, clock: Callable[[], float]) -> None:
        self.every, self.clock = every, clock
        self.next = clock() + every

    def take(self, do: Callable[[], Any], runs: int) -> tuple[Any, float]:
        """(what it returned, seconds) when the time has come, else (None, 0)."""
        start = self.clock()
        if start < self.next:
            return None, 0.0
        result = do()
        seconds = self.clock() - start
        self.next = start + max(self.every, seconds * runs / REPORT_SHARE)
        return result, seconds


class Training:
    """A trainer with its epoch: each method returns what is to be told, as (header, body) pairs.

    `since` is the epoch in which it was built; every branch begins another.
    """

    def __init__(
        self,
        trainer: Trainer,
        epoch: int,
        keeping: Keeping,
        scale: str = "symlog",
        speed: float | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.trainer, self.epoch, self.scale, self.speed = trainer, epoch, scale, speed
        self.since = epoch
        self.keeping, self.weighed = keeping, 0.0
        self.at_birth: list[Said] = []
        self.table: Dataset | None = None
        self.test: tuple[float, float, int] | None = None
        self.told: dict[str, Any] | None = None
        self.stop: Stop | None = None
        self.leash: int | None = None
        self.last: Any = None
        self.is_whole = True
        self.steps, self.frames = Rate(clock), Rate(clock)
        self.evaluation, self.verdict = Occasion(0.0, clock), Occasion(REPORT_EVERY, clock)
        self.sight = Occasion(SEEN_EVERY, clock)
        self.sight.next = 0.0

    @classmethod
    def build(cls, order: dict[str, Any], root: Path) -> "Training":
        """From a spec, or going on from its newest checkpoint below `root`. Whatever the engine refuses is raised."""
        table = brought(order)
        spec = RunSpec.from_dict(order["spec"])
        keeping = Keeping(checkpoints.of(root, order["token"], order["life"]))
        trainer, said = keeping.restore(spec) if order["resume"] else (None, [])
        trainer = trainer or Trainer(spec, capacity=HISTORY)
        keeping.go_back(trainer)
        training = cls(trainer, order["epoch"], keeping, order["scale"], order["steps_per_second"])
        training.at_birth, training.table = said, table
        if stop := order.get("stop"):  # one that is behind by now is no reason not to go on
            training.stop = Stop(stop[0], stop[1] or 0.0)
        return training

    @property
    def room(self) -> float:
        """Steps that it may take before the run beside it is as far."""
        return math.inf if self.leash is None else self.leash - self.trainer.steps

    def hello(self) -> dict[str, Any]:
        """What a page needs to know before the first frame."""
        return reports.hello(self.trainer) | {"epoch": self.epoch}

    def preview(self) -> Iterator[Said]:
        """The net as its next step will find it, a new one at initialization: a frame of the steps so far."""
        yield self._frame(self.trainer.look(), self.trainer.histograms(scale=self.scale))

    def step(self, measure: bool) -> Iterator[Said]:
        """One step; one that is to be measured is told as a frame, whose histograms count a fair share of the values.

        One at which it is to stop, as its loss or the test set tells, is taken once more, to be measured.
        """
        before = Moment.of(self.trainer) if self.stop and self.stop.at in SUDDEN and not measure else None
        is_read = (self.trainer.steps + 1) % READ_EVERY == 0
        frame, is_told = self.trainer.step(measure=measure or is_read), measure
        if self.stop and self.stop.at == "accuracy" and self._is_looked_at():
            self.test = _tested(self.trainer)
        if before and self.stop and self.stop.reason(self._standing()):
            is_told = True
            if frame is None:
                before.return_to(self.trainer)
                frame = self.trainer.step(measure=True)
        self.steps.tick()
        if frame is not None and (is_told or self.trainer.diverged):
            self.frames.tick()
            limit = fair_share(len(frame.table))
            self.last = frame
            self.is_whole = all(outputs.numel() <= limit for outputs in self.trainer.probe.outputs)
            yield self._frame(frame, self.trainer.histograms(scale=self.scale, limit=limit))

    def whole(self) -> Iterator[Said]:
        """The newest frame again with every value counted, for a run that stands still."""
        if self.last is not None and not self.is_whole:
            self.is_whole = True
            yield self._frame(self.last, self.trainer.histograms(scale=self.scale))

    def count_anew(self) -> None:
        """Steps and frames a second are those since now."""
        self.steps.start()
        self.frames.start()

    def divergence(self) -> dict[str, Any] | None:
        """Where it diverged, in words; None while it has not."""
        return reports.divergence(self.trainer)

    def catch_up(self) -> Iterator[Said]:
        """A measured step, unless the last one was: the newest frame is then where the run stands."""
        if not self.trainer.diverged and (self.last is None or self.last.step < self.trainer.steps):
            yield from self.step(measure=True)

    def is_seen_next(self) -> bool:
        """Whether the coming step has to be measured: it is to stop there, or is looked at there at any speed."""
        return self._ends_next() or is_looked_at(self.trainer.steps + 1, self.trainer.history)

    def _ends_next(self) -> bool:
        match self.stop:
            case Stop("step", step):
                return self.trainer.steps + 1 >= step
            case Stop("epoch", epoch):
                return self.trainer.batches.until(math.ceil(epoch)) <= 1
        return False

    def stop_at(self, at: str | None, value: float | None) -> None:
        """Stop there, once; at None nowhere. SpecError for a step that is behind."""
        self.stop = None
        if at == "step":
            value = Whole("step", 0, self.trainer.steps + 1, FARTHEST).check(math.ceil(value or 0.0))
        self.stop = Stop(at, value or 0.0) if at else None

    def stops(self) -> str:
        """Why it has to stop here, in words, once; "" while it need not."""
        if reason := self.stop and self.stop.reason(self._standing()):
            self.stop = None
        return reason or ""

    def _standing(self) -> Standing:
        """How it stands; what it knows of the test set is of one of the steps that are looked at for a stop, which
        are the same in every run."""
        steps, loss = self.trainer.steps, self.trainer.newest_loss
        accuracy = self.test[1] if self.test and self.test[2] == steps and self._is_looked_at() else None
        is_sick = any(not each.get("remark") for each in (self.told or {"findings": ()})["findings"])
        known = loss if math.isfinite(loss) else None
        return Standing(steps, self.trainer.batches.epochs, known, accuracy, is_sick)

    def _is_looked_at(self) -> bool:
        """Whether the test set is looked at after this step while it decides where to stop."""
        test, batch = (
            len(self.trainer.data.test_x),
            self.trainer.spec.batch_size or len(self.trainer.data.train_x),
        )
        return self.trainer.steps % math.ceil(test / (LOOKED_AT * batch)) == 0

    def see(self, runs: int, layer: int | None) -> tuple[list[Said], float]:
        """What the net sees now, unless it was just asked: what to tell, and the seconds it took."""
        said, seconds = self.sight.take(lambda: list(self._sight(self.trainer, layer)), runs)
        return said or [], seconds

    def _sight(self, trainer: Trainer, layer: int | None) -> Iterator[Said]:
        """What the net of this run, or of a copy of it, sees; nothing where that cannot be shown."""
        if seen := sight(trainer, layer):
            of = layer and trainer.spec.hidden[layer - 1]
            body = sights.encode(seen, epoch=self.epoch, step=trainer.steps, layer=layer, of=of)
            yield {"say": "sight", "step": trainer.steps}, body

    def moment(self, past: Trainer, sees: bool = False, layer: int | None = None) -> Iterator[Said]:
        """An earlier step of this run, of which `past` is a copy, and what its net saw then."""
        if sees:
            yield from self._sight(past, layer)
        frame = past.frame if past.steps and past.frame else past.look()
        header, body = self._frame(frame, past.histograms(scale=self.scale), past)
        yield header | {"say": "moment"}, body

    def slowly(self, past: Trainer) -> Iterator[Said]:
        """The step after the one at which `past`, a copy of this run, stands: its frame, and what happened in it."""
        acts = slow_motion(past, self.trainer.history.changes)
        yield from self.moment(past)
        yield {"say": "acts", "step": past.steps, "acts": reports.plain([asdict(act) for act in acts])}, b""

    def branch(self, past: Trainer, spec: RunSpec) -> Iterator[Said]:
        """Go on from where `past`, a copy of this run, stands, with this spec: a new epoch of the same life."""
        past.change(**past.spec.differences(spec))
        yield {"say": "branched", "step": past.steps, "spec": spec.to_dict()}, b""
        self.trainer, self.epoch = past, self.epoch + 1
        self.last, self.test, self.told = None, None, None
        self.evaluation.next = self.verdict.next = 0.0
        self.keeping.go_back(past)
        if past.steps and past.frame:
            self.last = past.frame
            yield self._frame(past.frame, past.histograms(scale=self.scale))
        else:
            yield from self.preview()
        yield reports.changes(past), b""

    def rescale(self, scale: str) -> Iterator[Said]:
        """Draw histograms on another axis from now on, the newest frame's too."""
        self.scale = scale
        if self.last is not None:
            self.is_whole = False
            yield from self.whole()
        elif not self.trainer.diverged:
            yield from self.preview()

    def extras(self, runs: int) -> tuple[list[Said], float]:
        """Test set, verdict and checkpoint where one of them is due: what to tell, and the seconds they took."""
        said: list[Said] = []
        if self.stop and self.stop.at == "finding" and is_looked_at(self.trainer.steps, self.trainer.history):
            self.verdict.next = 0.0
        test, spent = self.evaluation.take(partial(_tested, self.trainer), runs)
        if test is not None:
            self.evaluation.every = REPORT_EVERY
            self.test = test
        told, seconds = self.verdict.take(partial(reports.verdict, self.trainer), runs)
        if told is not None and told != self.told:
            self.told = told
            said.append((told, b""))
        kept, written = self.keeping.save(self.trainer, runs)
        return said + kept, spent + seconds + written

    def at_rest(self) -> list[Said]:
        """Verdict and checkpoint of a run that stands still: all of it is on disk."""
        self.verdict.next = 0.0
        self.keeping.next = 0.0
        return self.extras(1)[0]

    def _frame(self, frame: Any, histograms: Any, past: Trainer | None = None) -> Said:
        """As the run is now, or as `past` was, whose test set is then evaluated too."""
        body = wire.encode(
            frame,
            histograms,
            epoch=self.epoch,
            lr=frame.lr,
            weight_norm=reports.weight_norm(past or self.trainer),
            test=_tested(past) if past else self.test,
            steps_per_second=self.steps.value,
            frames_per_second=self.frames.value,
            made_at=time.time(),
        )
        return {"say": "frame", "step": frame.step}, body


def _tested(trainer: Trainer) -> tuple[float, float, int] | None:
    """Loss and accuracy on the test set, and after which step; None where looking would take too long."""
    test = reports.evaluation(trainer)
    return test and (float(test[0]), float(test[1]), trainer.steps)
