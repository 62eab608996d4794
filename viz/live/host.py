"""The runs of this server: between the pages that ask for them, the viewers that watch and the engine that trains.

A run belongs to whoever watches it. It pauses a few seconds after its last viewer left and is dropped after
about two minutes, so a reload or a short network drop costs nothing and a closed tab costs nothing for long.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from queue import Empty, Queue
from typing import Any, TypeVar

from engine import RunSpec
from engine.tables.datasets import DATASETS, Dataset
from engine.tables.telling import told
from engine.tables.wording import Sentence
from viz.live import verbs
from viz.live.abouts import Abouts
from viz.live.audience import Audience
from viz.live.engines import Engines
from viz.live.orders import Orders
from viz.live.pairs import Pairs
from viz.live.run import Recording, Run, notice
from viz.live.sharing import in_the_way
from viz.server import bounds
from viz.server.kept import kept
from viz.server.starting import Starting
from viz.server.tokens import TOKEN
from viz.server.visitors import NOBODY, Visitor

PAUSE_AFTER = 5.0
DROP_AFTER = 120.0
TICK, ANSWER_WITHIN = 0.5, 0.25
WAIT_FOR_WEIGHTS = 20.0
GONE = 4404

Told = TypeVar("Told")
Judged = Callable[[str, RunSpec, list[dict[str, Any]]], None]
"""What is told of each verdict: the run's token, its spec, and the findings as messages have them."""


