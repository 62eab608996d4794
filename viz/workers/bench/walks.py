"""A race as the workbench runs it: all optimizers from one start, at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.descent.surfaces import SURFACES
from engine.descent.trajectories import descend


def walked(
    surface: str,
    surface_options: Mapping[str, Any],
    runs: Sequence[Mapping[str, Any]],
    start: Sequence[float],
    steps: int,
) -> Iterator[dict[str, Any]]:
    """`engine.descent.trajectories.descend` on a surface of the table; SpecError as there."""
    where = SURFACES[surface].with_options(**surface_options) if surface_options else SURFACES[surface]
    found = descend(where, runs, tuple(start), steps)
    walks = {name: getattr(found, name) for name in ("positions", "values", "diverged_at")}
    yield {**walks, "done": 1.0}
