"""`viz.watch`: any module, watched and shown while somebody else's loop trains it."""

import os
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from socket import gethostname
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from engine.diagnosis.judge import Verdict, judge
from engine.tables.errors import SpecError
from engine.tables.wording import Sentence
from engine.watch.reservations import NO_STEP
from engine.watch.watching import Watch
from viz.own_net import notebook as notebooks
from viz.own_net.reading import read_in
from viz.own_net.sending import Sender
from viz.own_net.showing import Showing, Stage

LONGEST = 240  # letters of an error


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
        notebook: bool | None = None,
        every_rank: bool = False,
        language: str | None = None,
    ) -> None:
        self.language = read_in(language)
        self.said: set[str] = set()
        rank, ranks = rank_here()
        self._is_shown = every_rank or rank == 0
        super().__init__(model, made(optimizer), every, rate, name)
        if every_rank and ranks > 1:
            self.name = Sentence("{name}, rank {rank} of {ranks}", name=self.name, rank=rank, ranks=ranks)
        hello = {"say": "hello", "name": self.name, "place": place()}
        self._stage = stage(lambda: self._showing.kept(), starts, notebook, self.language)
        self._showing = Showing(self._stage, hello, lambda: self.layers, self._verdict)
        self.recorders[".html"] = self._showing

    @property
    def url(self) -> str:
        """The page that shows it."""
        return self._stage.url

    def attach(self) -> None:
        """Begin to watch and to show; of several processes that train one net the first does, or each."""
        if not self._is_shown:
            return
        if not self.attached and not self.trouble:
            self._showing.open()
        super().attach()

    def detach(self) -> None:
        """Leave the model as it was; what was seen stays, and the page says that the script is done."""
        was = self.attached
        try:
            super().detach()
        finally:  # whatever fails there, the page is told
            if was:
                self._ends(self._kept())
        if was and not (self.steps or self.skipped or self.trouble):
            self._say(NO_STEP)

    def __exit__(self, *exception: Any) -> None:
        if self.attached and exception and exception[0] is not None:
            Watch.detach(self)
            said = "The script ended with {kind} after step {steps}: {error}"
            if isinstance(self._stage, notebooks.Cell):
                said = "The cell ended with {kind} after step {steps}: {error}"
            kind, error = exception[0].__name__, str(exception[1])[:LONGEST]
            self._ends(Sentence(said, kind=kind, steps=self.steps, error=error))
        self.detach()

    def _ends(self, words: str) -> None:
        if self.trouble:
            said = "The watching ended after step {steps}, the training goes on: {trouble}"
            words = Sentence(said, steps=self.steps, trouble=self.trouble)
        elif len(self._record):
            self._showing.tell()
            if self.doubt:
                said = "The watching ended after step {steps}, and nothing of the net was trained: {trouble}"
                words = Sentence(said, steps=self.steps, trouble=self.doubt)
        else:
            words = self.doubt or NO_STEP
        self._stage.close(words, waits=not self.trouble)

    def _kept(self) -> Sentence:
        if self.measured == self.steps or not self.frame:
            said = "The watching ended after step {steps}: all of it is kept here."
            return Sentence(said, steps=self.steps)
        said = (
            "The watching ended after step {steps}: {measured} {measured:of its steps was|of its steps were} measured "
            "and {measured:is|are} kept here. What the layers did in the others is not known; every=1 measures each."
        )
        if self.frame.step < self.steps:
            said = (
                "The watching ended after step {steps}: {measured} {measured:of its steps was|of its steps were} "
                "measured and {measured:is|are} kept here. What the layers did in the others is not known; every=1 "
                "measures each. Of the last one there is the loss, beside the layers as they were at step {last}."
            )
        return Sentence(said, steps=self.steps, measured=self.measured, last=self.frame.step)

    def _say(self, words: str) -> None:  # type: ignore[override]
        """Once, where the link stands: many scripts filter warnings, and a notebook's reader would not see them."""
        if not words or not self._is_shown or words in self.said or (words == NO_STEP and self.doubt):
            return
        self.said.add(words)
        print(f"Your net: {words}", file=sys.stderr, flush=True)

    def _verdict(self) -> Verdict:
        return judge(self.history, self._subject())


def watch(
    model: nn.Module,
    optimizer: Optimizer | Sequence[Optimizer] | None = None,
    every: int | None = None,
    rate: float = 10.0,
    name: str | None = None,
    notebook: bool | None = None,
    every_rank: bool = False,
    language: str | None = None,
) -> ShownWatch:
    """An `engine.Watch` that is shown while it goes on: in a notebook under its cell, elsewhere on a page.

        with watch(model, optimizer) as lab:
            ...  # train as ever

    The page is **Your net** of the app on this machine, which is started if need be. The options are those of
    `engine.Watch`; notebook: under the cell (True), on the page (False), or where it fits (None). every_rank: of
    several processes that train one net each shows what it sees, a run of its own; else the first alone does. Training
    never waits for what shows it, and never fails because of it. language: in which it is read under a cell and in the
    HTML file of `save`, "en" or "zh"; None: as the process's environment asks for (LC_ALL, LANG). A page asks its
    browser. What cannot be watched is printed on stderr. Raises SpecError for a notebook's cell where there is none,
    for an unknown language and for an optimizer that is only named, and ImportError where nothing can draw in the cell.
    """
    return ShownWatch(
        model, optimizer, every, rate, name, notebook=notebook, every_rank=every_rank, language=language
    )


def made(
    given: Optimizer | Sequence[Optimizer] | None,
) -> Optimizer | Sequence[Optimizer] | None:
    """What was given as optimizer. Raises SpecError for a name or a class, which moves nothing."""
    for each in given if isinstance(given, list | tuple) else [given]:
        if isinstance(each, str | type):
            raise SpecError(
                "optimizer must be one that was made, as torch.optim.Adam(model.parameters()) makes one, a list of "
                "such, or None; got {given!r}",
                given=each,
            )
    return given


def stage(kept: Callable[[], list[bytes]], starts: bool, notebook: bool | None, language: str) -> Stage:
    """Where a net is shown; see `watch`."""
    is_here = notebooks.is_here()
    if notebook and not is_here:
        raise SpecError("notebook=True is for a cell of a notebook, and this is none: leave it out")
    if notebook or (notebook is None and is_here and notebooks.can_draw()):
        return notebooks.Cell(kept, language=language)
    if notebook is None and is_here:
        drawn = f"under its cell it is drawn by anywidget (`{notebooks.INSTALL}`), now in the app"
        print(f"Your net: {drawn}.", file=sys.stderr)
    return Sender(secrets.token_urlsafe(24), kept, starts)


def rank_here() -> tuple[int, int]:
    """This process's rank among those that train one net, and how many they are; 0 of 1 where it is alone."""
    group = torch.distributed
    if group.is_available() and group.is_initialized():
        return group.get_rank(), group.get_world_size()
    return 0, 1


def place() -> str:
    """Which script this is, for a list."""
    script = Path(sys.argv[0]).name if sys.argv and sys.argv[0] else "python"
    said = "{script}, process {process} on {host}"
    return Sentence(said, script=script, process=os.getpid(), host=gethostname())
