"""Many settings times many seeds, watched while they train: curves, what became of each run, and their ranking."""

import json
import math
from collections.abc import Iterator, MutableMapping, Sequence

import numpy as np

from engine.experiments.looks import looks as looks_of
from engine.experiments.standing import Grid, Standing
from engine.spec import RunSpec
from engine.tables.errors import SpecError
from engine.tables.option import Choice, Whole
from engine.training.fleet import Job, Outcome, watched
from engine.training.pairs import METRICS, interval_of, paired

STEPS = Whole("steps", 150, 1, 10_000)
LOOKS = 16

Known = MutableMapping[str, Outcome]
"""Runs that are done, by `key`: what is asked for again is not trained again."""


def grid(
    specs: Sequence[RunSpec],
    seeds: int = 4,
    steps: int = 150,
    metric: str = "accuracy",
    known: Known | None = None,
) -> Iterator[Grid]:
    """Train every spec on the seeds `spec.seed + i`, one run after the other: the first seed of all, then the next.

    The numbers are those of the `Trainer` of each run. metric: what ranks them, as `compare` has it. known: what was
    trained before, kept up to date. Raises SpecError for no spec, or one that is given twice.
    """
    seeds, steps = Whole("seeds", 4, 1, 64).check(seeds), STEPS.check(steps)
    metric = Choice("metric", "accuracy", choices=tuple(METRICS)).check(metric)
    refuse_none_or_twice(specs)
    return _grow(_Table(specs, seeds, looks_of(steps, LOOKS + 1)), metric, {} if known is None else known)


def _grow(table: "_Table", metric: str, known: Known) -> Iterator[Grid]:
    jobs = {
        (k, i): Job(spec.replace(seed=spec.seed + i))
        for i in range(table.seeds)
        for k, spec in enumerate(table.specs)
    }
    names = {place: key(job.spec, table.looks) for place, job in jobs.items()}
    for place, name in names.items():
        if name in known:
            table.take(place, known[name], ended=True)
    ranking = standings(table, metric)
    yield table.picture(ranking)
    for place, job in jobs.items():
        if table.ended[place]:
            continue
        for outcome in watched(job.trainer(), table.looks):
            over = len(outcome.test_loss) == len(table.looks) or outcome.diverged_at >= 0
            table.take(place, outcome, ended=over)
            if over:
                known[names[place]] = outcome
                ranking = standings(table, metric)
            yield table.picture(ranking)
            if over:
                break


class _Table:
    """The arrays of a `Grid` while they fill."""

    def __init__(self, specs: Sequence[RunSpec], seeds: int, looks: Sequence[int]) -> None:
        self.specs, self.seeds, self.looks = specs, seeds, looks
        shape = len(specs), seeds
        self.curves = {name: np.full((*shape, len(looks)), math.nan) for name in METRICS}
        self.diverged_at = np.full(shape, -1)
        self.ended = np.zeros(shape, bool)
        self.looked = np.zeros(shape, int)

    def take(self, place: tuple[int, int], outcome: Outcome, ended: bool) -> None:
        for name, curve in self.curves.items():
            seen = getattr(outcome, name)
            curve[place][: len(seen)] = seen
        self.diverged_at[place], self.ended[place] = outcome.diverged_at, ended
        self.looked[place] = len(self.looks) if ended else len(outcome.test_loss)

    def picture(self, ranking: list[Standing]) -> Grid:
        return Grid(
            looks=np.array(self.looks),
            **{name: curve.copy() for name, curve in self.curves.items()},
            diverged_at=self.diverged_at.copy(),
            ended=self.ended.copy(),
            ranking=ranking,
            done=float(self.looked.mean() / len(self.looks)),
        )


def standings(table: _Table, metric: str) -> list[Standing]:
    """The ranking of what has ended; specs of which no run has are left out."""
    last, sign = table.curves[metric][:, :, -1], METRICS[metric]
    places = [_standing(k, last[k, table.ended[k]]) for k in range(len(last)) if table.ended[k].any()]
    places.sort(key=lambda place: (math.isnan(place.mean), -sign * place.mean))
    if not places:
        return []
    best = places[0].index
    return [
        place._replace(
            apart=_is_apart(last, table.ended, best, place.index, sign) if place.index != best else False
        )
        for place in places
    ]


def _standing(index: int, values: np.ndarray) -> Standing:
    if np.isnan(values).any():
        return Standing(index, math.nan, math.nan, math.nan, len(values), False)
    low, high = interval_of(values)[1] if len(values) > 1 else (math.nan, math.nan)
    return Standing(index, float(values.mean()), low, high, len(values), False)


def _is_apart(last: np.ndarray, ended: np.ndarray, best: int, other: int, sign: int) -> bool:
    both = ended[best] & ended[other]
    if both.sum() < 2:
        return False
    low, high = interval_of(paired(last[[best, other]][:, both], sign))[1]
    return not low <= 0 <= high


def key(spec: RunSpec, looks: Sequence[int], *fold: int) -> str:
    """What tells one run, looked at after these steps and trained without that fold, from every other."""
    return json.dumps([spec.to_dict(), list(looks), *fold], sort_keys=True)


def refuse_none_or_twice(specs: Sequence[RunSpec]) -> None:
    """SpecError for no spec, or one that is given twice."""
    if not specs:
        raise SpecError("specs: nothing to train; give at least one.", field="specs")
    if len(set(specs)) < len(specs):
        raise SpecError("specs: one of them is given twice; give each once.", field="specs")
