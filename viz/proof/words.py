"""What a run's page is told of runs that nobody watches, as messages with words."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

Message = dict[str, Any]
DIGITS = 5
SAID = {
    "better": "No luck: B is better.",
    "worse": "No luck: B is worse.",
    "cannot tell": "It cannot be told: seeds alone make as much of a difference.",
}


def begun(seeds: int, steps: int) -> Message:
    """Before the first result."""
    return {"say": "luck", "done": 0.0, "words": f"Was it luck? {seeds} seeds of each, {steps} steps: 0 %."}


def too_large(seeds: int) -> Message:
    """These nets take too long."""
    said = f"These nets are too large to train {2 * seeds} of them here; fewer or narrower layers would do."
    return {"say": "luck", "done": 1.0, "words": said}


def failed(error: str) -> Message:
    """The workbench could not do it, or refused."""
    return {"say": "luck", "done": 1.0, "words": error}


def luck(seen: Mapping[str, Any], steps: int) -> Message:
    """How far it is; at the end the verdict with its numbers, and bands for the curves."""
    seeds = seen["accuracy"].shape[1]
    told: Message = {"say": "luck", "done": seen["done"], "verdict": seen["verdict"], "bands": bands(seen)}
    if not seen["verdict"]:
        return told | {
            "words": f"Was it luck? {seeds} seeds of each, {steps} steps: {100 * seen['done']:.0f} %."
        }
    last = seen[seen["metric"]][:, :, -1]
    a, b = (_range(values, seen["metric"]) for values in last)
    unit = " points" if seen["metric"] == "accuracy" else ""
    middle, low, high = (
        _difference(value, seen["metric"]) for value in (seen["difference"], *seen["interval"])
    )
    return told | {
        "words": f"{SAID[seen['verdict']]} {seeds} seeds of each after {steps} steps: A {a}, B {b}; "
        f"B \N{MINUS SIGN} A {middle}{unit} ({low} to {high} at 95 %, seed by seed)."
    }


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


def _range(values: np.ndarray, metric: str) -> str:
    finite, lost = values[np.isfinite(values)], int((~np.isfinite(values)).sum())
    ends = "" if not len(finite) else f"{_number(finite.min(), metric)} to {_number(finite.max(), metric)}"
    diverged = "" if not lost else "all diverged" if not ends else f", {lost} diverged"
    return ends + (" %" if ends and metric == "accuracy" else "") + diverged


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
