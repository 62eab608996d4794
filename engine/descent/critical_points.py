"""Where a surface is level: its minima, found numerically, and what the surface is like at a point."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from engine.descent.surface import Point, Surface


@lru_cache(maxsize=64)
def local_minima(surface: Surface, n: int = 101) -> tuple[Point, ...]:
    """The minima in the window other than the known ones, lowest first. Found numerically: some may be missing.

    Every point of an n x n grid that is no higher than its eight neighbors is refined, by Newton's method and by
    looking around, which finds the tips of cones too; those that stay in the window, with no slope left or a tip
    there, and higher ground all around, count.
    """
    from_grid, size = _grid_minima(surface, n), surface.diagonal
    level = _refined(surface, from_grid)
    smooth = level[_are_minima(surface, level)]
    known = torch.cat([smooth, torch.tensor(surface.minima, dtype=torch.float64).reshape(-1, 2)])
    others = from_grid[(torch.cdist(from_grid, known) > 2 * size / n).all(dim=1)]
    tips = _settled(surface, others, size / n)
    tips = tips[_are_tips(surface, tips)]
    ordered = [points[surface(points).argsort()].tolist() for points in (smooth, tips)]
    minima = list(surface.minima)
    for x, y in (*ordered[0], *ordered[1]):
        if all(np.hypot(x - x0, y - y0) > 1e-4 * surface.diagonal for x0, y0 in minima):
            minima.append((x, y))
    found = minima[len(surface.minima) :]
    if len(found) > 3 and (ground := floor(surface)) is not None:  # rounding makes dimples in level ground
        found = [point for point in found if float(surface(point)) > ground + 1e-9 * abs(ground) + 1e-12]
    return tuple(sorted(found, key=lambda point: float(surface(point))))


@lru_cache(maxsize=64)
def floor(surface: Surface, n: int = 101) -> float | None:
    """The value along a level line or area at the bottom of the window, as of x^2; None where there is no such floor.

    From the lowest grid point Newton's method goes down to no slope; there it must be curved up across, or nowhere,
    and go on level for a twentieth of the window to one side at least.
    """
    xs, ys, values = surface.grid(n)
    values = np.where(np.isfinite(values), values, np.inf)
    row, column = np.unravel_index(values.argmin(), values.shape)
    low = _refined(surface, torch.tensor([[xs[column], ys[row]]], dtype=torch.float64))
    if not len(low) or not float(surface.gradient(low).norm()) <= 1e-6 * _median_slope(surface):
        return None
    height, spread = float(surface(low)), float(np.median(values[np.isfinite(values)])) - float(surface(low))
    around = _toward(torch.arange(64, dtype=torch.float64) * (2 * np.pi / 64)) * surface.diagonal / 20
    beside = surface(_refined(surface, low + around)).nan_to_num(nan=torch.inf)
    apart = (_refined(surface, low + around) - low).norm(dim=-1) > surface.diagonal / 40
    level = (beside - height).abs() <= 1e-9 * max(spread, 1e-300)
    return height if bool((level & apart).sum() >= 2) else None


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
    "minimum": "curved up both ways, and less than 2% of the window from the level point a Newton step leads to",
    "maximum": "curved down both ways, and as near to a level point",
    "saddle": "curved up one way and down the other, and as near to a level point",
    "plateau": "hardly any slope, below 1% of the window's median, and hardly any curvature times the window",
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
    level = (curvatures != 0).all() and np.hypot(*(slopes / curvatures)) <= 0.02 * surface.diagonal
    curved = np.abs(curvatures).max() * surface.diagonal > flat
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
    longest = surface.diagonal / 300
    for _ in range(steps):
        gradient, hessian = surface.gradient(points), surface.hessian(points)
        usable = gradient.isfinite().all(dim=-1) & hessian.isfinite().all(dim=-1).all(dim=-1)
        points, gradient, hessian = points[usable], gradient[usable], hessian[usable]
        curvatures, directions = torch.linalg.eigh(hessian)
        slopes = torch.einsum("mi,mik->mk", gradient, directions)
        along = (-slopes / curvatures.abs().clamp(min=1e-300)).clamp(-longest, longest)
        points = points + torch.einsum("mk,mik->mi", along, directions)
    return points


def _settled(surface: Surface, points: Tensor, reach: float) -> Tensor:
    """Walks downhill without a gradient: to the lowest of 32 points around, or else half as far the next time."""
    far = torch.full((len(points), 1), reach, dtype=torch.float64)
    around = _toward(torch.arange(32, dtype=torch.float64) * (2 * np.pi / 32))
    for _ in range(100):
        near = points.unsqueeze(1) + far.unsqueeze(1) * around
        lowest, where = surface(near).nan_to_num(nan=torch.inf).min(dim=1)
        lower = (lowest < surface(points)).unsqueeze(1)
        points = torch.where(lower, near[torch.arange(len(points)), where], points)
        far = torch.where(lower, far, far / 2)
    return points


def _are_tips(surface: Surface, points: Tensor) -> Tensor:
    """In the window, and as steep up a millionth of the window around as a thousandth around, whichever way, [m]."""
    low, high = torch.tensor(surface.bounds, dtype=torch.float64).T
    inside = ((points >= low) & (points <= high)).all(dim=-1)
    (near, _), (far, steepest) = (_rises(surface, points, surface.diagonal * share) for share in (1e-6, 1e-3))
    return inside & (far > 1e-6 * steepest) & (near > 0.1 * far)


def _rises(surface: Surface, points: Tensor, radius: float) -> tuple[Tensor, Tensor]:
    """The least and the steepest slope from the points [m] to a circle around them, each [m]."""
    fan, width = torch.linspace(-0.5, 0.5, 65, dtype=torch.float64), 2 * np.pi
    middle = torch.zeros(len(points), 1, dtype=torch.float64)
    here, steepest = surface(points).unsqueeze(1), torch.zeros(len(points), dtype=torch.float64)
    for _ in range(5):  # ever closer to the way that rises least: a valley may be narrow
        angles = middle + width * fan
        slopes = (surface(points.unsqueeze(1) + radius * _toward(angles)) - here) / radius
        least, where = slopes.min(dim=1)
        middle = angles.gather(1, where.unsqueeze(1))
        steepest, width = torch.maximum(steepest, slopes.amax(dim=1)), width / 16
    return least, steepest


def _toward(angle: Tensor) -> Tensor:
    """Unit vectors of angles [...], [..., 2]."""
    return torch.stack([angle.cos(), angle.sin()], dim=-1)


def _are_minima(surface: Surface, points: Tensor) -> Tensor:
    """In the window, level, and lower than eight points a thousandth of the window around, [m]."""
    low, high = torch.tensor(surface.bounds, dtype=torch.float64).T
    inside = ((points >= low) & (points <= high)).all(dim=-1)
    steepest = torch.linalg.eigvalsh(surface.hessian(points)).abs().amax(dim=-1)
    level = surface.gradient(points).norm(dim=-1) <= 1e-7 * surface.diagonal * steepest
    around = torch.cartesian_prod(*[torch.tensor([-1, 0, 1], dtype=torch.float64)] * 2)[
        [0, 1, 2, 3, 5, 6, 7, 8]
    ]
    heights = surface(points.unsqueeze(1) + around * surface.diagonal / 1000) - surface(points).unsqueeze(1)
    lowest = heights.amin(dim=1) > 1e-9 * heights.amax(
        dim=1
    )  # along a level line they differ by rounding only
    return inside & level & lowest
