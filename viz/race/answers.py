"""What the race's process answers: plain questions in, payloads out. Everything true comes from the engine."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from engine import descend
from engine.critical_points import local_minima, look
from engine.inside import STATE, watch
from engine.registry import Option, SpecError, shown
from engine.surface import Surface
from viz.race import payload
from viz.race.scale import Scale
from viz.race.state import OPTIONS, Race

GRID = 120  # points across and up
CONTOURS = 18

Header = dict[str, Any]
Arrays = dict[str, tuple[np.ndarray, str]]


def answer(question: Mapping[str, Any]) -> bytes:
    """The payload for {"ask": name, ...}; SpecError when the question is none, or describes no race."""
    ask = question.get("ask")
    if ask not in ANSWERS:
        raise SpecError(f"there is no answer to {shown(ask)}; ask for {', '.join(ANSWERS)}.", field="ask")
    header, arrays = ANSWERS[ask](Race.from_dict(question.get("race")), question)
    return payload.encode({"ask": ask, **header}, arrays)


def paths(race: Race, question: Mapping[str, Any]) -> tuple[Header, Arrays]:
    """Every running optimizer's path. `budget`: at most so many of the race's steps, for a start that is dragged.

    positions [runs, steps + 1, 2]; gaps [runs, steps + 1]: the value above `lowest`; distances [runs, steps + 1]: to
    the nearest minimum, when there is one.
    """
    surface = race.built
    steps = min(race.steps, OPTIONS["steps"].check(question.get("budget") or race.steps))
    walk = descend(
        surface, race.descend_runs, race.begin, steps, race.clip, race.clip_threshold, race.noise, race.seed
    )
    minima, positions, values = known_minima(surface), walk.positions[:, 0], walk.values[:, 0]
    best = min([float(np.nanmin(values)), *(float(surface(np.array(m))) for m in surface.minima)])
    header = {
        "steps": steps,
        "lowest": best,
        "minimum_known": bool(surface.minima),
        "diverged_at": walk.diverged_at[:, 0].tolist(),
        "start": list(race.begin),
        "outside": _outside(surface, race.begin),
    }
    arrays: Arrays = {"positions": (positions, "f4"), "gaps": (values - best, "log16")}
    if minima:
        away = positions[:, :, None] - np.array([m["at"] for m in minima])
        arrays["distances"] = (np.hypot(away[..., 0], away[..., 1]).min(axis=-1), "log16")
    return header, arrays


def surface(race: Race, question: Mapping[str, Any]) -> tuple[Header, Arrays]:
    """The window: places [GRID, GRID] on the scale, from the lower left, row by row; contours' values and minima."""
    built = race.built
    _, _, values = built.grid(GRID)
    scale = Scale.of(values)
    levels = scale.value((np.arange(CONTOURS) + 0.5) / CONTOURS)
    header = {
        "label": built.label,
        "words": built.words,
        "formula": built.formula,
        "source": built.source,
        "bounds": [list(pair) for pair in built.bounds],
        "own_start": list(built.start),
        "scale": {
            "low": scale.low,
            "high": scale.high,
            "bend": scale.bend if np.isfinite(scale.bend) else None,
        },
        "levels": levels.tolist(),
        "minima": known_minima(built),
        "undefined": int((~np.isfinite(values)).sum()),
    }
    return header, {"places": (np.where(np.isfinite(values), scale.place(values), np.nan), "unit16")}


def inside(race: Race, question: Mapping[str, Any]) -> tuple[Header, Arrays]:
    """One running optimizer's inside, `of`: its index among those that are on; each array is [steps, 2] or [steps].

    For momentum and Nesterov also the vector picture: `here` and `there`, the textbook's point and its look-ahead, and
    the gradients at both.
    """
    running = race.running
    of = Option("of", 0, 0, len(running) - 1, kind="int").check(question.get("of"))
    seen = watch(
        race.built,
        race.descend_runs[of],
        race.begin,
        race.steps,
        race.clip,
        race.clip_threshold,
        race.noise,
        race.seed,
    )
    arrays: Arrays = {
        "gradient": (seen.gradients[:-1], "log16"),
        "seen": (seen.seen, "log16"),
        "lr": (seen.lr, "log16"),
        "change": (seen.changes, "log16"),
        "effective_lr": (seen.effective_lr, "log16"),
        **{f"state.{name}": (value, "log16") for name, value in seen.state.items()},
    }
    said = {symbol.name: symbol.words for symbol in STATE.values()}
    header = {"of": of, "optimizer": running[of].optimizer, "diverged_at": seen.diverged_at, "words": said}
    if running[of].optimizer in ("momentum", "nesterov") and "velocity" in seen.state:
        arrays |= _vectors(
            race, seen, running[of].optimizer == "nesterov", running[of].run["options"].get("momentum", 0.9)
        )
    return header, arrays


def _vectors(race: Race, seen: Any, ahead: bool, momentum: float) -> Arrays:
    """The textbook's points: where the walker stands, and where its velocity alone would carry it.

    PyTorch's Nesterov iterate is the look-ahead point already, so there the standing point is found behind it.
    """
    before = np.vstack([np.zeros(2), seen.state["velocity"][:-1]])
    jump = -seen.lr[:, None] * momentum * before
    here = seen.positions[:-1] - jump if ahead else seen.positions[:-1]
    there = seen.positions[:-1] if ahead else here + jump
    built = race.built
    return {
        "here": (here, "f4"),
        "there": (there, "f4"),
        "gradient_here": (built.gradient(here), "log16"),
        "gradient_there": (built.gradient(there), "log16"),
    }


def place(race: Race, question: Mapping[str, Any]) -> tuple[Header, Arrays]:
    """What the surface is like at the point `at`."""
    at = OPTIONS["start"].check(question.get("at"), "at")
    return {"at": list(at), **_finite(asdict(look(race.built, at)))}, {}


def known_minima(surface: Surface) -> list[dict[str, Any]]:
    """The global minima that the surface knows, then the local ones found in its window: where and how deep."""
    found = [(m, True) for m in surface.minima] + [(m, False) for m in _local(surface)]
    return [{"at": list(at), "value": float(surface(np.array(at))), "known": known} for at, known in found]


def _local(surface: Surface) -> tuple[tuple[float, float], ...]:
    return local_minima(surface)


def _outside(surface: Surface, point: tuple[float, float]) -> bool:
    return any(not low <= p <= high for p, (low, high) in zip(point, surface.bounds, strict=True))


def _finite(value: Any) -> Any:
    """JSON knows no NaN and no infinity: null."""
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


ANSWERS: dict[str, Callable[[Race, Mapping[str, Any]], tuple[Header, Arrays]]] = {
    "paths": paths,
    "surface": surface,
    "inside": inside,
    "place": place,
}
"""name -> who answers."""
