"""Where a surface is level: its minima, found numerically, and what the surface is like at a point."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from engine.descent.surface import Point, Surface


@lru_cache(maxsize=64)
def local_minima(surface: Surface, n: int = 101) -> tuple[Point, ...]:
    """The minima in the window other than the known ones, lowest first. Found numerically: some may be missing,
    all kinks among them.

    Every point of an n x n grid that is no higher than its eight neighbors is refined by Newton's method; those
    that stay in the window, with no slope left and higher ground all around, count.
    """
    points = _refined(surface, _grid_minima(surface, n))
    points = points[_are_minima(surface, points)]
    minima = list(surface.minima)
    for x, y in points[surface(points).argsort()].tolist():
        if all(np.hypot(x - x0, y - y0) > 1e-4 * diagonal(surface) for x0, y0 in minima):
            minima.append((x, y))
    return tuple(minima[len(surface.minima) :])


def diagonal(surface: Surface) -> float:
    """The length of the window's diagonal, by which "near" is measured."""
    (left, right), (bottom, top) = surface.bounds
    return float(np.hypot(right - left, top - bottom))


@dataclass(frozen=True)
class Place:
    """What a surface is like at a point.

    curvatures: the Hessian's eigenvalues, the smaller first; directions[i] is the unit vector of curvatures[i].
    kind: one of `KINDS`.
    """

    value: float
    gradient: Point
    curvatures: Point
    directions: tuple[Point, ...]
    kind: str


KINDS = {
    "minimum": "curved up both ways, and less than 2 % of the window from the level point a Newton step leads to",
    "maximum": "curved down both ways, and as near to a level point",
    "saddle": "curved up one way and down the other, and as near to a level point",
    "plateau": "hardly any slope, below 1 % of the window's median, and hardly any curvature times the window",
    "valley": "hardly any slope, no level point near, and curved up across",
    "slope": "none of these",
}
"""What a point is near -> the rule."""


def look(surface: Surface, point: Point) -> Place:
    """Value, gradient, curvatures and what it is near: for the cursor."""
    gradient = surface.gradient(point)
    hessian = surface.hessian(point)
    kind = "slope"
    curvatures, directions = np.full(2, np.nan), np.full((2, 2), np.nan)
    value = float(surface(point))
    if np.isfinite([value, *gradient, *hessian.flat]).all():
        curvatures, directions = np.linalg.eigh(hessian)
        kind = _kind(surface, gradient @ directions, curvatures)
    return Place(
        value=value,
        gradient=tuple(gradient.tolist()),
        curvatures=tuple(curvatures.tolist()),
        directions=tuple(map(tuple, directions.T.tolist())),
        kind=kind,
    )


def _kind(surface: Surface, slopes: np.ndarray, curvatures: np.ndarray) -> str:
    """slopes: the gradient along the directions of the curvatures."""
    flat = 0.01 * _median_slope(surface)
    level = (curvatures != 0).all() and np.hypot(*(slopes / curvatures)) <= 0.02 * diagonal(surface)
    curved = np.abs(curvatures).max() * diagonal(surface) > flat
    if level and curved:
        return ("minimum", "saddle", "maximum")[(curvatures < 0).sum()]
    if np.hypot(*slopes) > flat:
        return "slope"
    return "valley" if curved and curvatures.max() > 0 else "plateau"


@lru_cache(maxsize=64)
def _median_slope(surface: Surface, n: int = 41) -> float:
    xs, ys, _ = surface.grid(n)
    slopes = surface.gradient(np.stack(np.meshgrid(xs, ys), axis=-1))
    return float(np.nanmedian(np.hypot(slopes[..., 0], slopes[..., 1])))


def _grid_minima(surface: Surface, n: int) -> Tensor:
    """The inner grid points [m, 2] no higher than any of their eight neighbors, and lower than one of them."""
    xs, ys, values = surface.grid(n)
    values = np.where(np.isfinite(values), values, np.inf)
    center = values[1:-1, 1:-1]
    around = [values[1 + j : n - 1 + j, 1 + i : n - 1 + i] for j in (-1, 0, 1) for i in (-1, 0, 1) if i or j]
    j, i = np.nonzero((center <= np.min(around, axis=0)) & (center < np.max(around, axis=0)))
    return torch.from_numpy(np.stack([xs[i + 1], ys[j + 1]], axis=-1))


def _refined(surface: Surface, points: Tensor, steps: int = 60) -> Tensor:
    """Newton steps downhill: along each direction -slope / |curvature|, no longer than 1/300 of the window."""
    longest = diagonal(surface) / 300
    for _ in range(steps):
        gradient, hessian = surface.gradient(points), surface.hessian(points)
        usable = gradient.isfinite().all(dim=-1) & hessian.isfinite().all(dim=-1).all(dim=-1)
        points, gradient, hessian = points[usable], gradient[usable], hessian[usable]
        curvatures, directions = torch.linalg.eigh(hessian)
        slopes = torch.einsum("mi,mik->mk", gradient, directions)
        along = (-slopes / curvatures.abs().clamp(min=1e-300)).clamp(-longest, longest)
        points = points + torch.einsum("mk,mik->mi", along, directions)
    return points


def _are_minima(surface: Surface, points: Tensor) -> Tensor:
    """In the window, level, and lower than eight points a thousandth of the window around, [m]."""
    low, high = torch.tensor(surface.bounds, dtype=torch.float64).T
    inside = ((points >= low) & (points <= high)).all(dim=-1)
    steepest = torch.linalg.eigvalsh(surface.hessian(points)).abs().amax(dim=-1)
    level = surface.gradient(points).norm(dim=-1) <= 1e-7 * diagonal(surface) * steepest
    around = torch.cartesian_prod(*[torch.tensor([-1, 0, 1], dtype=torch.float64)] * 2)[
        [0, 1, 2, 3, 5, 6, 7, 8]
    ]
    heights = surface(points.unsqueeze(1) + around * diagonal(surface) / 1000) - surface(points).unsqueeze(1)
    lowest = heights.amin(dim=1) > 1e-9 * heights.amax(
        dim=1
    )  # along a level line they differ by rounding only
    return inside & level & lowest
