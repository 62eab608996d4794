"""`Watch`: any module, measured while somebody else's loop trains it."""

import math
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from engine.diagnosis.finding import Finding
from engine.diagnosis.judge import course, diagnose
from engine.diagnosis.subject import Subject
from engine.measure.frame import Frame
from engine.measure.history import SCALARS
from engine.measure.statistics import COLUMNS
from engine.tables.errors import SpecError
from engine.tables.exporters import RECORDERS, Recorder
from engine.tables.option import Whole
from engine.watch import reservations, taps
from engine.watch.clipping import norm_before_step
from engine.watch.losses import Losses, unscaled
from engine.watch.names import merged, numbered
from engine.watch.pace import Pace
from engine.watch.parts import PartHooks
from engine.watch.quiet import Quiet
from engine.watch.record import Record
from engine.watch.report import report, save
from engine.watch.samples import samples


class Watch:
    """A module that is watched while it trains.

        with Watch(model, optimizer) as lab:
            for x, y in batches:
                optimizer.zero_grad()
                loss_of(model(x), y).backward()
                optimizer.step()
        print(lab.findings())

    optimizer: one, several (a step ends with the last one's), or None: then a step ends where the next forward pass
    begins, and `update_ratio` compares the weights there. every: a frame each so many steps, whatever it costs; else
    at most `rate` frames a second that take at most 5 % of the time. name: what it is called where it is shown.

    Measured are a `Probe`'s layers, before clipping and with a scaler's factor taken out; a measured step runs without
    torch.compile. Of several passes before a step the last one counts, and dLoss/dW is that of all of them. A layer
    that runs several times is several: "fc", "fc (2)". Whatever goes wrong here is a `WatchWarning` and ends the
    watching, never the training. Raises SpecError for a model that is none, and for numbers that are not allowed.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer | Sequence[Optimizer] | None = None,
        every: int | None = None,
        rate: float = 10.0,
        name: str | None = None,
    ) -> None:
        if not isinstance(model, nn.Module):
            raise SpecError("model must be a torch.nn.Module; got {given!r}", given=model)
        if every is not None:
            every = Whole("every", 1, 1, 10**9).check(every)
        if not (isinstance(rate, int | float) and 0 < rate < math.inf):
            raise SpecError("rate must be frames a second, above 0; got {given!r}", given=rate)
        self.model, self.name = model, name or type(model).__name__
        self.optimizers, words = reservations.optimizers_of(optimizer)
        self.pace = Pace(every, rate)
        self.steps = self.skipped = self.measured = 0
        self.frame: Frame | None = None
        self.recorders: dict[str, Recorder] = {}
        self.heard: list[Callable[[Frame], None]] = []  # who wants each frame as it is made
        self.layers: list[str] = []
        self._places: dict[str, int] = {}  # of the layers in the record
        self._bends: dict[str, tuple[float, float]] = {}  # where each layer's activation is flat
        self._probe: Quiet | None = None
        self._parts: PartHooks | None = None
        self._handles: list[Any] = []
        self._record, self._losses = Record(), Losses()
        self._is_open, self._scaler_steps = False, 0  # steps made when the scaler was last asked for one
        halves = {str(p.dtype).removeprefix("torch.") for p in model.parameters()} & {"float16", "bfloat16"}
        self._half = min(halves, default="")
        self.trouble = reservations.what_hinders(model)
        left_out = "" if self.trouble else reservations.what_is_left_out(model)
        self.doubt = "" if self.trouble else reservations.what_is_not_moved(model, self.optimizers)
        for said in (*words, self.trouble, left_out, self.doubt):
            self._say(said)

    # ------------------------------------------------------------------------------------------ coming and going

    def __enter__(self) -> "Watch":
        self.attach()
        return self

    def __exit__(self, *exception: Any) -> None:
        self.detach()

    @property
    def attached(self) -> bool:
        """Whether it is watching."""
        return bool(self._handles)

    def attach(self) -> None:
        """Begin to watch; the coming step is measured."""
        if self.attached or self.trouble:
            return
        self._say(reservations.watched_already(self.model))
        self._parts = PartHooks(
            self.model, lambda: self._probe.paths[-1] if self._probe and self._probe.paths else ""
        )
        self.recorders = {suffix: make() for suffix, make in RECORDERS.items()} | self.recorders
        self._probe = Quiet(self.model, bool(self.recorders), self._parts.heard, self._bends)
        if self.optimizers:
            self._handles = [each.register_step_pre_hook(self._steps_soon) for each in self.optimizers]
            self._handles.append(self.optimizers[-1].register_step_post_hook(self._has_stepped))
        else:
            self._handles = [self.model.register_forward_pre_hook(self._passes)]
        self._handles.append(self.model.register_forward_pre_hook(self._passes_anew))
        taps.listen(self)
        self._begin()

    def detach(self) -> None:
        """Leave the model as it was; what was seen stays."""
        if not self.attached:
            return
        if not self.optimizers and self._norm is not None:  # no pass comes that would end the last step
            self._guarded(self._count)
        self._guarded(lambda: self._losses.close(self.steps))
        self._guarded(self._keep_last)
        self._open(False)
        taps.leave(self)
        for handle in self._handles:
            handle.remove()
        self._handles = []
        trains = self._losses.came and not (self.steps or self.skipped or self.trouble)
        if trains and not sys.exc_info()[0]:  # an error says by itself why there was no step
            self._say(reservations.NO_STEP)

    # ------------------------------------------------------------------------------------------------- what was seen

    @property
    def history(self) -> Record:
        """Columns by name: history["gradient_rms"] is [frames, layers], history["loss"] is [frames]."""
        self._record.losses = self._losses.kept(self.steps)
        return self._record

    def loss(self, value: Tensor | float) -> None:
        """What the loss of this step is; without it the sum of what its backward passes began at is taken."""
        self._losses.told = value.detach() if isinstance(value, Tensor) else value

    @property
    def last_loss(self) -> float:
        """That of the last step that was taken, measured or not; NaN where nobody knows."""
        return self._losses.last

    def findings(self) -> list[Finding]:
        """What is wrong with the net now, worst first, each with advice and a line of code."""
        return diagnose(self.history, self._subject()) if len(self._record) else []

    def course(self) -> list[Finding]:
        """All that was ever found, in the order it began, with the steps where it began and ended."""
        return course(self.history, self._subject()) if len(self._record) else []

    def _subject(self) -> Subject:
        return Subject.seen(self.model, self.optimizers, self.layers, self._half, self._bends)

    def report(self) -> dict[str, Any]:
        """All that was seen as a plain dict that JSON takes: at most 256 KB, and it says what was not seen."""
        return report(self)

    def save(self, path: str | Path) -> None:
        """Write the history by the path's suffix: .parquet, .csv or .json; .html where `viz` is there to draw it.

        Raises SpecError for another suffix."""
        save(self, Path(path))

    # ------------------------------------------------------------------------------------------------------- a step

    def _begin(self) -> None:
        """A step begins: measured or not."""
        self._open(self.pace.due(self.steps, time.perf_counter()))

    def _open(self, measured: bool) -> None:
        probe, parts = self._probe, self._parts
        self._is_open = measured
        self._norm: float | None = None
        self._clipped: float | None = None
        self._losses.begin()
        if probe and parts and measured:
            probe.begin()
            parts.begin()
            if not probe.attached:
                parts.attach()
                probe.attach()
            if not self.optimizers:
                probe.remember()
        elif probe and parts and probe.attached:
            probe.detach()
            parts.detach()
            probe.begin()

    def _passes(self, *_: Any) -> None:
        """Without an optimizer: a forward pass, which ends the step before it."""
        if torch.compiler.is_compiling() or not torch.is_grad_enabled() or self._norm is None:
            return
        attached = self._probe.attached if self._probe else False
        self._guarded(self._end)
        if self._probe and self._probe.attached and not attached:  # too late for this pass to call its hook
            self._probe._forget()

    def _passes_anew(self, model: nn.Module, inputs: Any) -> None:
        if not self._is_open or torch.compiler.is_compiling() or not torch.is_grad_enabled():
            return
        if self._parts:
            self._parts.begin()
        device = next(model.parameters()).device.type
        if torch.is_autocast_enabled(device):
            self._half = str(torch.get_autocast_dtype(device)).removeprefix("torch.")

    def _steps_soon(self, _: Any, args: tuple, options: dict[str, Any]) -> tuple[tuple, dict] | None:
        given = taps.after_closure(args, options, lambda: self._guarded(self._look_before))
        if given is None:
            self._guarded(self._look_before)
        return given

    def _look_before(self) -> None:
        """Before an optimizer's step: gradients as they are now, after clipping, and the weights."""
        probe = self._probe
        self._losses.whole()
        if not (self._is_open and probe) or torch.compiler.is_compiling():
            return
        if self._norm is None:  # the gradient came from torch.autograd.grad, or is somebody's own
            self._norm = probe.measure_gradients()
        if self._clipped is None:
            norm = norm_before_step(self.model, self.optimizers)
            self._clipped = self._norm if norm is None else norm
            probe.remember()

    def _has_stepped(self, *_: Any) -> None:
        self._guarded(self._end)

    def _end(self) -> None:
        if torch.compiler.is_compiling():
            return
        self._count()
        if self._probe and self._probe.trouble is not None:
            raise self._probe.trouble
        self._begin()

    def _count(self) -> None:
        self.steps += 1
        self._losses.end(self.steps)
        if self._is_open:
            self._close()

    def _keep_last(self) -> None:
        """The last step of all is shown with its loss where it was not measured."""
        if not self.trouble and self.frame and self.frame.step < self.steps:
            for recorder in self.recorders.values():
                recorder.end(self.steps, self.last_loss)

    def begins_pass(self) -> None:
        """A pass begins that is none of the model itself: a training step that calls its parts."""
        if self._is_open and self._probe:
            self._probe._forget()
            self._passes_anew(self.model, ())

    def ends_pass(self) -> None:
        """Its forward part is over."""
        if self._probe:
            self._probe._leave()

    def after_backward(self, loss: Tensor) -> None:
        """A backward pass came back: its gradients are whole, and nobody has clipped them."""
        self._guarded(lambda: self._look_after(loss))

    def _look_after(self, loss: Tensor) -> None:
        if not self.optimizers and self._norm is None:
            self._norm = math.nan
        if self._is_open and self._probe:
            self._norm = self._probe.measure_gradients()
        self._losses.add(loss)

    def after_scaling(self, scaler: Any) -> None:
        """A loss was scaled; what comes back through it is too."""
        self._losses.scaled_by(scaler)

    def after_scaler_step(self, optimizer: Any) -> None:
        """The scaler made a step, or skipped it for gradients that overflowed."""
        if optimizer is self.optimizers[-1] if self.optimizers else False:
            if self._scaler_steps == self.steps:
                self.skipped += 1
                self._losses.begin()
            self._scaler_steps = self.steps

    def _close(self) -> None:
        """The frame of the step that ends here."""
        probe, parts = self._probe, self._parts
        if not (probe and parts):
            return
        probe.settle()
        finite = probe.measure_updates()
        if not probe.paths:
            return
        table = self._in_place(numbered(probe.paths), probe.table())
        loss = self._losses.now
        norm = math.nan if self._norm is None else self._norm / self._losses.scale
        rate = float(self.optimizers[0].param_groups[0]["lr"]) if self.optimizers else math.nan
        finite = finite and probe.began is None and not math.isinf(loss)
        clipped = norm if self._clipped is None else self._clipped
        self.frame = Frame(self.steps, loss, math.nan, finite, norm, clipped, rate, table)
        self.measured += 1
        self._record.append({name: getattr(self.frame, name) for name in SCALARS}, table)
        self._record.append_parts(self.steps, parts.seen)
        for recorder in self.recorders.values():
            recorder.take(self.frame, *samples(probe, self.layers, self._losses.scale))
        for hears in self.heard:
            hears(self.frame)

    def _in_place(self, names: list[str], found: np.ndarray) -> np.ndarray:
        """What a pass found, as the table of all layers that were ever seen, [layers, columns]; without the scale."""
        if not self._places.keys() >= set(names):
            grown = merged(self.layers, names) if self.layers else names
            self._places = {name: k for k, name in enumerate(grown)}
            places = [self._places[name] for name in self.layers]
            self._record, self.layers = self._record.grown(places, len(grown)), grown
        table = np.full((len(self.layers), len(COLUMNS)), np.nan)
        table[[self._places[name] for name in names]] = found
        return unscaled(table, self._losses.scale)

    # ------------------------------------------------------------------------------------------- whatever goes wrong

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            self.trouble = f"{type(error).__name__}: {error}"
            self._say(f"the watching ended, the training goes on: {self.trouble}")
            self._is_open = False
            self.detach()

    @staticmethod
    def _say(words: str) -> None:
        if words:
            warnings.warn(words, reservations.WatchWarning, stacklevel=3)
