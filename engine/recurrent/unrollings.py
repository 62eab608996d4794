"""Several unrolled nets side by side, and nets of every kind over a range of spectral radii."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.recurrent.unrolling import Unrolled, unroll
from engine.spec.unrolled import complete
from engine.theory.recurrent import predict_decades

SHORT = {"steps": 60, "width": 128, "batch_size": 16}  # at most, where many radii are tried

Settings = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Comparison:
    """What is known so far; done is the share of the work, 0 to 1.

    runs: of the nets asked for, those that are unrolled already; predicted: their decades a step by theory.
    swept, swept_by_theory: decades a step [kinds, radii]; NaN where not yet known, or where there is no theory.
    """

    done: float
    runs: tuple[Unrolled, ...]
    predicted: np.ndarray
    swept: np.ndarray
    swept_by_theory: np.ndarray


def compare(
    nets: Sequence[Settings], kinds: Sequence[Settings] = (), radii: Sequence[float] = ()
) -> Iterator[Comparison]:
    """Unroll the nets one after the other, then each kind at each radius (no longer and wider than SHORT).

    nets, kinds: arguments of `unroll`; a kind's own radius is left out of account. SpecError for a bad one.
    """
    nets, kinds = [complete(net) for net in nets], [shortened(kind) for kind in kinds]
    swept, by_theory = np.full((2, len(kinds), len(radii)), np.nan)
    whole = len(nets) + swept.size
    runs: list[Unrolled] = []
    predicted: list[float] = []

    def so_far(pieces: int) -> Comparison:
        return Comparison(pieces / whole, tuple(runs), np.array(predicted), swept.copy(), by_theory.copy())

    for net in nets:
        runs.append(unroll(**net))
        predicted.append(predict_decades(**net))
        yield so_far(len(runs))
    for j, radius in enumerate(radii):
        for i, kind in enumerate(kinds):
            swept[i, j] = unroll(**{**kind, "radius": radius}).decades_a_step
            by_theory[i, j] = predict_decades(**{**kind, "radius": radius})
            yield so_far(len(nets) + j * len(kinds) + i + 1)


def shortened(settings: Settings) -> dict[str, Any]:
    """The same net where it is no larger than SHORT."""
    full = complete(dict(settings))
    return full | {name: min(full[name], most) for name, most in SHORT.items()}
