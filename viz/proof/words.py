"""What a run's page is told of runs that nobody watches, as messages with words."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.tables.wording import Sentence

Message = dict[str, Any]
DIGITS = 5
SAID = {
    "better": Sentence("No luck: B is better."),
    "worse": Sentence("No luck: B is worse."),
    "cannot tell": Sentence("It cannot be told: seeds alone make as much of a difference."),
}
POINTS = (
    "{verdict} {seeds} seeds of each after {steps} steps: A {a}, B {b}; B \N{MINUS SIGN} A {middle} points ({low} to "
    "{high} at 95%, seed by seed)."
)
STOPPED = "Was it luck? {why} {done} of {seeds} seeds of each are trained, too few to tell."
LOSSES = (
    "{verdict} {seeds} seeds of each after {steps} steps: A {a}, B {b}; B \N{MINUS SIGN} A {middle} ({low} to {high} "
    "at 95%, seed by seed)."
)


def begun(seeds: int, steps: int) -> Message:
    """Before the first result."""
    return {"say": "luck", "done": 0.0, "words": _so_far(seeds, steps, 0.0)}


def too_large(seeds: int) -> Message:
    """These nets take too long."""
    words = "These nets are too large to train {nets} of them here; fewer or narrower layers would do."
    said = Sentence(words, nets=2 * seeds)
    return {"say": "luck", "done": 1.0, "words": said}


def failed(error: str, seen: Mapping[str, Any] | None = None, steps: int = 0) -> Message:
    """The workbench refused, or could not do all of it: then what the pairs say that are trained."""
    told: Message = {"say": "luck", "done": 1.0, "words": error}
    if seen is None:
        return told
    told |= {"verdict": seen["verdict"], "bands": bands(seen)}
    if seen["verdict"]:
        return told | {"words": Sentence("{found} {why}", found=_found(seen, steps), why=error)}
    said = Sentence(STOPPED, why=error, done=int(seen["pairs"].sum()), seeds=len(seen["pairs"]))
    return told | {"words": said}


def luck(seen: Mapping[str, Any], steps: int) -> Message:
    """How far it is; at the end the verdict with its numbers, and bands for the curves."""
    told: Message = {"say": "luck", "done": seen["done"], "bands": bands(seen)}
    if seen["done"] < 1:
        return told | {"verdict": "", "words": _so_far(len(seen["pairs"]), steps, seen["done"])}
    return told | {"verdict": seen["verdict"], "words": _found(seen, steps)}


def _found(seen: Mapping[str, Any], steps: int) -> Sentence:
    """The verdict of the pairs that are trained, with its numbers."""
    seeds = int(seen["pairs"].sum())
    last = seen[seen["metric"]][:, seen["pairs"], -1]
    a, b = (_range(values, seen["metric"]) for values in last)
    middle, low, high = (
        _difference(value, seen["metric"]) for value in (seen["difference"], *seen["interval"])
    )
    words = POINTS if seen["metric"] == "accuracy" else LOSSES
    values = {"seeds": seeds, "steps": steps, "a": a, "b": b, "middle": middle, "low": low, "high": high}
    return Sentence(words, verdict=SAID[seen["verdict"]], **values)


def _so_far(seeds: int, steps: int, done: float) -> Sentence:
    said = "Was it luck? {seeds} seeds of each, {steps} steps: {done:.0f}% of the work is done."
    return Sentence(said, seeds=seeds, steps=steps, done=100 * done)


def bands(seen: Mapping[str, Any]) -> Message:
    """Lowest and highest of the seeds that are trained, of each net after each look; null where there is none."""
    found: Message = {"looks": seen["looks"].tolist()}
    for name, quantity in (("accuracy", "accuracy"), ("loss", "test_loss")):
        found[name] = [
            [_ends(values[:, look]) for look in range(values.shape[1])] for values in seen[quantity]
        ]
    return found


def _ends(values: np.ndarray) -> list[float] | None:
    finite = values[np.isfinite(values)]
    return [float(f"{end:.{DIGITS}g}") for end in (finite.min(), finite.max())] if len(finite) else None


def _range(values: np.ndarray, metric: str) -> Sentence:
    finite, lost = values[np.isfinite(values)], int((~np.isfinite(values)).sum())
    if not len(finite):
        return Sentence("all diverged")
    ends = "{low} to {high}%" if metric == "accuracy" else "{low} to {high}"
    found = Sentence(ends, low=_number(finite.min(), metric), high=_number(finite.max(), metric))
    return Sentence("{range}, {lost} diverged", range=found, lost=lost) if lost else found


def _number(value: float, metric: str) -> str:
    return f"{100 * value:.0f}" if metric == "accuracy" else f"{value:.3g}"


def _difference(value: float, metric: str) -> str:
    if math.isinf(value):
        return "+\N{INFINITY}" if value > 0 else "\N{MINUS SIGN}\N{INFINITY}"
    said = f"{100 * value:+.1f}" if metric == "accuracy" else f"{value:+.3g}"
    return said.replace("-", "\N{MINUS SIGN}")


def trial(seen: Mapping[str, Any]) -> Message:
    """What came of a cure, as JSON: null for what is no number."""
    number = {name: seen[name] if math.isfinite(seen[name]) else None for name in ("accuracy", "test_loss")}
    return {name: seen[name] for name in ("fields", "learned", "steps", "diverged_at")} | number
