"""The symptoms of a run: what its history says of its start, its steps and its last frames."""

from functools import cached_property

import numpy as np

from engine.diagnosis.pace import LIKELY, Pace
from engine.diagnosis.rows import MOVING, Rows
from engine.tables.wording import Layer

ABSURD_LOSS = 100.0  # nats, at the start: guessing costs ln(classes), 2.3 for ten
FEW_STEPS = 30  # a run younger than this has had no chance to learn
COLLAPSED = 0.03  # of how far the logits varied over the samples at the start, or of 1 where that was more
FAIR_STEPS = 300  # whoever learns slowly, through a plateau, is seen to move by then
FAIR_SAMPLES = 1000  # of each class, seen by then
LONG_STEPS = 1000  # a plateau that nothing grows on for so long is none
LONG_SAMPLES = 3000  # seen by then
CLIPPED = 0.1  # of a gradient is left by clipping
SMALL_STEP = 1e-3  # share of its weights that a step moves the liveliest layer by
CREEP = 1e-4  # of its weights a step moves the liveliest layer by
SILENCED = 0.01  # of a signal's paths are left open by dropout in all layers: after long it is that
SHUT = 1e-4  # and so few tell at once
SMALLEST_SAMPLE = 4  # samples in a batch that say how far its outputs vary


