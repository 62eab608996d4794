"""The rows of a run's history that a verdict speaks of, the first, the last and those since a setting was changed, and
how the signal fared in them on its way through the net."""

from functools import cached_property

import numpy as np

from engine.diagnosis.subject import Subject
from engine.measure.history import History
from engine.tables.wording import Name, Sentence

MOVING = 3e-4  # share of its weights that a step moves a layer by that learns
CRAWLING = 1e-5  # share of its weights, below which a layer stands for all that it moves with the others
ALIKE = 10.0  # times as far that layers may move which an optimizer moves alike
CHANGED = "since step {step_of_change} {setting:lower} is {value_now:given}, {value_before:given} before"
CHANGED_NUMBER = "since step {step_of_change} {setting:lower} is {value_now:rate}, {value_before:rate} before"


class Rows:
    """The start of a run, and its last frames that hold numbers.

    held: names of the findings that held at the look before, which rules let go of less easily than they take hold.
    After a change of the run's settings what counts as lately, and how old the run is, begins with that change.
    """

    def __init__(self, history: History, subject: Subject, held: frozenset[str] = frozenset()):
        self.history, self.subject, self.held = history, subject, held
        self.hidden = subject.hidden
        self._now: dict[str, np.ndarray] = {}
        self.rows = len(history)
        self.step = int(history["step"][-1])
        changed = history.changes[-1][0] if history.changes else 0
        self.since = min(int(np.searchsorted(history["step"], changed)), self.rows - 1)
        self.age = self.step - max(changed - 1, 0)

    @cached_property
    def change(self) -> Sentence | None:
        """The last change of its settings, in words; None for none."""
        if not self.history.changes:
            return None
        step, before, now = self.history.changes[-1]
        changed = [
            Sentence(
                CHANGED_NUMBER
                if all(isinstance(each[name], int | float) for each in (before, now))
                else CHANGED,
                step_of_change=step,
                setting=Name(name),
                value_now=now[name],
                value_before=before[name],
            )
            for name in before
        ]
        return changed[0] if len(changed) == 1 else Sentence("{changes}", changes=tuple(changed))

    @cached_property
    def broken(self) -> bool:
        """Whether the last frame holds a NaN or an inf."""
        last = (self.history["loss"][-1], self.history["gradient_norm"][-1])
        return not np.isfinite(last).all() or bool((self.history["nonfinite"][-1] > 0).any())

    @cached_property
    def recent(self) -> slice:
        """The last frames, a fifth of those since the last change but no more than 50, without a broken one."""
        end = max(self.rows - self.broken, 1)
        first = min(self.since, end - 1)
        return slice(max(end - max(min((end - first) // 5, 50), 5), first), end)

    def about(self, share: float) -> slice:
        """As many frames as `recent`, from a share of the way between the last change and now."""
        first = self.since + int((self.rows - self.since) * share)
        return slice(first, first + self.recent.stop - self.recent.start)

    def now(self, column: str) -> np.ndarray:
        """The median of the last frames, [hidden layers], or a number."""
        if column not in self._now:
            self._now[column] = np.median(self._hidden(column)[self.recent], axis=0)
        return self._now[column]

    def start(self, column: str) -> np.ndarray:
        """The first frame, [hidden layers], or a number."""
        return self._hidden(column)[0]

    @cached_property
    def first_layer_moves(self) -> bool:
        """Whether steps move the first layer for all its small gradient, as an optimizer does that rescales it."""
        return bool(self.now("update_ratio")[0] > MOVING)

    @cached_property
    def rescales(self) -> bool:
        """Whether the first step moved the first layer for all its small gradient, by a share that learns or about as
        far as any layer: it did not vanish for this optimizer, which may yet lead the net out."""
        first, most = self.start("update_ratio")[0], self.first_step
        return bool(first > MOVING or (first > CRAWLING and first * ALIKE > most))

    @cached_property
    def first_step(self) -> float:
        """The largest share of its weights that the first step moved a layer by."""
        return float(np.nanmax(self.history["update_ratio"][0], initial=0.0))

    @cached_property
    def levels(self) -> bool:
        """Whether the optimizer rescales, and moved the first hidden layer about as far as the last, whatever their
        gradients: they did not explode for it."""
        moved = self.start("update_ratio")
        first, last = (float(moved[layer - 1]) for layer in self.ends)
        return self.subject.rescales and first < ALIKE * last

    def _hidden(self, column: str) -> np.ndarray:
        values = self.history[column]
        return values[:, : self.hidden] if values.ndim == 2 else values

    @cached_property
    def slope(self) -> float:
        """log10 of the gradient's rms at the start, first hidden layer of its way over last: below 0 it vanishes."""
        return self._slope(self.start("gradient_rms"))

    @cached_property
    def slope_now(self) -> float:
        """The same now."""
        return self._slope(self.now("gradient_rms"))

    def _slope(self, gradient: np.ndarray) -> float:
        first, last = (gradient[layer - 1] for layer in self.ends)
        return float(np.log10(first) - np.log10(last)) if last > 0 else 0.0

    @cached_property
    def ends(self) -> tuple[int, int]:
        """The first and the last hidden layer of the gradient's way."""
        return self.subject.ends(self.start("gradient_rms"))

    @cached_property
    def growth(self) -> tuple[float, float]:
        """log10 of the activations' rms, last hidden layer over first, at the start and now; -inf for none."""
        size = np.hypot(self._hidden("activation_mean"), np.sqrt(self._hidden("activation_var")))
        now = np.median(size[self.recent], axis=0)
        first, last = (float(np.log10(row[-1] / row[0])) if row[0] > 0 else -np.inf for row in (size[0], now))
        return first, last
