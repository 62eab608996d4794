"""The symptoms of a net of somebody's own, whose layers may be anything: what its record says, by layer."""

import warnings
from functools import cached_property

import numpy as np

from engine.diagnosis.subject import Subject
from engine.measure.history import History

FEW_STEPS = 20  # a net younger than this has had no chance
FAIR_STEPS = 50
RECENT = 10  # frames
FADED = 1e-4  # of the largest relative gradient is left at the input's end


class Watched:
    """What the rules for watched nets look at. Columns are [layers], NaN where a layer has none of it."""

    def __init__(self, history: History, subject: Subject, held: frozenset[str] = frozenset()):
        self.history, self.subject, self.held = history, subject, held
        self.paths, self.rows = subject.paths, len(history)
        self.step = int(history["step"][-1])
        self.hidden = max(len(self.paths) - 1, 0)

    @cached_property
    def last(self) -> slice:
        """The newest frames, at most a third of all."""
        return slice(self.rows - min(RECENT, max(self.rows // 3, 1)), self.rows)

    def now(self, column: str) -> np.ndarray:
        """The median of the newest frames."""
        return _median(self.history[column][self.last])

    def start(self, column: str) -> np.ndarray:
        """The first frame that saw the layer."""
        values = self.history[column]
        seen = np.isfinite(values)
        first = values[seen.argmax(0), np.arange(values.shape[1])]
        return np.where(seen.any(0), first, np.nan)

    def ever(self, column: str) -> np.ndarray:
        """The largest of all frames."""
        values = self.history[column]
        return np.max(values, axis=0, where=np.isfinite(values), initial=0.0)

    @cached_property
    def losses(self) -> tuple[np.ndarray, np.ndarray]:
        """Step and loss of all that are known, measured or not."""
        known = getattr(self.history, "losses", np.empty((0, 2)))
        return known[:, 0], known[:, 1]

    @cached_property
    def loss(self) -> tuple[float, float]:
        """At the start, before any step made it worse, and now; NaN where nobody said it."""
        losses = self.history["loss"]
        early = losses[: max(min(RECENT, self.rows // 3), 1)]
        steps, known = self.losses
        newer = known[steps > self.step][-RECENT:]
        now = _median(newer if len(newer) == RECENT else losses[self.last])
        return float(np.fmin(losses[0], _median(early))), float(now)

    @cached_property
    def learns(self) -> bool:
        """Whether the loss has come down by a third; False where nobody said it."""
        start, now = self.loss
        return now < start - abs(start) / 3

    @cached_property
    def latest(self) -> int:
        """The last step that anything is known of."""
        return int(max(self.step, *self.losses[0][-1:]))

    @cached_property
    def stands(self) -> bool:
        """Whether a net that has had its chance has got no better, however its weights move, as Adam moves all."""
        start, now = self.loss
        return self.latest >= FAIR_STEPS and now > start - 0.05 * abs(start)

    @cached_property
    def relative(self) -> np.ndarray:
        """How large the spread of dLoss/dW is beside that of W, at the start."""
        weights = self.start("weight_var")
        return np.sqrt(self.start("weight_gradient_var") / np.where(weights > 0, weights, np.nan))

    @cached_property
    def faded(self) -> np.ndarray:
        """Which layers get next to nothing of the largest gradient, each beside its weights."""
        relative = np.where(np.isfinite(self.relative), self.relative, 0.0)
        return relative < FADED * relative.max(initial=0.0)

    @cached_property
    def moved(self) -> np.ndarray:
        """The share of its weights that a step moves each layer by, now; NaN where weights began at zero."""
        ratio = self.now("update_ratio")
        return np.where(np.isfinite(ratio) & (self.start("weight_var") > 0), ratio, np.nan)

    @cached_property
    def typical_step(self) -> float:
        """The median layer's share of its weights that a step moves, now."""
        return float(_median(self.moved))

    @cached_property
    def size(self) -> tuple[np.ndarray, np.ndarray]:
        """rms of what each layer's linear map puts out, at the start and now."""
        return np.sqrt(self.start("preactivation_ms")), np.sqrt(self.now("preactivation_ms"))

    @cached_property
    def offsets(self) -> np.ndarray:
        """The mean square of what each hidden layer's activation puts out, over its variance, at the start."""
        mean, var = self.start("activation_mean")[: self.hidden], self.start("activation_var")[: self.hidden]
        return mean**2 / np.where(var > 0, var, np.nan)

    @cached_property
    def offset(self) -> float:
        """That of the median hidden layer."""
        return float(_median(self.offsets))

    def part(self, kind: str, column: str) -> dict[str, tuple[float, float]]:
        """Path -> (first, newest) value of what stands beside the layers."""
        frames = [seen[kind] for _, seen in getattr(self.history, "parts", ()) if kind in seen]
        if not frames:
            return {}
        first = {path: values for frame in reversed(frames) for path, values in frame.items()}
        newest = frames[-1]
        return {
            path: (first[path].get(column, np.nan), values[column])
            for path, values in newest.items()
            if column in values
        }


def _median(values: np.ndarray) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a layer that no frame saw
        return np.nanmedian(values, axis=0)
