"""What the race's process answers: plain questions in, payloads out. Everything true comes from the engine."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from engine import descend
from engine.descent.comparison import (
    GROUNDS,
    VERDICTS,
    arrival,
    basins,
    departure,
    distance,
    grounds,
    sensitivity,
    stable_lr,
    verdict,
)
from engine.descent.critical_points import floor, local_minima, look
from engine.descent.inside import STATE, looks_ahead, watch
from engine.descent.surface import Surface
from engine.tables.errors import SpecError
from engine.tables.option import Whole
from viz.race.state import OPTIONS, Race
from viz.wire import payload
from viz.wire.scale import Scale

GRID = 120  # points across and up
CONTOURS = 18
BASIN_STEPS = 300
ELSEWHERE, DIVERGED = -1, -2  # ends of walks that reached no minimum

Header = dict[str, Any]
Arrays = dict[str, tuple[np.ndarray, str]]


def answer(question: Mapping[str, Any]) -> bytes:
    """The payload for {"ask": name, ...}; SpecError when the question is none, or describes no race."""
    ask = question.get("ask")
    if not isinstance(ask, str) or ask not in ANSWERS:
        raise SpecError(
            "there is no answer to {value!r}; ask for {allowed}.",
            field="ask",
            value=ask,
            allowed=tuple(ANSWERS),
        )
    header, arrays = ANSWERS[ask](Race.from_dict(question.get("race")), question)
    return payload.encode({"ask": ask, **header}, arrays)


def paths(race: Race, question: Mapping[str, Any]) -> tuple[Header, Arrays]:
    """Every running optimizer's path. `budget`: at most so many of the race's steps, for a start that is dragged.

    positions [runs, steps + 1, 2]; gaps [runs, steps + 1]: the value above `lowest`, that of a minimum or of level
    ground, or lower, or where there is neither (`falling`) of the start; distances [runs, steps + 1]: to the nearest
    minimum, when there is one; lengths [runs, steps]: of each step.
    """
    surface = race.built
    steps = min(race.steps, OPTIONS["steps"].check(question.get("budget") or race.steps))
    walk = descend(
        surface, race.descend_runs, race.begin, steps, race.clip, race.clip_threshold, race.noise, race.seed
    )
    positions, values, minima = walk.positions[:, 0], walk.values[:, 0], known_minima(surface)
    points = tuple(tuple(minimum["at"]) for minimum in minima)
    reached = float(np.nanmin(values))
    levels = [minimum["value"] for minimum in minima] or [
        each for each in [floor(surface)] if each is not None
    ]
    lowest = min([reached, *levels]) if levels else float(values[0, 0])
    header = {
        "steps": steps,
        "lowest": lowest,
        "falling": not levels,
        "diverged_at": walk.diverged_at[:, 0].tolist(),
        "undefined": walk.undefined[:, 0].tolist(),
        "gone_at": departure(positions, surface.bounds).tolist(),
        "start": list(race.begin),
        "outside": _outside(surface, race.begin),
        "verdicts": verdict(positions, values, points, surface.bounds, walk.diverged_at[:, 0]).tolist(),
        "arrivals": arrival(positions, points, surface.bounds).tolist(),
        "grounds": grounds(surface, positions, values, points).tolist(),
        "rules": VERDICTS | GROUNDS,
        "limits": limits(race, minima),
    }
    arrays: Arrays = {
        "positions": (positions, "f4"),
        "gaps": (values - lowest, "log16"),
        "lengths": (np.hypot(*np.moveaxis(np.diff(positions, axis=1), -1, 0)), "log16"),
    }
    if points:
        arrays["distances"] = (distance(positions, points), "log16")
    return header, arrays


def limits(race: Race, minima: list[dict[str, Any]]) -> list[dict[str, Any] | None]:
    """For each card: the rate below which it converges at the minimum nearest the start, where theory knows one.

    The curvature is the Hessian's larger eigenvalue there: exact on a quadratic, and near the minimum elsewhere.
    """
    if not minima:
        return [None] * len(race.runs)
    nearest = min(minima, key=lambda minimum: np.hypot(*np.subtract(minimum["at"], race.begin)))
    curvature = float(np.linalg.eigvalsh(race.built.hessian(np.array(nearest["at"])))[-1])
    found = [stable_lr(racer.optimizer, racer.options, curvature) for racer in race.runs]
    return [{"lr": limit, "curvature": curvature, "at": nearest["at"]} if limit else None for limit in found]


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
    """One running optimizer's inside, `of`, its index among those that are on: lr [steps], all others are [steps, 2].

    For SGD with momentum also the vector picture: `here` and `there`, the textbook's point and its look-ahead, and
    the gradients at both; nesterov: which of the two it follows.
    """
    of = _index(race, question)
    seen = watch(race.built, race.descend_runs[of], race.begin, race.steps, **_conditions(race))
    arrays: Arrays = {
        "gradient": (seen.gradients[:-1], "log16"),
        "seen": (seen.seen, "log16"),
        "lr": (seen.lr, "log16"),
        "change": (seen.changes, "log16"),
        "effective_lr": (seen.effective_lr, "log16"),
        **{f"state.{name}": (value, "log16") for name, value in seen.state.items()},
    }
    if seen.uncorrected is not None:
        arrays["uncorrected"] = (seen.uncorrected, "log16")
    if ahead := looks_ahead(race.built, seen):
        arrays |= {
            "here": (ahead.here, "f4"),
            "there": (ahead.there, "f4"),
            "gradient_here": (ahead.gradient_here, "log16"),
            "gradient_there": (ahead.gradient_there, "log16"),
        }
    header = {
        "of": of,
        "index": _card(race, of),
        "diverged_at": seen.diverged_at,
        "nesterov": bool(seen.settings.get("nesterov")),
        "symbols": {symbol.name: [symbol.symbol, symbol.words] for symbol in STATE.values()},
    }
    return header, arrays


def rates(race: Race, question: Mapping[str, Any]) -> tuple[Header, Arrays]:
    """One running optimizer, `of`, at the learning rates `lrs`: gaps [lrs], the final value above `lowest`.

    NaN where it diverged.
    """
    of = _index(race, question)
    built = race.built
    found = sensitivity(built, race.descend_runs[of], race.begin, race.steps, **_conditions(race))
    floor = [float(built(np.array(m))) for m in built.minima] or [float(np.nanmin(found.best))]
    header = {"of": of, "index": _card(race, of), "lrs": found.lrs.tolist(), "lowest": min(floor)}
    return header, {"gaps": (found.final - min(floor), "log16")}


def regions(race: Race, question: Mapping[str, Any]) -> tuple[Header, Arrays]:
    """Where one running optimizer, `of`, ends from each start of a grid: ends [n, n], the index of one of the `minima`,
    ELSEWHERE or DIVERGED, from the lower left, row by row.
    """
    of = _index(race, question)
    found = basins(race.built, race.descend_runs[of], steps=min(race.steps, BASIN_STEPS), **_conditions(race))
    ends = np.select([found.diverged, found.minimum < 0], [DIVERGED, ELSEWHERE], found.minimum)
    header = {
        "of": of,
        "index": _card(race, of),
        "steps": min(race.steps, BASIN_STEPS),
        "minima": [list(m) for m in found.minima],
        "share": {"diverged": float(found.diverged.mean()), "elsewhere": float((ends == ELSEWHERE).mean())},
    }
    return header, {"ends": (ends, "index")}


def _conditions(race: Race) -> dict[str, Any]:
    return {"clip": race.clip, "clip_threshold": race.clip_threshold, "noise": race.noise, "seed": race.seed}


def _index(race: Race, question: Mapping[str, Any]) -> int:
    return Whole("of", 0, 0, len(race.running) - 1).check(question.get("of"))


def _card(race: Race, of: int) -> int:
    """The place among all cards of the running one number `of`."""
    return [index for index, racer in enumerate(race.runs) if racer.on][of]


def place(race: Race, question: Mapping[str, Any]) -> tuple[Header, Arrays]:
    """What the surface is like at the point `at`."""
    at = OPTIONS["start"].check(question.get("at"), "at")
    return {"at": list(at), **_finite(asdict(look(race.built, at)))}, {}


def known_minima(surface: Surface) -> list[dict[str, Any]]:
    """The global minima that the surface knows, then the local ones found in its window: where and how deep."""
    found = [(m, True) for m in surface.minima] + [(m, False) for m in local_minima(surface)]
    return [{"at": list(at), "value": float(surface(np.array(at))), "known": known} for at, known in found]


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
    "rates": rates,
    "regions": regions,
    "place": place,
}
"""name -> who answers."""
