"""What a race shows: who arrived, who diverged or stalled, which learning rates work, which start leads where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.descent.critical_points import floor, local_minima
from engine.descent.runs import Run
from engine.descent.surface import Bounds, Point, Surface
from engine.descent.surfaces import SURFACES
from engine.descent.trajectories import descend
from engine.tables.optimizers import OPTIMIZERS

NEAR = 0.01
"""A walker is at a minimum within this share of the window's diagonal."""

STILL = 1e-4
"""A walker stands still when the last tenth of its steps all stay within this share of the diagonal."""

LOST = 10.0
"""A walker is lost when it is further than so many diagonals from the middle of the window, and than it started."""

VERDICTS = {
    "diverged": "position, value or gradient is no finite number, or it is over 10 windows away, farther than it "
    "started",
    "converged": "within 1% of the window's diagonal of a minimum, through the last tenth of its steps",
    "stalled": "elsewhere, and moved less than 0.01% of the diagonal in the last tenth of its steps",
    "moving": "still moving when the steps ran out, on its way or to and fro",
}
"""Verdict -> the rule it follows, in this order; the window is the surface's bounds, measured by its diagonal."""


@np.errstate(invalid="ignore", over="ignore")  # walks may have left the numbers
def verdict(
    positions: np.ndarray,
    values: np.ndarray,
    minima: tuple[Point, ...],
    bounds: Bounds,
    diverged_at: Any = -1,
) -> np.ndarray:
    """How walks [..., steps + 1, 2] with values [..., steps + 1] ended: names of `VERDICTS`, [...].

    diverged_at [...]: from `Trajectories`; only needed where a walk was kept at its last finite step.
    """
    size = _size(bounds)
    last = positions[..., -(1 + max(1, (positions.shape[-2] - 1) // 10)) :, :]
    end = last[..., -1, :]
    finite = np.isfinite(positions).all(axis=(-1, -2)) & np.isfinite(values).all(axis=-1)
    diverged = ~finite | (np.asarray(diverged_at) >= 0) | (departure(positions, bounds) >= 0)
    arrived = (distance(last, minima) <= NEAR * size).all(axis=-1)
    still = (np.hypot(*np.moveaxis(last - end[..., None, :], -1, 0)) <= STILL * size).all(axis=-1)
    return np.select([diverged, arrived, still], ["diverged", "converged", "stalled"], "moving")


GROUNDS = {
    "local": "at a minimum that lies higher than the lowest one known",
    "floor": "on level ground at the bottom: no point of it is lower than another",
}
"""Where a walk may stand other than at the lowest minimum -> what that is."""


def grounds(
    surface: Surface, positions: np.ndarray, values: np.ndarray, minima: tuple[Point, ...]
) -> np.ndarray:
    """Where walks [..., steps + 1, 2] with values [..., steps + 1] stand at their end: of `GROUNDS`, or "", [...]."""
    ends, heights = positions[..., -1, :], values[..., -1]
    if not minima:
        bottom = floor(surface)
        if bottom is None:
            return np.full(ends.shape[:-1], "")
        _, _, grid = surface.grid(41)
        spread = float(np.nanmedian(np.where(np.isfinite(grid), grid, np.nan))) - bottom
        return np.where(np.abs(heights - bottom) <= 1e-4 * spread, "floor", "")
    depths = np.array([float(surface(np.array(point))) for point in minima])
    away = np.stack([np.hypot(*np.moveaxis(ends - np.array(point), -1, 0)) for point in minima])
    near = away.min(axis=0) <= NEAR * _size(surface.bounds)
    _, _, grid = surface.grid(41)
    spread = float(np.nanmax(np.where(np.isfinite(grid), grid, np.nan))) - depths.min()
    return np.where(near & (depths[away.argmin(axis=0)] > depths.min() + 1e-6 * spread), "local", "")


@np.errstate(over="ignore")
def distance(positions: np.ndarray, minima: tuple[Point, ...]) -> np.ndarray:
    """From positions [..., 2] to the nearest of the minima, [...]; infinite when there are none."""
    away = np.full(positions.shape[:-1], np.inf)
    for x, y in minima:
        np.minimum(away, np.hypot(positions[..., 0] - x, positions[..., 1] - y), out=away)
    return away


def arrival(positions: np.ndarray, minima: tuple[Point, ...], bounds: Bounds) -> np.ndarray:
    """The step from which walks [..., steps + 1, 2] stay at a minimum, [...] int; -1 for those that do not."""
    return _from_then_on(distance(positions, minima) <= NEAR * _size(bounds))


@np.errstate(invalid="ignore", over="ignore")  # walks may have left the numbers
def departure(positions: np.ndarray, bounds: Bounds) -> np.ndarray:
    """The step from which walks [..., steps + 1, 2] stay lost (see `LOST`), [...] int; -1 for those that are not."""
    middle = np.mean(bounds, axis=-1)
    away = np.hypot(*np.moveaxis(positions - middle, -1, 0))
    return _from_then_on(~(away <= np.fmax(LOST * _size(bounds), away[..., :1])))


def _from_then_on(holds: np.ndarray) -> np.ndarray:
    """The first step of those [..., steps + 1] from which it holds to the end, [...] int; -1 for never."""
    steps = holds.shape[-1]
    last_without = np.where(holds.all(axis=-1), -1, steps - 1 - (~holds[..., ::-1]).argmax(axis=-1))
    return np.where(last_without == steps - 1, -1, last_without + 1)


def _size(bounds: Bounds) -> float:
    (x0, x1), (y0, y1) = bounds
    return float(np.hypot(x1 - x0, y1 - y0))


def stable_lr(optimizer: str, options: Mapping[str, Any], eigenvalue: float) -> float | None:
    """The learning rate below which the optimizer converges along a curvature: f = eigenvalue * x^2 / 2.

    None where no such limit is known, or where nothing converges: at curvatures that are not positive.
    """
    return OPTIMIZERS[optimizer].stable_lr(eigenvalue, **options)


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """One run at many learning rates: how low it got.

    lrs [n]; final [n]: the value after the last step, NaN where it diverged; best [n]: the lowest value on the way;
    diverged_at [n]: the first step that was not finite, or -1.
    """

    lrs: np.ndarray
    final: np.ndarray
    best: np.ndarray
    diverged_at: np.ndarray


def sensitivity(
    surface: str | Surface,
    run: Mapping[str, Any] | Run,
    start: Any = None,
    steps: int = 500,
    lrs: Any = None,
    **conditions: Any,
) -> Sensitivity:
    """The run at each learning rate (100 from 1e-4 to 10 when left out) from one start, all in one batch.

    conditions: clip, clip_threshold, noise and seed, as `descend` takes them.
    """
    lrs = np.geomspace(1e-4, 10, 100) if lrs is None else np.asarray(lrs, dtype=np.float64)
    run = Run.of(run)
    race = descend(surface, [run.at(lr) for lr in lrs.tolist()], start, steps, **conditions)
    values = race.values[:, 0]
    final = np.where(race.diverged_at[:, 0] < 0, values[:, -1], np.nan)
    return Sensitivity(lrs, final, values.min(axis=-1), race.diverged_at[:, 0])


@dataclass(frozen=True, eq=False)
class Basins:
    """Where every start of a grid ends.

    xs [n], ys [n]: the starts; ends [n, n, 2]: the last finite position of the start (xs[i], ys[j]) at [j, i];
    minima: the surface's known ones, then those found in its window; minimum [n, n]: which of them the walk ended
    at, -1 for none; diverged [n, n].
    """

    xs: np.ndarray
    ys: np.ndarray
    ends: np.ndarray
    minima: tuple[Point, ...]
    minimum: np.ndarray
    diverged: np.ndarray


def basins(
    surface: str | Surface, run: Mapping[str, Any] | Run, n: int = 60, steps: int = 300, **conditions: Any
) -> Basins:
    """Walk from every point of an n x n grid over the window.

    A walk ended at the nearest minimum if it came within `NEAR` of the window's diagonal of it and did not diverge.
    conditions: clip, clip_threshold, noise and seed, as `descend` takes them.
    """
    surface = surface if isinstance(surface, Surface) else SURFACES[surface]
    xs, ys = (np.linspace(low, high, n) for low, high in surface.bounds)
    starts = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    race = descend(surface, [run], starts, steps, **conditions)
    ends = race.positions[0, :, -1].reshape(n, n, 2)
    diverged = (race.diverged_at[0] >= 0).reshape(n, n)
    minima = (*surface.minima, *local_minima(surface))
    minimum = np.full((n, n), -1)
    if minima:
        away = np.stack([distance(ends, (point,)) for point in minima])
        near = (away.min(axis=0) <= NEAR * surface.diagonal) & ~diverged
        minimum = np.where(near, away.argmin(axis=0), -1)
    return Basins(xs, ys, ends, minima, minimum, diverged)
