"""The symptoms of a run: what its history says of its start, its steps and its last frames."""

from functools import cached_property

import numpy as np

from engine.diagnosis.subject import Subject
from engine.measure.history import History
from engine.tables.wording import Layer

ABSURD_LOSS = 100.0  # nats, at the start: guessing costs ln(classes), 2.3 for ten
FEW_STEPS = 30  # a run younger than this has had no chance to learn
COLLAPSED = 0.03  # of how far the logits varied over the samples at the start, or of 1 where that was more
FAIR_STEPS = 300  # whoever learns slowly, through a plateau, is seen to move by then
FAIR_SAMPLES = 1000  # of each class, seen by then
SMALLEST_SAMPLE = 4  # samples in a batch that say how far its outputs vary


class Run:
    """What the rules look at: the start of a run, and its last frames that hold numbers."""

    def __init__(self, history: History, subject: Subject):
        self.history, self.subject = history, subject
        self.hidden = subject.hidden
        self.rows = len(history)
        self.step = int(history["step"][-1])

    @cached_property
    def broken(self) -> bool:
        """Whether the last frame holds a NaN or an inf."""
        last = (self.history["loss"][-1], self.history["gradient_norm"][-1])
        return not np.isfinite(last).all() or bool((self.history["nonfinite"][-1] > 0).any())

    @cached_property
    def recent(self) -> slice:
        """The last frames, a fifth of the run but no more than 50, without a broken one."""
        end = max(self.rows - self.broken, 1)
        return slice(max(end - max(min(end // 5, 50), 5), 0), end)

    def now(self, column: str) -> np.ndarray:
        """The median of the last frames, [hidden layers], or a number."""
        return np.median(self._hidden(column)[self.recent], axis=0)

    def start(self, column: str) -> np.ndarray:
        """The first frame, [hidden layers], or a number."""
        return self._hidden(column)[0]

    def _hidden(self, column: str) -> np.ndarray:
        values = self.history[column]
        return values[:, : self.hidden] if values.ndim == 2 else values

    @cached_property
    def slope(self) -> float:
        """log10 of the gradient's rms at the start, first hidden layer over last: below 0 it vanishes."""
        return self._slope(self.start("gradient_rms"))

    @cached_property
    def slope_now(self) -> float:
        """The same now."""
        return self._slope(self.now("gradient_rms"))

    @staticmethod
    def _slope(gradient: np.ndarray) -> float:
        return float(np.log10(gradient[0]) - np.log10(gradient[-1])) if gradient[-1] > 0 else 0.0

    @cached_property
    def growth(self) -> tuple[float, float]:
        """log10 of the activations' rms, last hidden layer over first, at the start and now; -inf for none."""
        size = np.hypot(self._hidden("activation_mean"), np.sqrt(self._hidden("activation_var")))
        now = np.median(size[self.recent], axis=0)
        first, last = (float(np.log10(row[-1] / row[0])) if row[0] > 0 else -np.inf for row in (size[0], now))
        return first, last

    @cached_property
    def first_step(self) -> float:
        """The largest share of its weights that the first step moved a layer by."""
        return float(np.nanmax(self.history["update_ratio"][0], initial=0.0))

    @cached_property
    def largest_step(self) -> float:
        """The largest share of its weights that any step moved a layer by."""
        ratios = self.history["update_ratio"]
        return float(np.max(ratios, where=np.isfinite(ratios), initial=0.0))

    @cached_property
    def typical_step(self) -> float:
        """The share of its weights that a step moves the liveliest layer by, now."""
        return float(np.nanmax(np.median(self.history["update_ratio"][self.recent], axis=0)))

    @cached_property
    def loss(self) -> tuple[float, float]:
        """At the start and now."""
        return float(self.history["loss"][0]), float(np.median(self.history["loss"][self.recent]))

    @cached_property
    def accuracy(self) -> tuple[float, float]:
        """At the start and now."""
        first = self.history["accuracy"][: max(self.rows // 20, 1)]
        return float(first.mean()), float(self.history["accuracy"][self.recent].mean())

    @cached_property
    def learns(self) -> bool:
        """Whether loss and accuracy (if there is one) are well on their way from where chance puts them."""
        (loss, now), (accuracy, right) = self.loss, self.accuracy
        better = not np.isfinite(right) or right > accuracy + 0.25 * (1 - accuracy)
        return not self.broken and now < 0.7 * min(loss, 3.0) and better

    @cached_property
    def stuck(self) -> bool:
        """Whether there was time to learn and nothing came of it: the loss has been flat since early on."""
        early = self.history["loss"][self.rows // 10 : max(self.rows // 5, self.rows // 10 + 1)]
        return self.step >= FEW_STEPS and not self.learns and self.loss[1] > 0.95 * float(np.median(early))

    @cached_property
    def guessing(self) -> float:
        """The loss of equal odds for every class, ln(classes); NaN, which nothing is above, where there are none."""
        return float(np.log(self.subject.classes)) if self.subject.classes else np.nan

    @cached_property
    def guesses(self) -> bool:
        """Whether there was time to learn and the loss is no better than that of guessing."""
        return not self.broken and self.step >= FEW_STEPS and self.loss[1] > 0.98 * self.guessing

    @cached_property
    def spread(self) -> np.ndarray:
        """How far a logit varies over the samples, as standard deviation, [frames that hold numbers]."""
        return np.sqrt(self.history["signal_var"][: self.recent.stop, -1])

    @cached_property
    def fallen(self) -> tuple[int, float] | None:
        """The frame where the output came to be the same for all samples, and its spread then; None for never.

        Told by medians of 5 frames, or of a twentieth of the run.
        """
        size = min(max(len(self.spread) // 20, 5), len(self.spread))
        rest = len(self.spread) % size
        medians = np.median(self.spread[rest:].reshape(-1, size), axis=1)
        below = np.flatnonzero(medians < COLLAPSED * min(self.spread[0], 1.0))
        return (rest + size * (int(below[0]) + 1) - 1, float(medians[below[0]])) if len(below) else None

    @cached_property
    def collapsed(self) -> bool:
        """Whether the output came to be the same for all samples, and the loss has not recovered from it."""
        told = (self.subject.batch or np.inf) >= SMALLEST_SAMPLE and not self.subject.output_normalized
        # a linear net that finds no straight border does best with a constant
        return self.guesses and told and not self.subject.linear and self.fallen is not None

    @cached_property
    def flat(self) -> bool:
        """Whether, after a fair time, loss and accuracy are those of guessing, and the loss does not fall nor the
        spread grow: on a plateau that a net will leave, its spread grows long before its loss falls."""
        classes, batch = self.subject.classes, self.subject.batch or np.inf
        if not classes or self.step < FAIR_STEPS or self.step * batch / classes < FAIR_SAMPLES:
            return False
        if self.broken or self.loss[1] < 0.99 * self.guessing:
            return False
        known = self.accuracy[1] - max(self.accuracy[0], 1 / classes)
        halfway = slice(self.rows // 2, self.rows // 2 + self.recent.stop - self.recent.start)
        falls = self.loss[1] < 0.98 * np.median(self.history["loss"][halfway])
        grows = np.median(self.spread[self.recent]) > 1.2 * np.median(self.spread[halfway])
        return not (known > 0.05 * (1 - 1 / classes) or falls or grows)

    @cached_property
    def steep(self) -> float:
        """How much a gradient may change over the hidden layers: 2 decades, 1 where it changes twofold a layer."""
        return 1.0 if abs(self.slope) > np.log10(2) * max(self.hidden - 1, 1) else 2.0

    def origin(self) -> int:
        """The layer where the last frame's first NaN or inf arose: forward the lowest, else backward the highest."""
        forward = np.flatnonzero(~np.isfinite(self.history["preactivation_ms"][-1]))
        backward = np.flatnonzero(~np.isfinite(self.history["gradient_rms"][-1]))
        return int(forward[0] if len(forward) else backward[-1] if len(backward) else self.hidden) + 1

    def called(self, layer: int) -> Layer:
        """A layer as a value of a sentence."""
        return Layer(int(layer), is_output=int(layer) > self.hidden)