class Run(Rows):
    """What the rules look at: the symptoms that the rows show."""

    @cached_property
    def largest_step(self) -> float:
        """The largest share of its weights that any step since the last change moved a layer by."""
        ratios = self.history["update_ratio"][self.since :]
        return float(np.max(ratios, where=np.isfinite(ratios), initial=0.0))

    @cached_property
    def typical_step(self) -> float:
        """The share of its weights that a step moves the liveliest layer by, now."""
        return float(np.nanmax(np.median(self.history["update_ratio"][self.recent], axis=0)))

    @cached_property
    def moves(self) -> bool:
        """Whether steps move the liveliest layer as one moves that learns."""
        return self.typical_step > MOVING

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
        now, right = self.loss[1], self.accuracy[1]
        better = not np.isfinite(right) or right > self.enough_right
        return not self.broken and now < self.enough_loss and better

    @cached_property
    def enough_loss(self) -> float:
        """The loss below which it learns."""
        absurd = self.guessing if self.subject.classes == 0 else 3.0
        return 0.7 * min(self.loss[0], absurd)

    @cached_property
    def enough_right(self) -> float:
        """The share of right answers above which it learns."""
        common = self.subject.most_common or 0.0
        uneven = common > 1.2 / max(self.subject.classes or 1, 1)  # there naming one class is right for most
        chance = max(self.accuracy[0], common) if uneven else self.accuracy[0]
        return chance + 0.25 * (1 - chance)

    @cached_property
    def chance(self) -> float:
        """The share of right answers of a guess: of naming the most common class; without classes that of its start."""
        classes, common = self.subject.classes, self.subject.most_common or 0.0
        return max(1 / classes, common) if classes else self.accuracy[0]

    @cached_property
    def knows(self) -> bool:
        """Whether half of the way from guessing to all answers right is behind it, whatever its loss: by its batches
        or by the newest look at the test set."""
        if self.broken:
            return False
        if not self.subject.classes:
            return self.subject.classes == 0 and self.loss[1] < 0.5 * self.guessing
        return self.right > self.halfway

    @cached_property
    def right(self) -> float:
        """The share of right answers now, of its batches or of the test set, whichever is more."""
        tested = self.pace.tested(3)
        return max(self.accuracy[1], tested[0] if tested else 0.0)

    @cached_property
    def pace(self) -> Pace:
        """How fast it gets better since the last change."""
        return Pace(
            self.history,
            slice(min(self.since, self.recent.stop - 1), self.recent.stop),
            self.age,
            self.subject,
        )

    @cached_property
    def fine(self) -> bool:
        """Whether what is wrong with it, if anything, does not keep it from learning: half of the way is behind it, or
        it visibly gets better; after long its pace must lead there. What guessing would save is no progress."""
        if self.broken or self.masters:
            return not self.broken
        if self.pace.loss(3)[0] > 1.5 * self.guessing:
            return False
        if self.age >= LONG_STEPS:
            # steps that bend nothing lead straight on, whatever the logarithm of their number
            creeps = self.typical_step < CREEP and self.pace.rises(self.halfway)
            return self.knows or ((self.promises or creeps) and self.lighter)
        rises = self.lighter and self.pace.rises(self.halfway)
        return self.knows or self.learns or rises or self.pace.falls(self.guessing)

    @cached_property
    def lighter(self) -> bool:
        """Whether the loss falls with it: answers near the border turn right and wrong by chance."""
        (before, its_error), (now, error) = self.pace.loss(1), self.pace.loss(3)
        return not before - now < max(np.hypot(error, its_error), 0.01 * self.guessing)

    @cached_property
    def masters(self) -> bool:
        """Whether three quarters of the way are behind it, whatever its loss."""
        return bool(self.subject.classes and self.right > self.chance + 0.75 * (1 - self.chance))

    @cached_property
    def long(self) -> bool:
        """Whether it had long, in steps and in samples."""
        return self.age >= LONG_STEPS and self.age * (self.subject.batch or np.inf) >= LONG_SAMPLES

    @cached_property
    def promises(self) -> bool:
        """Whether its pace leads half of the way from guessing to all answers right, in three times as long."""
        return self.pace.leads(self.chance, self.halfway, self.guessing)

    @cached_property
    def halfway(self) -> float:
        """Half of the way from guessing to all answers right; of numbers, half of their variance explained."""
        return (1 + (self.chance if self.subject.classes else 0.0)) / 2

    @cached_property
    def stuck(self) -> bool:
        """Whether there was time to learn and nothing came of it: the loss has been flat since early on."""
        seen = self.history["loss"][self.since :]
        early = seen[len(seen) // 10 : max(len(seen) // 5, len(seen) // 10 + 1)]
        return self.age >= FEW_STEPS and not self.learns and self.loss[1] > 0.95 * float(np.median(early))

    @cached_property
    def best(self) -> tuple[int, float]:
        """The row about which the loss was lowest since the last change, and how low: medians of as many frames as
        `recent` has."""
        seen, size = self.history["loss"][self.since : self.recent.stop], self.recent.stop - self.recent.start
        rest = len(seen) % size
        medians = np.median(seen[rest:].reshape(-1, size), axis=1)
        lowest = int(np.argmin(medians))
        return self.since + rest + lowest * size + size // 2, float(medians[lowest])

    @cached_property
    def swing(self) -> tuple[float, float]:
        """How low and how high the loss was since halfway from the last change, in medians of 20 frames (5 at least);
        (inf, -inf) where it has not that many."""
        seen = self.history["loss"][self.since : self.recent.stop]
        half = seen[len(seen) // 2 :]
        size = min(20, max(len(half) // 4, 5))
        if len(half) < size:
            return np.inf, -np.inf
        medians = np.median(half[len(half) % size :].reshape(-1, size), axis=1)
        return float(medians.min()), float(medians.max())

    @cached_property
    def guessing(self) -> float:
        """The loss of the best answer for all samples alike, ln(classes) for equal odds; NaN, which nothing is above,
        where nobody knows."""
        if self.subject.guess is not None:
            return self.subject.guess
        return float(np.log(self.subject.classes)) if self.subject.classes else np.nan

    @cached_property
    def guesses(self) -> bool:
        """Whether there was time to learn and the loss is no better than that of guessing."""
        return not self.broken and self.age >= FEW_STEPS and self.loss[1] > 0.98 * self.guessing

    @cached_property
    def spread(self) -> np.ndarray:
        """How far a logit varies over the samples, as standard deviation, [frames that hold numbers]."""
        return np.sqrt(self.history["signal_var"][: self.recent.stop, -1])

    @cached_property
    def fallen(self) -> tuple[int, float] | None:
        """The frame where the output came to be the same for all samples, and its spread then; None for never.

        Told by medians of 5 frames, or of a twentieth of the run.
        """
        ends, medians = self._medians_of_spread()
        below = np.flatnonzero(medians < COLLAPSED * min(self.spread[0], 1.0))
        return (int(ends[below[0]]), float(medians[below[0]])) if len(below) else None

    def _medians_of_spread(self) -> tuple[np.ndarray, np.ndarray]:
        """The last frame of each stretch, and the median of its spreads."""
        size = min(max(len(self.spread) // 20, 5), len(self.spread))
        rest = len(self.spread) % size
        medians = np.median(self.spread[rest:].reshape(-1, size), axis=1)
        return rest + size * np.arange(1, len(medians) + 1) - 1, medians

    @cached_property
    def collapsed(self) -> bool:
        """Whether the output came to be the same for all samples, and the loss has not recovered from it."""
        told = (self.subject.batch or np.inf) >= SMALLEST_SAMPLE and not self.subject.output_normalized
        holds = "collapsed" in self.held
        guesses = self.loss[1] > 0.95 * self.guessing if holds else self.guesses
        # a linear net that finds no straight border does best with a constant
        sick = guesses and told and not self.broken and not self.subject.linear and self.fallen is not None
        return sick and not self.fine and (holds or not self.recovers)

    @cached_property
    def recovers(self) -> bool:
        """Whether the outputs' spread has grown since it was smallest, and has not been ten times as large since
        it fell: a net that leaves a plateau by itself. One that goes up and down near nothing leaves none."""
        now = float(np.median(self.spread[self.recent]))
        ends, medians = self._medians_of_spread()
        since = medians[ends > self.fallen[0]] if self.fallen else medians
        return now > 2 * medians.min() and medians[-1] > 0.1 * since.max(initial=0.0)

    @cached_property
    def fair(self) -> bool:
        """Whether it had a fair time: steps after the warmup, and samples of each class."""
        classes, batch = self.subject.classes, self.subject.batch or np.inf
        if classes is None:
            return False
        return (
            self.age - self.subject.warmup >= FAIR_STEPS
            and self.age * batch / max(classes, 1) >= FAIR_SAMPLES
        )

    @cached_property
    def seen_some(self) -> bool:
        """Whether it has had its first steps, and with small batches so many of them that they say something."""
        return self.age >= FEW_STEPS and self.age * (self.subject.batch or np.inf) >= FAIR_SAMPLES

    @cached_property
    def absurd(self) -> bool:
        """Whether the loss, on average, is above that of guessing: what is wrong weighs more than all that is right."""
        mean = float(np.mean(self.history["loss"][self.recent]))
        return not mean < (self.guessing if np.isfinite(self.guessing) else ABSURD_LOSS)

    @cached_property
    def flat(self) -> bool:
        """Whether, after a fair time, loss and accuracy are those of guessing, and the loss does not fall below nor
        the spread grow: on a plateau that a net will leave, its spread grows long before its loss falls.

        Once it is said, only a loss below that of guessing ends it."""
        classes = self.subject.classes
        if self.broken or classes is None or not self.fair or self.fine:
            return False
        if "not learning" in self.held:
            return self.loss[1] > 0.95 * self.guessing
        chance = self.subject.most_common or 1 / max(classes, 1)
        learned = self.accuracy[1] - max(self.accuracy[0], chance) > 0.05 * (1 - chance)
        arrived = (
            self.guessing <= self.loss[1] < 1.1 * self.guessing
        )  # to there it fell by forgetting its start
        falls = self.loss[1] < 0.98 * np.median(self.history["loss"][self.about(0.5)]) and not arrived
        return self.loss[1] >= 0.99 * self.guessing and not (
            learned or falls or self.grows("signal_var", 1.44)
        )

    @cached_property
    def stands_still(self) -> bool:
        """Whether, after many steps, its pace leads nowhere near, chance in small batches allowed for: on a plateau at
        the loss of guessing only where nothing grows that would end it."""
        if self.fine or self.broken or self.subject.classes is None or self.age < LONG_STEPS:
            return False
        right, error = self.pace.right(3)
        known = right - self.chance > max(0.05 * (1 - self.chance), LIKELY * error)
        begun = self.loss[1] < 0.98 * self.guessing or (self.subject.classes and known)
        return bool(begun) or "stands still" in self.held or self.lost

    @cached_property
    def waited(self) -> bool:
        """Whether a plateau lasts for long and its outputs do not part: what begins to leave one parts them twofold."""
        return self.age >= LONG_STEPS and not self.grows("signal_var", 2.0)

    def grows(self, column: str, factor: float) -> bool:
        """Whether a column of the output layer is that much larger now than halfway."""
        return bool(self.pace.growth(column)[-1] > factor)

    @cached_property
    def lost(self) -> bool:
        """Whether nothing grows any more, for long: neither the first layer's gradient, nor any layer's weights that
        part the outputs, nor the outputs' spread, so that it would be seen one day. All of them do, slowly, in a net
        that will leave its plateau."""
        if not self.long:
            return False
        heavier = (self.pace.growth("weight_var") > 1.02).any() and self.grows("signal_var", 1.1)
        # a gradient that grows while the outputs draw together is noise
        steeper = self.pace.growth("gradient_rms")[0] > 1.1 and self.grows("signal_var", 0.9)
        return not (self.pace.parts or heavier or steeper)

    @cached_property
    def silenced(self) -> bool:
        """Whether dropout leaves so few paths from input to output open that it, not the rate, holds the run back."""
        least = SILENCED if self.age >= LONG_STEPS else SHUT
        return bool((1 - self.subject.dropout) ** len(self.subject.crossed) < least)

    @cached_property
    def left_by_clipping(self) -> float:
        """The share of the gradient that clipping leaves."""
        return float(self.now("gradient_norm_clipped") / self.now("gradient_norm"))

    @cached_property
    def flat_by_clipping(self) -> bool:
        """Whether clipping is what holds the run back: little is left of the gradient, and steps are small."""
        return self.left_by_clipping < CLIPPED and self.typical_step < SMALL_STEP

    @cached_property
    def shrinks(self) -> bool:
        """Whether weight decay outweighs the gradient: the largest of all layers' weights have lost half their size."""
        if self.subject.decay <= 0 or self.age < FEW_STEPS or self.fine:
            return False
        return self.weights_left < (0.7 if "weight decay too strong" in self.held else 0.5)

    @cached_property
    def weights_left(self) -> float:
        """What the layer that kept most has kept of its weights' size, of what it had at the start."""
        now, start = np.median(self.history["weight_var"][self.recent], axis=0), self.history["weight_var"][0]
        return float(np.sqrt(np.max(np.where(start > 0, now / start, 1.0))))

    @cached_property
    def steep(self) -> float:
        """How much a gradient may change over the hidden layers: 2 decades, 1 where it changes twofold a layer."""
        return 1.0 if abs(self.slope) > np.log10(2) * self.subject.strides(*self.ends) else 2.0

    def origin(self) -> int:
        """The layer where the last frame's first NaN or inf arose: forward the lowest, else backward the highest."""
        forward = np.flatnonzero(~np.isfinite(self.history["preactivation_ms"][-1]))
        backward = np.flatnonzero(~np.isfinite(self.history["gradient_rms"][-1]))
        return int(forward[0] if len(forward) else backward[-1] if len(backward) else self.hidden) + 1

    def called(self, layer: int) -> Layer:
        """A layer as a value of a sentence."""
        return Layer(int(layer), is_output=int(layer) > self.hidden)
