"""What the engines are told of a run: to build its trainer, and whatever is asked of it then."""

from collections.abc import Mapping
from typing import Any

from viz.live.run import Run
from viz.server import bounds
from viz.server.bounds import FullError


class Orders:
    """Orders to the engine processes, about these runs. Guarded by the host's lock, as the runs are."""

    def __init__(self, engines: Any, runs: Mapping[str, Run]) -> None:
        self.engines, self.runs = engines, runs

    def build(self, run: Run, checkpoint: str | None = None) -> None:
        """Begin an epoch: a new trainer of the run's spec, or the one in its checkpoint."""
        held = [each.spec for each in self.runs.values() if each is not run and each.is_held]
        run.restart()
        try:
            bounds.check_memory([*held, run.spec])
        except FullError as error:
            run.stands("lost", reason=str(error), can=("rebuild",))
            return
        run.stands("waiting")
        self.engines.start()
        self.give(
            run,
            "build",
            spec=run.spec.to_dict(),
            play=run.wants_to_play,
            steps_per_second=run.steps_per_second,
            scale=run.scale,
            checkpoint=checkpoint,
        )

    def give(self, run: Run, do: str, **more: Any) -> None:
        """An order about the run's present epoch."""
        self.engines.send({"do": do, "token": run.token, "epoch": run.epoch} | more)

    def checkpoint(self, run: Run) -> str | None:
        """The file of its last checkpoint, if there is one."""
        path = self.engines.checkpoint(run.token, run.epoch)
        return str(path) if path and path.exists() else None

    def ways_back(self, run: Run) -> tuple[str, ...]:
        """The verbs that bring a lost run back."""
        return ("resume", "rebuild") if self.checkpoint(run) else ("rebuild",)
