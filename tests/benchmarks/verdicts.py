"""How often the diagnosis is right: nets by chance, whether each learns, and what was said of it on the way.

    OMP_NUM_THREADS=1 uv run python -m tests.benchmarks.verdicts --count 2000

It can be cut short at any time and goes on where it stopped; it prints the table for as many nets as there are.
What the runs came to is kept in `--store` with what they measured, so that changed rules are judged again in seconds
(`--count 0`), also by as few measured steps as the app has at full speed (`--every 10`); `--record FILE` writes the
truths and what was said, `--worst 20` the runs that were judged wrong.

A run learns if its test accuracy comes half of the way from guessing to 1 within 3,000 steps and holds there for 100.
It is judged after 40, 100, 300 and 1,000 steps, one that has learned until it has. False alarm: a finding at a look of
a run that learns, unless at that look it has lost again what it had learned. Missed: no finding at the last look of a
run that never learns. A remark, on the settings of a net that may learn all the same, is neither. A cure is judged by
the same rule on the spec that it makes. Intervals: Wilson's, 95 %.
"""

import argparse
import json
import pickle
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from engine import RunSpec, Trainer, diagnose
from engine.diagnosis.amiss import AMISS
from engine.diagnosis.finding import Finding
from engine.diagnosis.judge import alarms, is_looked_at
from engine.measure.history import LOOKS as LOOKED
from engine.measure.history import NUMBERS, History
from tests.engine.diagnosis.population import LOOKS, Truth, drawn, enough, read, truth

CAPACITY = 1000  # rows, as the app keeps them


class Store:
    """Truths, measurements and cures' truths, in a folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.truths = folder / "truths.jsonl"
        self.cures = folder / "cures.jsonl"
        self.cured: dict[str, Truth] = {one["query"]: _truth(one) for one in _lines(self.cures)}

    def has(self, seed: int) -> bool:
        return self._measured(seed).exists()

    def _measured(self, seed: int) -> Path:
        return self.folder / f"{seed}.pickle"

    def run(self, seed: int, known: Truth | None = None) -> None:
        """Train the spec of that seed and keep what it came to; of one whose truth is known, what the looks read."""
        spec = drawn(seed)
        trainer = Trainer(spec, capacity=CAPACITY)
        came_to = truth(trainer) if known is None else known
        if known:
            read(trainer, known)
        _append(self.truths, {"seed": seed, "query": _query(spec), **asdict(came_to)})
        self._measured(seed).write_bytes(pickle.dumps(trainer.history.state()))

    def runs(self, seeds: range) -> Iterator[tuple[int, RunSpec, Truth, History]]:
        """All there are of these."""
        for one in _lines(self.truths):
            if (seed := one["seed"]) in seeds and self.has(seed):
                history = History.restored(pickle.loads(self._measured(seed).read_bytes()))
                yield seed, drawn(seed), _truth(one), history

    def cure(self, spec: RunSpec, until: float) -> Truth | None:
        """What a cured spec comes to; None where it was not tried and the time is over."""
        if _query(spec) not in self.cured and time.monotonic() > until:
            return None
        if (query := _query(spec)) not in self.cured:
            self.cured[query] = truth(Trainer(spec), measured=0, until=0)
            _append(self.cures, {"query": query, **asdict(self.cured[query])})
        return self.cured[query]


def thinned(history: History, every: int) -> History:
    """Of every so many measured steps one, those at which the diagnosis looks, and the last; with what is known of the
    test set by then."""
    state = history.state()
    steps, scalars = history["step"].astype(int), state["scalars"]
    kept = [at for at, step in enumerate(steps) if step % every == 0 or is_looked_at(int(step), history)]
    kept = sorted({*kept, len(steps) - 1})
    for name in LOOKED:
        looks = history[name]
        for first, last in pairwise([-1, *kept]):
            known = looks[first + 1 : last + 1]
            scalars[last, NUMBERS.index(name)] = next((x for x in known[::-1] if np.isfinite(x)), np.nan)
    return History.restored({**state, "scalars": scalars[kept], "tables": state["tables"][kept]})


def _query(spec: RunSpec) -> str:
    return "&".join(f"{name}={value}" for name, value in spec.to_query().items())


def _lines(path: Path) -> Iterator[dict]:
    if path.exists():
        yield from map(json.loads, path.read_text().splitlines())


def _append(path: Path, one: dict) -> None:
    with path.open("a") as file:
        file.write(json.dumps(one) + "\n")


def _truth(one: dict) -> Truth:
    return Truth(one["learned"], one["diverged"], tuple(one["right"]))


def said(history: History, spec: RunSpec) -> list[list[Finding]]:
    """The findings that are no remarks, at each look that the run lived to, and at its last row."""
    last = int(history["step"][-1])
    at = [*(look for look in LOOKS if look < last), min(last, LOOKS[-1])]
    rows = np.searchsorted(history["step"], at, side="right")
    return [alarms(diagnose(history.first(int(row)), spec)) for row in rows]


def judged(seed: int, spec: RunSpec, came_to: Truth, history: History) -> "Told":
    """What was said of one run, and whether it was right."""
    looks = said(history, spec)
    if came_to.learned is None:
        return Told(seed, spec, came_to, named=looks[-1][0] if looks[-1] else None)
    sought = enough(spec)
    lost = [
        look > came_to.learned and right < sought for look, right in zip(LOOKS, came_to.right, strict=False)
    ]
    diverged = came_to.diverged is not None  # after it had learned
    false = (
        (look, found[0])
        for look, found, gone in zip(LOOKS, looks, [*lost, diverged], strict=False)
        if found and not gone
    )
    return Told(seed, spec, came_to, wrong=next(false, None))


def interval(hits: int, of: int, z: float = 1.96) -> str:
    """A share with Wilson's interval at 95 %."""
    if not of:
        return "none"
    share, spread = hits / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z * np.sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return f"{hits} of {of}: {share:.1%} ({max(middle - half, 0):.1%} to {min(middle + half, 1):.1%})"


