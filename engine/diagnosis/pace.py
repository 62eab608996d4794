"""How fast a run gets better, and where that pace leads: means over the quarters of its steps since the last change."""

import numpy as np

from engine.diagnosis.subject import Subject
from engine.measure.history import History

PATIENCE = 3000  # steps, or three times those it has had, in which a net is expected to get somewhere
SURE, LIKELY = 3.0, 2.0  # standard errors
EARLY, LATE = 0.375, 0.875  # the middle of the second and of the last quarter
VISIBLE = 0.2  # is how far logits must differ over the samples for a loss to tell
Measured = tuple[float, float]  # a mean and its standard error


class Pace:
    """What becomes of a run's answers and of its loss, quarter by quarter. frames: those since the last change."""

    def __init__(self, history: History, frames: slice, age: int, subject: Subject):
        self.history, self.frames, self.age, self.subject = history, frames, max(age, 1), subject
        self._losses: dict[int, Measured] = {}

    def _quarter(self, which: int) -> slice:
        """The frames of a quarter: 0 is the first, 3 the last; one at least."""
        first, size = self.frames.start, self.frames.stop - self.frames.start
        start = min(first + which * size // 4, self.frames.stop - 1)
        return slice(start, max(first + (which + 1) * size // 4, start + 1))

    def right(self, which: int) -> Measured:
        """The share of right answers in a quarter, as the batches were answered."""
        seen = self.history["accuracy"][self._quarter(which)]
        return _share(float(seen.mean()), len(seen) * (self.subject.batch or 1000))

    def tested(self, which: int) -> Measured | None:
        """The same by the looks at the test set; None where there was none in that quarter."""
        return self._looked(self.history["test_accuracy"][self._quarter(which)])

    def _tested_at_best(self, which: int) -> Measured | None:
        """By batch norm's running statistics or by those of the test set itself, whichever are right more often."""
        names = "test_accuracy", "test_accuracy_batch"
        return self._looked(np.fmax(*(self.history[name][self._quarter(which)] for name in names)))

    def _looked(self, seen: np.ndarray) -> Measured | None:
        seen = seen[np.isfinite(seen)]
        return _share(float(seen.mean()), len(seen) * TESTED) if len(seen) else None

    @property
    def is_tested_better(self) -> bool:
        """Whether more of the test set is right than in the second quarter, likely beyond chance."""
        before, now = self.tested(1), self.tested(3)
        return bool(before and now and now[0] - before[0] > LIKELY * np.hypot(now[1], before[1]))

    def loss(self, which: int) -> Measured:
        """The median loss of a quarter."""
        if which not in self._losses:
            seen = self.history["loss"][self._quarter(which)]
            middle = float(np.median(seen))
            spread = 1.48 * float(np.median(np.abs(seen - middle)))
            self._losses[which] = middle, 1.25 * spread / np.sqrt(len(seen))
        return self._losses[which]

    def growth(self, column: str) -> np.ndarray:
        """How many times as large a column is in the last quarter as in the second, layer by layer."""
        values = self.history[column]
        before, now = (np.median(values[self._quarter(which)], axis=0) for which in (1, 3))
        return np.where(before > 0, now / np.where(before > 0, before, 1.0), np.where(now > 0, np.inf, 1.0))

    @property
    def parts(self) -> bool:
        """Whether the outputs part so fast that their loss would tell by the time that patience ends: on a plateau all
        that grows does so exponentially."""
        now = float(np.median(self.history["signal_var"][self._quarter(3), -1]))
        growth = float(self.growth("signal_var")[-1])
        return growth > 1.1 and now * growth ** (self._ahead() / ((LATE - EARLY) * self.age)) > VISIBLE**2

    def rises(self, enough: float) -> bool:
        """Whether more answers are right than in the second quarter, beyond chance, and so fast that a straight line
        leads to enough of them."""
        before, now = self.right(1), self.right(3)
        return (
            bool(self.subject.classes) and _beyond(now, before) and self._straight_on(before, now) >= enough
        )

    def falls(self, guessing: float) -> bool:
        """Whether the loss is below that of guessing and falls, beyond chance, so fast that a straight line leads well
        below."""
        before, now = self.loss(1), self.loss(3)
        if not _beyond(before, now) or now[0] > 0.98 * guessing:
            return False
        return bool(self._straight_on(before, now) < 0.8 * guessing)

    def _straight_on(self, before: Measured, now: Measured) -> float:
        """Where a straight line through the second and the last quarter leads by the time that patience ends."""
        return now[0] + (now[0] - before[0]) / ((LATE - EARLY) * self.age) * self._ahead()

    def _ahead(self) -> float:
        """Steps from the middle of the last quarter to the end of patience."""
        return max(PATIENCE, 3 * self.age) - LATE * self.age

    def outlook(self, guessing: float) -> float:
        """The share of right answers that it comes to in three times as long, at the pace since its second quarter by
        the logarithm of its steps, allowing for chance; of numbers the share of their variance that is explained."""
        if not self.subject.classes:
            paths = [tuple((1 - loss / guessing, error / guessing) for loss, error in map(self.loss, (1, 3)))]
        else:
            paths = [(self.right(1), self.right(3))]
            before, now = self.tested(1), self.tested(3)
            if before and now:
                paths.append((before, now))
        return max(_ahead(before, now) for before, now in paths)

    def leads(self, chance: float, halfway: float, guessing: float) -> bool:
        """Whether the outlook is half of the way from chance to all answers right: well beyond, for a pace slackens, or
        about there and the loss comes down as fast; and whether the test set, where it was looked at, keeps up."""
        outlook = self.outlook(guessing)
        if not self.subject.classes:
            return bool(outlook >= halfway)
        before, now = self._tested_at_best(1), self._tested_at_best(3)
        if before and now and _ahead(before, now) < chance + ALONG * (halfway - chance):
            return False
        lead = (outlook - chance) / (halfway - chance)
        return bool(lead >= AMPLE or (lead >= ABOUT and self._loss_ahead() < LIGHT * guessing))

    def _loss_ahead(self) -> float:
        """What the loss comes to in three times as long, at its pace by the logarithm of its steps."""
        (before, _), (now, _) = self.loss(1), self.loss(3)
        return now + (now - before) * FARTHER


AMPLE, ABOUT, ALONG = 1.3, 0.6, 0.7  # times half of the way to all answers right
LIGHT = 0.7  # of the loss of guessing
FARTHER = float(
    np.log(3 / LATE) / np.log(LATE / EARLY)
)  # times what came between the two quarters comes by then
TESTED = 400  # samples of a test set, about


def _share(share: float, answers: float) -> Measured:
    return share, float(np.sqrt(max(share * (1 - share), 1 / answers) / answers))


def _beyond(more: Measured, less: Measured) -> bool:
    return bool(more[0] - less[0] > SURE * np.hypot(more[1], less[1]))


def _ahead(before: Measured, now: Measured) -> float:
    gained = now[0] - before[0] + LIKELY * np.hypot(now[1], before[1])
    return float(now[0] + max(gained, 0.0) * FARTHER)
