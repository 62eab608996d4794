"""A run recorded from its first step: trained here and now, for a file that plays it."""

import time
from typing import Any

from engine import RunSpec, Trainer
from viz.replay.run import STOPPED, replay
from viz.wire import frame as wire
from viz.words.language import say
from viz.words.spec import described
from viz.workers.train import reports

LOOKS = 25  # how often the test set and the verdict are asked


def record(spec: RunSpec, steps: int, title: str) -> str:
    """The HTML file of that many optimizer steps of a run, fewer where it diverges."""
    trainer = Trainer(spec)
    hello = reports.hello(trainer)
    frames: list[bytes] = []
    verdicts: list[tuple[int, dict[str, Any]]] = []
    test, every = None, max(1, steps // LOOKS)

    def keep(frame: Any) -> None:
        frames.append(
            wire.encode(frame, trainer.histograms(), lr=trainer.spec.lr, test=test, made_at=time.time())
        )

    keep(trainer.look())
    while trainer.steps < steps and not trainer.diverged:
        frame = trainer.step()
        if trainer.steps % every == 0 or trainer.diverged:
            loss, accuracy = trainer.evaluate()
            test = loss, accuracy, trainer.steps
            verdicts.append((trainer.steps, reports.verdict(trainer)))
        keep(frame)
    broken = reports.divergence(trainer)
    end = STOPPED | {"state": "diverged", "divergence": broken} if broken else STOPPED
    return replay(frames, hello, verdicts, end, title=title, caption=say(described(spec)))
