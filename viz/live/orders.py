"""What the engines are told of a run: to build its trainer, and whatever is asked of it then."""

from collections.abc import Mapping
from typing import Any

from viz.live.run import Run
from viz.server import bounds, tables
from viz.server.bounds import FullError


class Orders:
    """Orders to the engine processes, about these runs. Guarded by the host's lock, as the runs are."""

    def __init__(self, engines: Any, runs: Mapping[str, Run]) -> None:
        self.engines, self.runs = engines, runs

    def build(self, run: Run, resumes: bool = False) -> None:
        """Begin an epoch: a new trainer of the run's spec, or one that goes on from its newest checkpoint."""
        held = [each.spec for each in self.runs.values() if each is not run and each.is_held]
        run.restart(resumes)
        try:
            bounds.check_memory([*held, run.spec])
        except FullError as error:
            run.stands("lost", reason=str(error), can=self.ways_back(run) if resumes else ("rebuild",))
            return
        run.stands("waiting")
        self.engines.start()
        self.make(run, resumes)

    def make(self, run: Run, resumes: bool, moved: bool = False) -> None:
        """Have its trainer made; `moved` from another process, which nobody need notice."""
        self.give(
            run,
            "build",
            spec=run.spec.to_dict(),
            play=run.wants_to_play,
            steps_per_second=run.steps_per_second,
            scale=run.scale,
            stop=run.stop,
            life=run.life,
            resume=resumes,
            moved=moved,
            **tables.packed(run.table),
        )

    def give(self, run: Run, do: str, **more: Any) -> None:
        """An order about the run's present epoch."""
        self.engines.send({"do": do, "token": run.token, "epoch": run.epoch} | more)

    def ways_back(self, run: Run) -> tuple[str, ...]:
        """The verbs that bring a lost run back. One that had not moved yet goes on without a checkpoint."""
        is_kept = run.ring.newest_step <= 0 or self.engines.checkpoints(run.token, run.life).steps()
        return ("resume", "rebuild") if is_kept else ("rebuild",)
