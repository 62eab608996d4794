"""Nested cross-validation: each setting is judged on folds that the choice of its rate has never seen."""

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import product

import numpy as np

from engine.experiments.grid import STEPS, Known, key, refuse_none_or_twice
from engine.experiments.standing import Nested, Standing
from engine.spec import RunSpec
from engine.tables.errors import SpecError
from engine.tables.option import Choice, Whole
from engine.training import fleet
from engine.training.pairs import (
    METRICS,
    interval_of_folds,
    paired,
    refuse_other_samples,
    refuse_unmeasured,
)

Train = Callable[[Sequence[fleet.Job], Sequence[int]], Iterator[dict[int, fleet.Outcome]]]
"""Jobs and the steps after which each is looked at -> what has ended since, by index, again and again."""


def nested(
    families: Sequence[Sequence[RunSpec]],
    seeds: int = 1,
    folds: int = 5,
    inner: int = 3,
    steps: int = 150,
    metric: str = "accuracy",
    known: Known | None = None,
    train: Train = fleet.in_turn,
) -> Iterator[Nested]:
    """Hold out each fold in turn; choose a spec of each family on the other folds alone, train it there, judge it here.

    The choice is an inner sweep: every spec of the family on `inner` parts of the other folds in turn, the best mean
    wins, the first of equals. A family of one has nothing to choose. Folds are scikit-learn's StratifiedKFold of the
    training part; seeds: how often that is done, with the seeds `spec.seed + i`. known: runs that are done, kept up to
    date, so that what was stopped goes on. train: `fleet.in_turn` in this process, `fleet.swept` as a sweep trains.
    Raises SpecError for no family, an empty one, a spec that is given twice, and for specs of different data or loss.
    """
    seeds, steps = Whole("seeds", 1, 1, 64).check(seeds), STEPS.check(steps)
    folds, inner = (
        Whole(name, 5, 2, 100).check(value) for name, value in (("folds", folds), ("inner", inner))
    )
    metric = Choice("metric", "accuracy", choices=tuple(METRICS)).check(metric)
    if not all(families):
        raise SpecError("families: one of them is empty; give each a spec.", field="specs")
    flat = [spec for family in families for spec in family]
    refuse_none_or_twice(flat)
    for spec in flat:
        refuse_other_samples(flat[0], spec)
        refuse_unmeasured(metric, spec)
    parts = list(product(range(seeds), range(folds)))
    return _Nesting(
        families, parts, folds, inner, steps, metric, {} if known is None else known, train
    ).grow()


class _Nesting:
    """The arrays of a `Nested` while they fill."""

    def __init__(
        self,
        families: Sequence[Sequence[RunSpec]],
        parts: Sequence[tuple[int, int]],
        folds: int,
        inner: int,
        steps: int,
        metric: str,
        known: Known,
        train: Train,
    ) -> None:
        self.families, self.parts, self.folds, self.inner = families, parts, folds, inner
        self.looks, self.metric, self.sign, self.known, self.train = (
            (steps,), metric, METRICS[metric], known, train,
        )  # fmt: skip
        shape = len(families), len(parts)
        self.scores = np.full(shape, math.nan)
        self.tried = np.full((*shape, max(map(len, families))), math.nan)
        self.chosen, self.diverged_at = np.full(shape, -1), np.full(shape, -1)
        self.against = np.full((len(families), len(families), 3), math.nan)
        self.ranking: list[Standing] = []
        choices = sum(len(family) for family in families if len(family) > 1)
        self.over, self.all = 0, len(parts) * (choices * inner + len(families))

    def grow(self) -> Iterator[Nested]:
        yield self.picture()
        for place, family in enumerate(self.families):
            yield from self._choose(place, family)
            yield from self._judge(place, family)
            self._compare(place)
            yield self.picture()

    def picture(self) -> Nested:
        return Nested(
            self.scores.copy(),
            self.tried.copy(),
            self.chosen.copy(),
            self.diverged_at.copy(),
            self.against.copy(),
            list(self.ranking),
            (self.over, self.all),
            self.over / self.all,
        )

    def _choose(self, place: int, family: Sequence[RunSpec]) -> Iterator[Nested]:
        """On the other folds alone, which spec of the family each part takes."""
        if len(family) == 1:
            self.chosen[place] = 0
            return
        jobs = [
            self._job(spec, part, within, self.inner)
            for spec in family
            for part in self.parts
            for within in range(self.inner)
        ]
        outcomes = yield from self._trained(jobs)
        found = np.array([self._score(outcome) for outcome in outcomes])
        means = found.reshape(len(family), len(self.parts), self.inner).mean(2)
        self.tried[place, :, : len(family)] = means.T
        self.chosen[place] = np.where(np.isnan(means), -math.inf, self.sign * means).argmax(0)

    def _judge(self, place: int, family: Sequence[RunSpec]) -> Iterator[Nested]:
        """On the fold held out, what the chosen spec reaches that has all the others to train on."""
        chosen = self.chosen[place]
        jobs = [self._job(family[k], part) for k, part in zip(chosen, self.parts, strict=True)]
        outcomes = yield from self._trained(jobs)
        self.scores[place] = [self._score(outcome) for outcome in outcomes]
        self.diverged_at[place] = [outcome.diverged_at for outcome in outcomes]

    def _job(self, spec: RunSpec, part: tuple[int, int], *within: int) -> fleet.Job:
        seed, fold = part
        return fleet.Job(spec.replace(seed=spec.seed + seed), (fold, self.folds, *within))

    def _score(self, outcome: fleet.Outcome) -> float:
        return getattr(outcome, self.metric)[-1]

    def _trained(self, jobs: Sequence[fleet.Job]) -> Generator[Nested, None, list[fleet.Outcome]]:
        """What became of each, those that were known first."""
        names = [key(job.spec, self.looks, *(job.fold or ())) for job in jobs]
        found = {name: self.known[name] for name in names if name in self.known}
        self.over += len(found)
        missing = [k for k, name in enumerate(names) if name not in found]
        for ended in self.train([jobs[k] for k in missing], self.looks):
            for index, outcome in ended.items():
                name = names[missing[index]]
                found[name] = self.known[name] = outcome
                self.over += 1
            yield self.picture()
        return [found[name] for name in names]

    def _compare(self, newest: int) -> None:
        done = range(newest + 1)
        for one, other in product(done, done):
            if one != other and newest in (one, other):
                self.against[one, other] = self._interval(one, other)
        self.ranking = self._standings(done)

    def _interval(self, one: int, other: int) -> tuple[float, float, float]:
        differences = self.sign * paired(self.scores[[other, one]], self.sign)
        middle, (low, high), _ = interval_of_folds(differences, self.folds)
        return middle, low, high

    def _standings(self, done: Sequence[int]) -> list[Standing]:
        places = sorted(map(self._standing, done), key=lambda p: (math.isnan(p.mean), -self.sign * p.mean))
        best = places[0].index
        return [
            place._replace(apart=bool(self.against[best, place.index, 1] > 0))
            if place.index != best
            else place
            for place in places
        ]

    def _standing(self, place: int) -> Standing:
        values = self.scores[place]
        if np.isnan(values).any():
            return Standing(place, math.nan, math.nan, math.nan, len(values), False)
        mean, (low, high), _ = interval_of_folds(values, self.folds)
        return Standing(place, mean, low, high, len(values), False)
