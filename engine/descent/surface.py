"""A loss surface: a function of two variables with its gradient and Hessian, both by autograd."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.descent.vocabulary import UPRIGHT
from engine.tables.errors import SpecError
from engine.tables.later import Later
from engine.tables.registry import Entry

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = Later("torch")  # the server shows this table and computes nothing

Point = tuple[float, float]
Bounds = tuple[Point, Point]


@dataclass(frozen=True, kw_only=True)
class Surface(Entry):
    """A function of a point p = (x, y), called on any batch of points `p[..., 2]`.

    Torch tensors give torch tensors; lists and NumPy arrays give float64 NumPy arrays.
    bounds: ((x low, x high), (y low, y high)), the window to draw; a walker may leave it.
    start: a telling first point.
    minima: the known global minima, none for a surface without; `critical_points.local_minima` finds the others.
    """

    fn: Callable[..., Tensor]
    bounds: Bounds
    start: Point
    minima: tuple[Point, ...] = ()
    settings: tuple[tuple[str, float], ...] = ()

    def with_options(self, **options: float) -> Surface:
        """The same surface with some options set, e.g. `SURFACES["bowl"].with_options(condition=100)`."""
        return replace(self, settings=tuple(self.complete({**dict(self.settings), **options}).items()))

    def __call__(self, p: Any) -> Any:
        """The value at each point: p [..., 2] -> [...]."""
        return self._in_kind(p, lambda p: self.at(p[..., 0], p[..., 1]))

    def gradient(self, p: Any) -> Any:
        """(df/dx, df/dy) at each point: p [..., 2] -> [..., 2]."""
        return self._in_kind(p, lambda p: torch.stack(self.slope(p[..., 0], p[..., 1])[1], dim=-1))

    def hessian(self, p: Any) -> Any:
        """The matrix of second derivatives at each point: p [..., 2] -> [..., 2, 2]."""
        return self._in_kind(p, self._hessian)

    def at(self, x: Tensor, y: Tensor) -> Tensor:
        """The value at coordinates x and y of any common shape."""
        return self.fn(x, y, **self._settings)

    def slope(self, x: Tensor, y: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Value and gradient (df/dx, df/dy) in one evaluation, each of the shape of x and y."""
        x, y = x.detach().requires_grad_(), y.detach().requires_grad_()
        with torch.enable_grad():
            value = self.at(x, y)
            dx, dy = (
                torch.where(slope.abs() < UPRIGHT / 1e20, slope, slope * UPRIGHT)
                for slope in _derivatives(value, (x, y))
            )
        return value.detach(), (dx, dy)

    def grid(self, n: int = 101) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The window sampled n by n: xs [n], ys [n], values [n, n] with `values[j, i]` at (xs[i], ys[j])."""
        xs, ys = (np.linspace(low, high, n) for low, high in self.bounds)
        return xs, ys, self(np.stack(np.meshgrid(xs, ys), axis=-1))

    @cached_property
    def diagonal(self) -> float:
        """The length of the window's diagonal, by which "near" is measured."""
        (x0, x1), (y0, y1) = self.bounds
        return float(np.hypot(x1 - x0, y1 - y0))

    @cached_property
    def _settings(self) -> dict[str, Any]:
        return self.complete(dict(self.settings))

    def _hessian(self, p: Tensor) -> Tensor:
        x, y = p[..., 0].detach().requires_grad_(), p[..., 1].detach().requires_grad_()
        with torch.enable_grad():
            slope = _derivatives(self.at(x, y), (x, y), create_graph=True)
            rows = [torch.stack(_derivatives(g, (x, y), retain_graph=True), dim=-1) for g in slope]
            return torch.stack(rows, dim=-2).detach()

    def _in_kind(self, p: Any, of_tensor: Callable[[Tensor], Tensor]) -> Any:
        """Torch in, torch out; anything else in, float64 NumPy out."""
        points = p if torch.is_tensor(p) else torch.from_numpy(np.array(p, dtype=np.float64))
        if points.shape[-1:] != (2,):
            shape = str(list(points.shape))
            raise SpecError("{place}: points of shape {shape}; give p[..., 2].", field="p", shape=shape)
        result = of_tensor(points if points.is_floating_point() else points.double())
        return result if torch.is_tensor(p) else result.numpy()[()]


def _derivatives(
    value: Tensor, wrt: tuple[Tensor, Tensor], create_graph: bool = False, retain_graph: bool | None = None
) -> tuple[Tensor, Tensor]:
    if not value.requires_grad:  # a derivative that does not depend on the point at all
        return torch.zeros_like(wrt[0]), torch.zeros_like(wrt[1])
    by_x, by_y = torch.autograd.grad(
        value.sum(), wrt, materialize_grads=True, create_graph=create_graph, retain_graph=retain_graph
    )
    return by_x, by_y