class Host(Audience[Run]):
    """All runs by token. Every method may be called from any thread.

    `make_engines(heard, lost)` makes the engine processes, or what stands for them in a test. `judged` is called at
    each verdict, in no time.
    """

    def __init__(
        self,
        make_engines: Callable[..., Any] = Engines,
        pause_after: float = PAUSE_AFTER,
        drop_after: float = DROP_AFTER,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(clock)
        self.pause_after, self.drop_after = pause_after, drop_after
        self.devices: list[str] = ["cpu"]
        self._starting = Starting("trainer", clock=clock)
        self._abouts = Abouts()
        self.closed = threading.Event()
        self._engines = make_engines(self.heard, self.lost)
        self._orders = Orders(self._engines, self.runs)
        self._pairs = Pairs(self.runs, self._orders)
        self._ticker: threading.Thread | None = None
        self.judged: Judged = lambda token, spec, findings: None

    # ------------------------------------------------------------------------------------- for the pages

    def start(self) -> None:
        """Start the engine process and the lease's clock; does nothing when they run."""
        with self._lock:
            self._engines.start()
            self._starting.begin()
            if self._ticker is None:
                self._ticker = threading.Thread(target=self._tick_on, name="lease", daemon=True)
                self._ticker.start()

    def want(
        self,
        token: str,
        spec: RunSpec,
        anew: bool = False,
        waits: bool = False,
        visitor: Visitor = NOBODY,
        beside: str | None = None,
    ) -> None:
        """See to it that the run of this token is of this spec. Cheap when nothing changed.

        A running net takes over what it can; another change starts it again, playing if it played. `anew`: any change
        starts it again; `waits`: and it waits before its first step. beside: the token of the run with which it plays,
        pauses and steps together. SpecError when the net is over the bounds, FullError when there are too many runs,
        ValueError when the token is none of ours.
        """
        if not TOKEN.fullmatch(token):
            raise ValueError("a run's token has 32 letters, digits, - or _")
        bounds.check(spec)
        with self._lock:
            run = self.runs.get(token)
            if run is None:
                self._make_room(visitor)
                table = DATASETS.own(spec.dataset)
                self.runs[token] = Run(token, self.clock(), spec=spec, visitor=visitor, table=table)
            if beside is None:
                self._pairs.untie(token)
            elif beside in self.runs:
                self._pairs.tie(beside, token)
            if run is None:
                return
            changed = run.spec.differences(spec)
            run.spec, run.table = spec, DATASETS.own(spec.dataset)
            if not changed or not run.is_built:
                return
            run.wants_to_play &= not waits
            stands = run.state["state"] in ("waiting", "playing", "paused")
            if stands and not anew and changed.keys() <= RunSpec.LIVE:
                run.unsay("tried", "luck")
                if run.state["state"] == "playing":
                    run.answer.ask(is_next=False)
                plain = spec.to_dict()
                self._orders.give(run, "change", fields={name: plain[name] for name in changed})
            else:
                if run.viewers:
                    run.answer.ask(is_next=True)
                self._orders.build(run)

    def answered(self, token: str, within: float = ANSWER_WITHIN) -> bool:
        """Wait until the viewers of a run have a frame of what was wanted last; whether they have it in that time."""
        answer = self._of(token, lambda run: run.answer)
        return answer is None or answer.wait(within)

    def tell(self, token: str, message: dict[str, Any], spec: RunSpec) -> bool:
        """Tell a run's viewers something about this spec; whether there is such a run, and it still has the spec."""
        with self._lock:
            run = self.runs.get(token)
            if run is None or run.spec != spec:
                return False
            run.say(told(message))
            return True

    def branch(self, token: str, step: int, spec: RunSpec, plays: bool = True) -> str:
        """Let a run go on from a step of before with this spec, which a running net can take over from its own.

        Why it cannot, in words; "" where it does. Where it stood until then stays as a ghost.
        """
        with self._lock:
            run = self.runs.get(token)
            if run is None or run.state["state"] not in ("playing", "paused", "diverged"):
                return Sentence("There is no run that could go back to an earlier step just now.")
            if not 0 <= step <= run.ring.newest_step:
                said = "Go on from step {step:,}: this run has steps from 0 to {newest:,}."
                return Sentence(said, step=step, newest=run.ring.newest_step)
            run.spec, run.wants_to_play = spec, plays
            run.stands("waiting", reason=Sentence("Goes back to step {step:,}.", step=step))
            self._orders.give(run, "branch", step=step, spec=spec.to_dict(), play=plays)
            return ""

    def changes(self, token: str) -> list[dict[str, Any]]:
        """The settings that were changed while this run ran, see `reports.changes`."""
        return self._of(token, lambda run: run.changes) or []

    def recording(self, token: str) -> Recording | None:
        """All that the server holds of a run; None when there is no such run, or nothing of it yet."""
        return self._of(token, Run.recording)

    def weights(self, token: str, wait: float = WAIT_FOR_WEIGHTS) -> bytes | None:
        """The net's `state_dict` as its trainer has it now, see `reports.weights`; None where none trains it.

        Waits for that many seconds at most; not to be called from the event loop.
        """
        told: Queue[bytes] = Queue()
        with self._lock:
            run = self.runs.get(token)
            if run is None or not run.is_held:
                return None
            run.asked.append(told)
            self._orders.give(run, "weights")
        try:
            return told.get(timeout=wait)
        except Empty:
            return None

    def hello(self, token: str) -> dict[str, Any] | None:
        """What the engine says of this run before its first frame; None while it has not."""
        return self._of(token, lambda run: run.hello)

    def table(self, token: str) -> Dataset | None:
        """The table of somebody's own that a run trains on."""
        return self._of(token, lambda run: run.table)

    def about(self, spec: RunSpec) -> dict[str, Any] | None:
        """What a trainer told about this net at its birth, see `explain.about`; None as long as it has not."""
        with self._lock:
            return self._abouts.of(spec)

    def forget(self, token: str) -> None:
        """Drop a run; its viewers are told that it is gone."""
        with self._lock:
            run = self.runs.pop(token, None)
            if run is None:
                return
            self._pairs.untie(token)
            if run.is_built:
                self._orders.give(run, "drop")
            for viewer in run.viewers:
                viewer.close(GONE, Sentence("this run is gone"))

    def close(self) -> None:
        """End the engine process; nothing of any run is left."""
        self.closed.set()
        with self._lock:
            for token in list(self.runs):
                self.forget(token)
        self._engines.close()

    # ----------------------------------------------------------------------------------- for the viewers

    def do(self, token: str, verb: dict[str, Any]) -> dict[str, Any] | None:
        """What a viewer asks for (see `verbs`); an answer for this viewer alone, or None."""
        with self._lock:
            run = self.runs.get(token)
            if run is None:
                return notice(Sentence("This run is gone; rebuild it from its settings."))
            answers = [verbs.obey(self._orders, each, verb) for each in self._pairs.meant(run, verb)]
            return answers[0]

    # ------------------------------------------------------------------------------------ for the engine

    def heard(self, header: dict[str, Any], body: bytes) -> None:
        """A message of the engine about one run. What belongs to an older epoch is ignored."""
        if header["say"] == "ready":
            self._is_up(header["devices"])
            return
        with self._lock:
            run = self.runs.get(header.pop("token"))
            if run is None or header["epoch"] != run.epoch:
                return
            run.answer.heard(header["say"])
            match header["say"]:
                case "frame":
                    run.show(header["step"], body)
                    self._pairs.moved(run)
                case "moment" | "sight" as kind:
                    run.recall(body, kind)
                case "branched":
                    run.branch(header["step"], header["spec"])
                case "weights":
                    run.hand_out(body)
                case "hello":
                    run.say(header)
                case "about":
                    self._abouts.keep(run.spec, header["about"], body)
                case "state":
                    self._settle(run, header)
                case "left":
                    self._orders.make(run, resumes=True, moved=True)
                case "failed":
                    of = header.get("sentences")
                    self._is_lost(
                        run, header["text"], header.get("can", ()), of and {"reason": of.get("text")}
                    )
                    run.say(notice(header["text"], "error") | ({"sentences": of} if of else {}))
                case _:
                    del header["epoch"]
                    run.say(header)
                    if header["say"] == "verdict":
                        self.judged(run.token, run.spec, header["findings"])

    def lost(self, words: str, tokens: list[str]) -> None:
        """An engine process died, and the trainers of these runs with it."""
        with self._lock:
            self._starting.again()
            for run in filter(None, map(self.runs.get, tokens)):
                if run.is_held:
                    self._is_lost(run, words)

    def _is_lost(
        self, run: Run, words: str, can: Collection[str] = (), of: Mapping[str, Any] | None = None
    ) -> None:
        run.wants_to_play, was = False, run.state["state"]
        run.stands("lost", reason=words, can=(*can, *self._orders.ways_back(run)), sentences=of)
        self._pairs.settled(run, was)

    def _settle(self, run: Run, header: dict[str, Any]) -> None:
        """The engine's word on a run. A new net stands still at first, whatever was pressed meanwhile."""
        was, now = run.state["state"], header["state"]
        if now in ("playing", "paused") and was != "waiting":
            run.wants_to_play = now == "playing"
        run.stands(
            now, **{name: header[name] for name in ("reason", "divergence", "sentences") if name in header}
        )
        self._pairs.settled(run, was)

    # --------------------------------------------------------------------------------------------- lease

    def tick(self) -> None:
        """Pause the runs that nobody watches, and drop those that nobody came back to; say what is waited for."""
        with self._lock:
            if said := self._starting.words():
                self._say_to_waiting(said, self._starting.share())
            for run in [each for each in self.runs.values() if not each.viewers]:
                away = self.clock() - run.seen
                if away > self.drop_after:
                    self.forget(run.token)
                elif away > self.pause_after and run.is_held and not run.is_left:
                    run.leave()
                    self._orders.give(run, "pause", reason=Sentence("Paused: nobody was watching."))

    def _is_up(self, devices: list[str]) -> None:
        """The trainer's first word."""
        with self._lock:
            self.devices = devices
            self._starting.is_up()
            self._say_to_waiting("")

    def _say_to_waiting(self, words: str, share: float | None = None) -> None:
        for run in self.runs.values():
            if run.is_built and run.state["state"] == "waiting":
                run.stands("waiting", reason=words, share=share)

    def _tick_on(self) -> None:
        while not self.closed.wait(TICK):
            self.tick()

    # -------------------------------------------------------------------------------------------- within

    def _of(self, token: str, told: Callable[[Run], Told]) -> Told | None:
        with self._lock:
            run = self.runs.get(token)
            return told(run) if run else None

    def _is_watched(self, run: Run) -> None:
        """A run that is watched has a trainer, or says why not."""
        if run.come_back(self.clock()):
            self._orders.give(run, "play")
        if not run.is_built:
            self.start()
            self._orders.build(run)

    def _make_room(self, newcomer: Visitor) -> None:
        """When there are too many runs, who has more than a fair share gives one up, else there is no room."""
        if run := in_the_way(self.runs.values(), newcomer):
            said = "This server is full, and others had no net yet: this one gave them its place."
            run.say(notice(Sentence(said), "error"))
            self.forget(run.token)


def shared() -> Host:
    """The one host of this server."""
    return kept("live", Host)
