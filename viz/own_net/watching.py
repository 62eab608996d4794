"""`viz.watch`: any module, watched and shown while somebody else's loop trains it."""

import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from socket import gethostname
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from engine.diagnosis.judge import Verdict, judge
from engine.watch.watching import Watch
from viz.own_net.sending import Sender
from viz.own_net.showing import Showing

NO_STEP = "No step was measured while it was watched: the step() of an optimizer that was given ends one."


class ShownWatch(Watch):
    """A `Watch` that is seen while it goes on; `url` is where, "" until the app has said it."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer | Sequence[Optimizer] | None = None,
        every: int | None = None,
        rate: float = 10.0,
        name: str | None = None,
        starts: bool = True,
    ) -> None:
        super().__init__(model, optimizer, every, rate, name)
        hello = {"say": "hello", "name": self.name, "place": place()}
        self._stage = Sender(secrets.token_urlsafe(24), lambda: self._showing.kept(), starts)
        self._showing = Showing(self._stage, hello, lambda: self.layers, self._verdict)
        self.recorders[".html"] = self._showing

    @property
    def url(self) -> str:
        """The page that shows it."""
        return self._stage.url

    def attach(self) -> None:
        """Begin to watch and to show; of several processes that train one net the first does."""
        if not is_shown_here():
            return
        if not self.attached and not self.trouble:
            self._stage.open({**self._showing.hello, "epoch": 0, "labels": []})
        super().attach()

    def detach(self) -> None:
        """Leave the model as it was; what was seen stays, and the page says that the script is done."""
        was = self.attached
        super().detach()
        if was:
            self._ends(f"The watching ended after step {self.steps}: all of it is kept here.")

    def __exit__(self, *exception: Any) -> None:
        if self.attached and exception and exception[0] is not None:
            Watch.detach(self)
            kind = exception[0].__name__
            self._ends(f"The script ended with {kind} after step {self.steps}: {exception[1]}"[:300])
        self.detach()

    def _ends(self, words: str) -> None:
        if self.trouble:
            words = f"The watching ended after step {self.steps}, the training goes on: {self.trouble}"
        elif len(self._record):
            self._showing.tell()
        else:
            words = NO_STEP
        self._stage.close(words, waits=not self.trouble)

    def _verdict(self) -> Verdict:
        return judge(self._record, self._subject())


def watch(
    model: nn.Module,
    optimizer: Optimizer | Sequence[Optimizer] | None = None,
    every: int | None = None,
    rate: float = 10.0,
    name: str | None = None,
) -> ShownWatch:
    """An `engine.Watch` that is shown on the page **Your net** of the app on this machine, which it starts if need be.

        with watch(model, optimizer) as lab:
            ...  # train as ever

    The options are those of `engine.Watch`. Training never waits for the app, and never fails because of it.
    """
    return ShownWatch(model, optimizer, every, rate, name)


def is_shown_here() -> bool:
    """Whether this process is the one that shows: all do but those of a higher rank in a group."""
    group = torch.distributed
    return not (group.is_available() and group.is_initialized() and group.get_rank() > 0)


def place() -> str:
    """Which script this is, for a list."""
    script = Path(sys.argv[0]).name if sys.argv and sys.argv[0] else "python"
    return f"{script}, process {os.getpid()} on {gethostname()}"
