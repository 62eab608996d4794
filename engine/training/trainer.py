"""Train a network one measured step at a time."""

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Literal, overload

import numpy as np
import torch
from torch import Tensor, nn

from engine.measure.asking import Asking
from engine.measure.frame import COLUMN, Divergence, Frame
from engine.measure.histograms import BINS, Histograms, histograms
from engine.measure.history import SCALARS, History
from engine.measure.stream import Stream
from engine.nets.modes import inference, judged
from engine.spec import RunSpec, SpecError
from engine.tables.activations import ACTIVATIONS
from engine.tables.option import Whole
from engine.tables.wording import Name
from engine.training.batches import Batches
from engine.training.checkpoint import Moment, Trail, frame_of, plain_frame
from engine.training.clipping import clip, gradient_norm
from engine.training.data import Data, data_of
from engine.training.network import Network
from engine.training.running_optimizer import build_optimizer, change_options, keep_pace

NEAR = 32  # steps before one that is looked at, a moment is kept: the next to be looked at may be one of them
LOOK_EVERY = 100  # steps at least lie between two looks at the test set
LOOK_SHARE = 0.05  # of the samples trained on meanwhile may be looked at; a step costs that of 64 at least
MOST_WORK = 1e10  # parameters times test samples of a look: a third of a second


