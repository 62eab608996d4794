"""What a run's page is told of runs that nobody watches: whether a difference was luck, and which cure helps.

They are trained on the workbench, after what visitors wait for there, and told to the viewers of the run by its host.
"""

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.spec import RunSpec
from viz.proof import words
from viz.server import bounds, tokens
from viz.server.kept import kept
from viz.workbench.host import Work

SEEDS, STEPS = 8, 300
FEWEST = 20  # steps that tell something of luck
MOST_SECONDS = 60.0  # of training, as it is reckoned beforehand, that one question about luck may take
CURE_SECONDS = 20.0  # and one cure
SICK_FOR = 4.0  # seconds that a net has the same verdict before its cures are tried: a first verdict may pass
AT_ONCE = 4  # trials of cures under way
KEPT = 500  # results of trials, of all visitors
LOOK = 0.2

Message = dict[str, Any]


class Runs(Protocol):
    """Of the host of runs what is needed here."""

    def tell(self, token: str, message: Message, spec: RunSpec) -> bool: ...


class Bench(Protocol):
    """Of the workbench."""

    def ask(self, token: str, name: str, arguments: dict[str, Any], idle: bool = False) -> Work: ...
    def drop(self, work: Work) -> None: ...


@dataclass(eq=False)
class Sick:
    """A net whose cures wait to be tried, or are; `runs` have it."""

    spec: RunSpec
    cures: list[Mapping[str, Any]]
    since: float
    runs: list[str]
    work: Work | None = None
    told: int = 0


@dataclass(eq=False)
class Doubt:
    """A question whether b's difference to a was luck, asked of the run that b is."""

    token: str
    a: RunSpec
    b: RunSpec
    work: Work
    steps: int
    told: float = field(default=-1.0)


class Proof:
    """Every method may be called from any thread; `turn` is called again and again by a thread of its own."""

    def __init__(self, runs: Runs, bench: Bench, clock: Callable[[], float] = time.monotonic) -> None:
        self.runs, self.bench, self.clock = runs, bench, clock
        self.closed = threading.Event()
        self._lock = threading.Lock()
        self._doubts: dict[str, Doubt] = {}
        self._sick: OrderedDict[str, Sick] = OrderedDict()
        self._tried: OrderedDict[str, Message] = OrderedDict()
        self._thread: threading.Thread | None = None

    # ---------------------------------------------------------------------------------------------- luck

    def doubt(self, token: str, a: RunSpec, b: RunSpec, steps: int) -> None:
        """Begin to train both on eight seeds; the run of this token, which b is, hears what comes of it."""
        fits = int(MOST_SECONDS / (SEEDS * (bounds.step_seconds(a) + bounds.step_seconds(b))))
        steps = min(max(steps, FEWEST), STEPS, fits)
        if steps < FEWEST:
            self.runs.tell(token, words.too_large(SEEDS), b)
            return
        asked = {"specs": [a.to_dict(), b.to_dict()], "seeds": SEEDS, "steps": steps}
        work = self.bench.ask(tokens.derived(token, "luck"), "luck", asked)
        with self._lock:
            self._doubts[token] = Doubt(token, a, b, work, steps)
        self.runs.tell(token, words.begun(SEEDS, steps), b)
        self._go_on()

    # --------------------------------------------------------------------------------------------- cures

    def sick(self, token: str, spec: RunSpec, findings: Sequence[Mapping[str, Any]]) -> None:
        """A run's verdict came: what it names worst may have cures, and each is worth a trial once."""
        cures = [
            cure["fields"] for cure in (findings[0].get("cures", []) if findings else []) if cure["fields"]
        ]
        if not cures or bounds.step_seconds(spec) * STEPS > CURE_SECONDS:
            return
        known = [self._tried[name] for name in (_name(spec, cure) for cure in cures) if name in self._tried]
        if known:
            self._tell([token], spec, known)
        if any(trial["learned"] for trial in known) or len(known) == len(cures):
            return
        with self._lock:
            key = _name(spec, cures)
            sick = self._sick.setdefault(key, Sick(spec, cures, self.clock(), []))
            if token not in sick.runs:
                sick.runs.append(token)
        self._go_on()

    def _tell(self, names: Sequence[str], spec: RunSpec, found: list[Message]) -> bool:
        """Whether anybody still has this net."""
        told = [self.runs.tell(token, {"say": "tried", "trials": found}, spec) for token in names]
        return any(told)

    # -------------------------------------------------------------------------------------------- a turn

    def turn(self) -> None:
        """Ask what is due, and tell what has come."""
        with self._lock:
            doubts, sick = list(self._doubts.values()), list(self._sick.items())
        for doubt in doubts:
            self._hear_of_luck(doubt)
        under_way = sum(one.work is not None for _, one in sick)
        for key, one in sick:
            if one.work is not None:
                self._hear_of_cures(key, one)
            elif under_way < AT_ONCE and self.clock() - one.since >= SICK_FOR:
                under_way += 1
                arguments = {"spec": one.spec.to_dict(), "cures": one.cures, "steps": STEPS}
                one.work = self.bench.ask(
                    tokens.derived(one.runs[0], "cures"), "trials", arguments, idle=True
                )

    def _hear_of_luck(self, doubt: Doubt) -> None:
        over, seen = doubt.work.over, doubt.work.result  # in this order: what is over has its last result
        is_heard = True
        if over and doubt.work.error:
            is_heard = self.runs.tell(doubt.token, words.failed(doubt.work.error, seen, doubt.steps), doubt.b)
        elif seen and (over or seen["done"] > doubt.told):
            doubt.told = seen["done"]
            is_heard = self.runs.tell(doubt.token, words.luck(seen, doubt.steps), doubt.b)
        if over or not is_heard:
            self.bench.drop(doubt.work)
            with self._lock:
                if self._doubts.get(doubt.token) is doubt:
                    del self._doubts[doubt.token]

    def _hear_of_cures(self, key: str, sick: Sick) -> None:
        assert sick.work is not None
        over, seen = sick.work.over, sick.work.result
        found = [words.trial(each) for each in seen["trials"]] if seen else []
        for trial in found[sick.told :]:
            self._keep(_name(sick.spec, trial["fields"]), trial)
        is_heard = True
        if len(found) > sick.told:
            is_heard = self._tell(sick.runs, sick.spec, found)
            sick.told = len(found)
        if over or not is_heard:
            self.bench.drop(sick.work)
            with self._lock:
                self._sick.pop(key, None)

    def _keep(self, name: str, trial: Message) -> None:
        self._tried[name] = trial
        while len(self._tried) > KEPT:
            self._tried.popitem(last=False)

    # ------------------------------------------------------------------------------------------- a thread

    def _go_on(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._turn_on, name="proof", daemon=True)
                self._thread.start()

    def _turn_on(self) -> None:
        while not self.closed.wait(LOOK):
            self.turn()
            with self._lock:
                if not (self._doubts or self._sick):
                    self._thread = None
                    return

    def close(self) -> None:
        """Tell nobody anything any more."""
        self.closed.set()


def _name(spec: RunSpec, cure: Any) -> str:
    return json.dumps([spec.to_dict(), cure], sort_keys=True)


def shared(runs: Callable[[], Any], bench: Callable[[], Any]) -> Proof:
    """The one of this server, between its host of runs and its workbench."""
    between = runs(), bench()  # before `kept` holds its lock, which they take too
    return kept("proof", lambda: Proof(*between))
