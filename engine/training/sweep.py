"""Many specs on many seeds: a table of what became of each, and their ranking."""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from engine.spec import RunSpec
from engine.tables.errors import SpecError
from engine.tables.option import Choice, Whole
from engine.training import fleet
from engine.training.pairs import METRICS, interval_of, refuse_unmeasured

MOST_RUNS = 100_000
COLUMNS = ("spec", "seed", "fold", "train_loss", "test_loss", "accuracy", "diverged_at")


class Place(NamedTuple):
    """A spec by its index, with the mean of its runs and the interval that holds it at 95 %; NaN where one diverged."""

    index: int  # type: ignore[assignment]  # tuple has a method of that name
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Sweep:
    """What became of every run.

    table: columns by name, one row for each spec, seed and fold, in that order: `spec` (its index), `seed`, `fold`
    (-1 without folds), `train_loss` (whole training part), `test_loss`, `accuracy` (held-out fold, or test set; NaN
    where it diverged) and `diverged_at` (-1 for never).
    """

    specs: tuple[RunSpec, ...]
    table: Mapping[str, np.ndarray]

    def ranking(self, metric: str = "accuracy") -> list[Place]:
        """The specs, best first, those of which a run diverged last. metric: as `compare` has it, else SpecError."""
        metric = Choice("metric", "accuracy", choices=tuple(METRICS)).check(metric)
        for spec in self.specs:
            refuse_unmeasured(metric, spec)
        places = [
            _place(index, self.table[metric][self.table["spec"] == index]) for index in range(len(self.specs))
        ]
        return sorted(places, key=lambda place: (math.isnan(place.mean), -METRICS[metric] * place.mean))


def sweep(
    specs: Sequence[RunSpec],
    seeds: Sequence[int] = (0,),
    steps: int = 300,
    folds: int | None = None,
    store: str | Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Train every spec on every seed (which takes the place of `spec.seed`) for so many steps.

    folds: cross-validation: that many parts of the training samples are held out in turn. store: a file that keeps
    each result as it comes; an interrupted sweep of the same specs, steps and folds goes on from it. progress: called
    with (runs done, runs in all). The numbers are `Trainer`'s, exactly where a run has a process of its own, to
    rounding where runs share a batch. `joblib.parallel_config(backend="dask")` or Ray's spreads it over machines.
    Raises SpecError for no spec, no seed, a seed twice, or more than MOST_RUNS runs.
    """
    specs, seeds = _several("specs", specs), _several("seeds", seeds)
    jobs = _jobs(specs, seeds, folds)
    steps = Whole("steps", 300, 1, 1_000_000).check(steps)
    results = _Store(store, jobs, steps)
    missing = [index for index in range(len(jobs)) if index not in results]
    with closing(fleet.train([jobs[index] for index in missing], (steps,))) as arriving:
        for index, outcome in arriving:
            results.keep(missing[index], outcome)
            if progress:
                progress(len(results), len(jobs))
    return Sweep(tuple(specs), _table(specs, seeds, folds, [results[index] for index in range(len(jobs))]))


def _several(field: str, given: Iterable[Any]) -> list[Any]:
    try:
        return list(given)
    except TypeError:
        raise SpecError("{place}: {value!r} is not several; give a list.", field=field, value=given) from None


def _jobs(specs: Sequence[RunSpec], seeds: Sequence[int], folds: int | None) -> list[fleet.Job]:
    if not specs or not seeds:
        raise SpecError("specs, seeds: nothing to train; give at least one of each.", field="specs")
    for spec in specs:
        if not isinstance(spec, RunSpec):
            raise SpecError("{place}: {value!r} is not allowed; give RunSpecs.", field="specs", value=spec)
    if len(set(seeds)) < len(seeds):
        raise SpecError("{place}: {value!r} is not allowed; give each seed once.", field="seeds", value=seeds)
    if folds is not None:
        folds = Whole("folds", 5, 2, 100).check(folds)
    runs = len(specs) * len(seeds) * (folds or 1)
    if runs > MOST_RUNS:
        raise SpecError(
            "specs, seeds: {runs} runs are too many; give at most {most}.",
            field="specs",
            runs=f"{runs:,}",
            most=f"{MOST_RUNS:,}",
        )
    parts = [(k, folds) for k in range(folds)] if folds else [None]
    return [fleet.Job(spec.replace(seed=seed), part) for spec in specs for seed in seeds for part in parts]


def _table(
    specs: Sequence[RunSpec], seeds: Sequence[int], folds: int | None, outcomes: Sequence[fleet.Outcome]
) -> dict[str, np.ndarray]:
    parts = range(folds) if folds else (-1,)
    rows = [(index, seed, part) for index in range(len(specs)) for seed in seeds for part in parts]
    columns = dict(zip(COLUMNS, np.array(rows).T, strict=False))
    for name in ("train_loss", "test_loss", "accuracy"):
        columns[name] = np.array([getattr(outcome, name)[-1] for outcome in outcomes])
    return columns | {"diverged_at": np.array([outcome.diverged_at for outcome in outcomes])}


def _place(index: int, values: np.ndarray) -> Place:
    if len(values) == 1:
        return Place(index, float(values[0]), math.nan, math.nan)
    if np.isnan(values).any():
        return Place(index, math.nan, math.nan, math.nan)
    return Place(index, float(values.mean()), *interval_of(values)[1])


class _Store(Mapping[int, fleet.Outcome]):
    """Outcomes by the job's index; one JSON line each in a file, where one is given. A torn last line is done again."""

    def __init__(self, path: str | Path | None, jobs: Sequence[fleet.Job], steps: int) -> None:
        self.path = Path(path) if path else None
        self._keys = [_key(job, steps) for job in jobs]
        self._known = dict(_lines(self.path))
        if self.path and self.path.exists() and not self.path.read_bytes().endswith(b"\n"):
            self._append("")

    def keep(self, index: int, outcome: fleet.Outcome) -> None:
        key = self._keys[index]
        self._known[key] = outcome
        self._append(json.dumps({"run": key, **asdict(outcome)}))

    def _append(self, line: str) -> None:
        if self.path:
            with self.path.open("a") as file:
                file.write(line + "\n")

    def __getitem__(self, index: int) -> fleet.Outcome:
        return self._known[self._keys[index]]

    def __contains__(self, index: object) -> bool:
        return isinstance(index, int) and self._keys[index] in self._known

    def __iter__(self) -> Iterator[int]:
        return (index for index in range(len(self._keys)) if index in self)

    def __len__(self) -> int:
        return sum(key in self._known for key in self._keys)


def _key(job: fleet.Job, steps: int) -> str:
    what: dict[str, Any] = {"spec": job.spec.to_dict(), "fold": job.fold, "steps": steps}
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:32]


def _lines(path: Path | None) -> Iterator[tuple[str, fleet.Outcome]]:
    if not path or not path.exists():
        return
    for line in path.read_text().splitlines():
        try:
            said = json.loads(line)
            key = said.pop("run")
            numbers = {name: tuple(said[name]) for name in ("train_loss", "test_loss", "accuracy")}
            yield key, fleet.Outcome(**numbers, diverged_at=int(said["diverged_at"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