class Trainer:
    """A run: network, data, optimizer and everything measured so far. Same spec, same numbers, bit for bit.

    `capacity` bounds the history (see `History`); data: samples in the place of the spec's own. Raises
    DatasetUnavailableError where the data cannot be had.
    After a divergence `diverged` says where; nothing moves any more and `step` returns that last frame again.
    """

    def __init__(self, spec: RunSpec, capacity: int | None = None, data: Data | None = None):
        self.spec = spec
        self.data = (data or data_of(spec)).to(spec.device)
        generator = torch.Generator().manual_seed(spec.seed)
        self.model = Network(spec, self.data.features, self.data.classes, generator)
        self.parameters = list(self.model.parameters())
        self.optimizer = build_optimizer(spec, self.parameters)
        self.batches = Batches(len(self.data.train_x), spec.batch_size, seed=spec.seed + 1)
        self.probe = Asking(self.model, self.model.linears())
        self.stream = Stream(self.model, self.model.linears())
        self.history = History(len(self.model.linears()), capacity)
        self.steps, self.newest_loss = 0, math.nan  # of the newest step's batch, measured or not
        self.frame: Frame | None = None
        self.diverged: Divergence | None = None
        self.trail = Trail()
        self.noise = torch.Generator().manual_seed(spec.seed + 2).get_state()
        self._size = sum(parameter.numel() for parameter in self.parameters)

    @overload
    def step(self, measure: Literal[True] = True) -> Frame: ...
    @overload
    def step(self, measure: bool) -> Frame | None: ...
    def step(self, measure: bool = True) -> Frame | None:
        """One optimizer step, measured. With measure=False the same step, to the bit, without a frame (None)."""
        if self.diverged:
            return self.frame
        if measure != self.probe.attached:
            self._attach() if measure else self._detach()
        keep_pace(self.optimizer, self.spec, self.steps)
        x, y = self._batch()
        noise = self.noise
        loss, logits = self._backward(x, y)
        self.newest_loss = loss.item()
        norm = gradient_norm(self.parameters) if self.spec.clip != "none" else None
        if measure:
            return self._measured(y, loss, logits, norm)
        # held until the optimizer has read them, else it would ask torch for every one anew
        gradients = [g for parameter in self.parameters if (g := parameter.grad) is not None]
        if math.isfinite(self.newest_loss) and self.probe.all_finite(gradients):
            self._update(norm)
            return None
        # the weights have not moved yet: the same pass again, with the hooks in place, tells where it began
        self._attach()
        self.noise = noise
        with self._kept_buffers():
            loss, logits = self._backward(x, y)
        return self._measured(y, loss, logits, norm)

    def look(self) -> Frame:
        """The coming step's frame without taking it: forward and backward are measured, nothing of the run changes.

        Its `step` is the steps taken so far and its `update_ratio` is 0.
        """
        if self.diverged and self.frame:
            return self.frame
        if not self.probe.attached:
            self._attach()
        batches, noise = self.batches.state(), self.noise
        keep_pace(self.optimizer, self.spec, self.steps)
        x, y = self._batch()
        with self._kept_buffers():
            loss, logits = self._backward(x, y)
        before = after = self.probe.measure_gradients()
        self.probe.measure_updates()
        if self.spec.clip != "none" and math.isfinite(before):
            clip(self.parameters, self.spec.clip, self.spec.clip_threshold, gradient_norm(self.parameters))
            after = gradient_norm(self.parameters).item()
        self.batches.restore(batches)
        self.noise = noise
        return self._frame(y, loss, logits, before, after, finite=math.isfinite(before))

    def _attach(self) -> None:
        self.probe.attach()
        self.stream.attach()

    def _detach(self) -> None:
        self.probe.detach()
        self.stream.detach()

    def _measured(self, y: Tensor, loss: Tensor, logits: Tensor, norm: Tensor | None) -> Frame:
        before = after = self.probe.measure_gradients()
        if finite := math.isfinite(loss.item()) and math.isfinite(before):
            self._update(norm)
            finite = self.probe.measure_updates()
            after = before if self.spec.clip == "none" else gradient_norm(self.parameters).item()
        else:
            self.steps += 1
        if not finite:
            layer, quantity = self.probe.began or (len(self.model.linears()) - 1, "loss")
            self.diverged = Divergence(self.steps, layer + 1, quantity)
        self.frame = self._frame(y, loss, logits, before, after, finite)
        scalars = {name: getattr(self.frame, name) for name in SCALARS}
        self.history.append(scalars | (self._tested() if finite else {}), self.frame.table)
        return self.frame

    def _tested(self) -> dict[str, float]:
        """The test set's accuracies where one is due: every hundred steps, or as seldom as that costs little."""
        test = len(self.data.test_x)
        every = max(LOOK_EVERY, test / (LOOK_SHARE * max(self.spec.batch_size or len(self.data.train_x), 64)))
        before = int(self.history["step"][-1]) if len(self.history) else 0
        costly = test * self._size > MOST_WORK
        if self.steps // every == before // every or costly or not self.model.loss.has_classes:
            return {}
        tested = {"test_accuracy": self.evaluate()[1]}
        if self.model.norms():
            tested["test_accuracy_batch"] = self.evaluate(batch_statistics=True)[1]
        return tested

    def _frame(
        self, y: Tensor, loss: Tensor, logits: Tensor, before: float, after: float, finite: bool
    ) -> Frame:
        table = self.probe.table()
        return Frame(
            step=self.steps,
            loss=loss.item(),
            accuracy=self.model.loss.accuracy(logits, y),
            finite=finite,
            gradient_norm=before,
            gradient_norm_clipped=after,
            lr=self.optimizer.param_groups[0]["lr"],
            table=table,
            stream=self.stream.table(table[:, COLUMN["preactivation_ms"]]),
        )

    def _batch(self) -> tuple[Tensor, Tensor]:
        indices = self.batches.draw()
        if indices is None:
            return self.data.train_x, self.data.train_y
        indices = indices.to(self.data.train_x.device)
        # the same as [indices], in half the time
        return self.data.train_x.index_select(0, indices), self.data.train_y.index_select(0, indices)

    def _backward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        # optimizer.zero_grad() announces itself to a profiler, which takes longer
        for parameter in self.parameters:
            parameter.grad = None
        with self._own_noise():
            loss, logits = self.model.loss.of(self.model, x, y)
            if self.probe.attached:
                self.probe.backward(loss, self.parameters)
            else:
                loss.backward()
        return loss.detach(), logits.detach()

    def _update(self, norm: Tensor | None) -> None:
        if norm is not None:
            clip(self.parameters, self.spec.clip, self.spec.clip_threshold, norm)
        self.optimizer.step()
        self.steps += 1
        self.trail.follow(self)

    @contextmanager
    def _kept_buffers(self) -> Iterator[None]:
        """Batch norm's running statistics come out as they went in."""
        kept = [buffer.clone() for buffer in self.model.buffers()]
        yield
        for buffer, before in zip(self.model.buffers(), kept, strict=True):
            buffer.copy_(before)

    @contextmanager
    def _own_noise(self) -> Iterator[None]:
        """Dropout and random activations draw from torch's global generator: lend it this run's state for a while."""
        if not self.spec.dropout and not ACTIVATIONS[self.spec.activation].random:
            yield
            return
        devices = [self.spec.device] if self.spec.device != "cpu" else []
        with torch.random.fork_rng(devices=devices):
            torch.set_rng_state(self.noise)
            if devices:
                torch.cuda.manual_seed(int(torch.randint(2**62, ())))
            yield
            self.noise = torch.get_rng_state()

    def histograms(self, bins: int = BINS, scale: str = "symlog", limit: int | None = None) -> Histograms:
        """The last measured step's outputs and gradients (dLoss/dz), layer by layer.

        scale: "symlog" or "linear"; limit: count only as many samples of the batch as hold that many values.
        """
        seen = (
            histograms(tensors, bins, scale, limit) for tensors in (self.probe.outputs, self.probe.gradients)
        )
        return Histograms(*seen)

    def evaluate(self, batch_statistics: bool = False) -> tuple[float, float]:
        """Loss and accuracy (NaN in a regression) on the test set, dropout off and RReLU at its mean slope.

        Batch norm uses its running statistics, or with batch_statistics=True those of the test set itself.
        Nothing of the run changes.
        """
        by_batch = (nn.BatchNorm1d,) if batch_statistics else ()
        with inference(self.model, *by_batch):
            return judged(self.model, self.data.test_x, self.data.test_y)

    def change(self, **fields) -> None:
        """Change the running net from its next step on: any of `RunSpec.LIVE`.

        A new optimizer starts with empty state; new options of the same optimizer keep it. Raises SpecError for a
        value that is not allowed and for a field that needs a new run; then nothing has changed.
        """
        spec = self.spec.replace(**fields)
        changed = self.spec.differences(spec)
        if fixed := changed.keys() - RunSpec.LIVE:
            raise SpecError(
                "{fixed}: cannot change while the net runs; make a new Trainer for it. "
                "A running net can change: {live}.",
                fixed=tuple(map(Name, sorted(fixed))),
                live=tuple(map(Name, sorted(RunSpec.LIVE))),
            )
        if changed:
            fields_then, fields_now = self.spec.to_dict(), spec.to_dict()
            before, after = ({name: all_of[name] for name in changed} for all_of in (fields_then, fields_now))
            self.history.changes.append((self.steps + 1, before, after))
        self.spec = spec
        if "optimizer" in changed:
            self.optimizer = build_optimizer(spec, self.parameters)
        elif changed.keys() & {"lr", "optimizer_options"}:
            change_options(self.optimizer, spec)
        if "batch_size" in changed:
            self.batches.resize(spec.batch_size)
        if "dropout" in changed:
            self.model.set_dropout(spec.dropout)
        for norm in self.model.norms():
            norm.momentum = spec.batch_norm_momentum

    def fork(self) -> "Trainer":
        """An exact, independent copy, its history included: both go on with the same numbers."""
        twin = Trainer.restore(self.checkpoint())
        twin.trail = self.trail.until(self.steps)
        return twin

    def at(self, step: int) -> "Trainer":
        """An exact, independent copy of the run as it was after that step: trained on, it gives the same numbers.

        A change of settings made after step k belongs to step k + 1: `at(k)` has the spec from before it. Steps are
        taken anew from the last moment of the trail before it, or from the start: 0 <= step <= steps, else SpecError.
        """
        step = Whole("step", 0, 0, self.steps).check(step)
        changes = self.history.changes
        if step == self.steps and not any(since > step for since, _, _ in changes):
            return self.fork()
        *_, past = self.walk(step)
        return past

    def walk(self, step: int) -> Iterator["Trainer"]:
        """The way of `at`: the copy as it sets out, after each step, the last of them measured, and at its end.

        Whoever shows a step of long ago takes the way in pieces; the run itself may go on meanwhile. It raises as `at`.
        """
        step = Whole("step", 0, 0, self.steps).check(step)
        changes, moment = self.history.changes, self.trail.before(step)
        past = Trainer(moment.spec if moment else self._opening(), self.history.capacity, self.data)
        if moment:
            moment.return_to(past)
        yield past
        for coming in range(past.steps + 1, step + 1):
            for since, _, after in changes:
                if since == coming:
                    past.change(**after)
            past.step(measure=coming == step)
            if coming == step - NEAR:
                self.trail.near = Moment.of(past)
            yield past
        past.history, past.trail = self.history.until(step), self.trail.until(step)
        yield past

    def _opening(self) -> RunSpec:
        """The spec that the run began with."""
        before: dict[str, Any] = {}
        for _, settings, _ in reversed(self.history.changes):
            before |= settings
        return self.spec.replace(**before)

    def checkpoint(self) -> bytes:
        """All of the run but the data, to go on from elsewhere; see `restore`."""
        buffer = io.BytesIO()
        torch.save(
            {
                **Moment.of(self).to_dict(),
                "history": {
                    k: torch.as_tensor(v) if isinstance(v, np.ndarray) else v
                    for k, v in self.history.state().items()
                },
                "frame": self.frame and plain_frame(self.frame),
                "diverged": self.diverged and asdict(self.diverged),
            },
            buffer,
        )
        return buffer.getvalue()

    @classmethod
    def restore(cls, checkpoint: bytes) -> "Trainer":
        """The run whose `checkpoint` this is. Nothing in it is ever executed (torch.load with weights_only)."""
        saved = torch.load(io.BytesIO(checkpoint), weights_only=True)
        measured = {name: saved.pop(name) for name in ("history", "frame", "diverged")}
        moment = Moment.from_dict(saved)
        trainer = cls(moment.spec)
        moment.return_to(trainer)
        trainer.trail.keep(moment)
        trainer.history = History.restored(
            {k: v.numpy() if isinstance(v, Tensor) else v for k, v in measured["history"].items()}
        )
        if frame := measured["frame"]:
            trainer.frame = frame_of(frame)
        if measured["diverged"]:
            trainer.diverged = Divergence(**measured["diverged"])
        return trainer