def record(store: Store, count: int, path: Path) -> None:
    """The truths of the first seeds and what was said at each look, for the suite."""
    found = {
        seed: {
            "seed": seed,
            **asdict(came_to),
            "said": [[each.name for each in look] for look in said(history, spec)],
        }
        for seed, spec, came_to, history in store.runs(range(count))
    }
    path.write_text("[\n" + ",\n".join(json.dumps(found[seed]) for seed in sorted(found)) + "\n]\n")


@dataclass(frozen=True)
class Told:
    """What was said of one net. wrong: the finding that it should not have had, with its look; named: what it has at
    its last look, where it never learns; cured: what the first cure came to, None where it was not tried."""

    seed: int
    spec: RunSpec
    truth: Truth
    wrong: tuple[int, Finding] | None = None
    named: Finding | None = None
    cured: Truth | None = None

    @property
    def learns(self) -> bool:
        return self.truth.learned is not None

    @property
    def plain(self) -> bool:
        """Whether one thing at most is out of bounds, as in nets that people build."""
        return sum(is_amiss(self.spec) for is_amiss, _ in AMISS) <= 1

    def complaint(self) -> str:
        """What is wrong with the verdict, in a line; "" where nothing is."""
        if self.wrong:
            look, found = self.wrong
            return f"FALSE {self.seed} look {look} learned {self.truth.learned} {found.words} | {_query(self.spec)}"
        if not self.learns and not self.named:
            return f"MISSED {self.seed} {self.truth.right} {_query(self.spec)}"
        if self.named and self.cured and self.cured.learned is None:
            cure = f"{self.named.cure} {self.cured.right} | {self.named.words}"
            return f"NO CURE {self.seed} {self.named.name}: {cure} | {_query(self.spec)}"
        return ""


def all_told(store: Store, seeds: range, cures: bool, until: float, every: int) -> list[Told]:
    """What is said of each net that is kept, by one of `every` steps. Cures are tried until that time."""
    told = []
    for seed, spec, came_to, history in store.runs(seeds):
        one = judged(seed, spec, came_to, thinned(history, every) if every > 1 else history)
        if cures and (found := one.named):
            cured = store.cure(spec.replace(**found.cure), until) if found.cure else Truth(None, None)
            one = replace(one, cured=cured)
        told.append(one)
    return told


def table(told: list[Told]) -> None:
    """Print how often it was right; cures that were not tried are left out of their rows."""
    learn, never = ([one for one in told if one.learns is learns] for learns in (True, False))
    tried = [one for one in never if one.named and one.cured]
    good = [one for one in tried if one.cured and one.cured.learned is not None]
    print(f"nets: {len(told)}, of which {len(learn)} learn and {len(never)} never do")
    alarms = [one.wrong[1].name for one in learn if one.wrong]
    print("false alarms:", interval(len(alarms), len(learn)))
    for name, count in Counter(alarms).most_common():
        print(f"    {name}: {count}")
    print("missed faults:", interval(sum(not one.named for one in never), len(never)))
    print("first cure learns:", interval(len(good), len(tried)))
    kinds, cured = (Counter(one.named.name for one in some if one.named) for some in (tried, good))
    for name, count in kinds.most_common():
        print(f"    {name}:", interval(cured[name], count))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--count", type=int, default=2000, help="nets to train, as far as they are not kept yet"
    )
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--store", type=Path, default=Path("/tmp/verdicts"))
    parser.add_argument("--cures", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--worst", type=int, default=0, help="print so many that were judged wrong")
    parser.add_argument(
        "--every",
        type=int,
        default=1,
        help="judge by one of so many steps, as a page that plays at full speed",
    )
    parser.add_argument("--record", type=Path, help="write the truths of the first 200 seeds to this file")
    parser.add_argument(
        "--known", type=Path, help="a file of truths: train its seeds only as far as the diagnosis reads"
    )
    given = parser.parse_args()
    store, until = Store(given.store), time.monotonic() + given.seconds
    known = {one["seed"]: _truth(one) for one in json.loads(given.known.read_text())} if given.known else {}
    seeds = range(given.first, given.first + given.count)
    for seed in seeds:
        if time.monotonic() > until:
            break
        if not store.has(seed):
            store.run(seed, known.get(seed))
    if given.record:
        record(store, 200, given.record)
    told = all_told(store, seeds if given.count else range(10**9), given.cures, until, given.every)
    table(told)
    print("\nof these, nets with one thing at most out of bounds")
    table([one for one in told if one.plain])
    print("\n".join([complaint for one in told if (complaint := one.complaint())][: given.worst]))
