"""How often the diagnosis is right: nets by chance, whether each learns, and what was said of it on the way.

    OMP_NUM_THREADS=1 uv run python -m tests.benchmarks.verdicts --count 2000

It can be cut short at any time and goes on where it stopped; it prints the table for as many nets as there are.
What the runs came to is kept in `--store` with what they measured, so that changed rules are judged again in seconds
(`--count 0`); `--record FILE` writes the truths alone, `--worst 20` the runs that were judged wrong.

A run learns if its test accuracy comes half of the way from guessing to 1 within 3,000 steps and holds there for 100.
It is judged after 40, 100, 300 and 1,000 steps, one that has learned until it has. False alarm: a finding at a look of
a run that learns, unless at that look it has lost again what it had learned. Missed: no finding at the last look of a
run that never learns. A cure is judged by the same rule on the spec that it makes. Intervals: Wilson's, 95 %.
"""

import argparse
import json
import pickle
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from engine import RunSpec, Trainer, diagnose
from engine.diagnosis.finding import Finding
from engine.measure.history import History
from tests.engine.diagnosis.population import LOOKS, Truth, drawn, enough, truth

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

    def run(self, seed: int) -> None:
        """Train the spec of that seed and keep what it came to."""
        spec = drawn(seed)
        trainer = Trainer(spec, capacity=CAPACITY)
        came_to = truth(trainer)
        _append(self.truths, {"seed": seed, "query": _query(spec), **asdict(came_to)})
        self._measured(seed).write_bytes(pickle.dumps(trainer.history.state()))

    def runs(self) -> Iterator[tuple[int, RunSpec, Truth, History]]:
        """All there are."""
        for one in _lines(self.truths):
            if self.has(seed := one["seed"]):
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
    """The findings at each look that the run lived to, and at its last row."""
    last = int(history["step"][-1])
    at = [*(look for look in LOOKS if look < last), min(last, LOOKS[-1])]
    rows = np.searchsorted(history["step"], at, side="right")
    return [diagnose(history.first(int(row)), spec) for row in rows]


def judged(spec: RunSpec, came_to: Truth, history: History) -> dict:
    """What was said of one run, and whether it was right."""
    looks = said(history, spec)
    if came_to.learned is None:
        worst = looks[-1][0] if looks[-1] else None
        return {"sick": True, "finding": worst}
    sought = enough(spec)
    lost = [
        look > came_to.learned and right < sought for look, right in zip(LOOKS, came_to.right, strict=False)
    ]
    false = [
        (look, found[0])
        for look, found, gone in zip(LOOKS, looks, [*lost, False], strict=False)
        if found and not gone
    ]
    return {"sick": False, "false": false}


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
        for seed, spec, came_to, history in store.runs()
        if seed < count
    }
    path.write_text("[\n" + ",\n".join(json.dumps(found[seed]) for seed in sorted(found)) + "\n]\n")


def table(store: Store, seeds: Iterable[int] | None, cures: bool, worst: int, until: float) -> None:
    """Print how often it was right. Cures are tried until that time; the others are left out of their rows."""
    wanted = None if seeds is None else set(seeds)
    learn, never, alarms, missed, good, bad = 0, 0, Counter(), [], Counter(), Counter()
    wrong: list[str] = []
    for seed, spec, came_to, history in store.runs():
        if wanted is not None and seed not in wanted:
            continue
        told = judged(spec, came_to, history)
        if not told["sick"]:
            learn += 1
            if told["false"]:
                look, found = told["false"][0]
                alarms[found.name] += 1
                wrong.append(
                    f"FALSE {seed} look {look} learned {came_to.learned} {found.words} | {_query(spec)}"
                )
            continue
        never += 1
        found = told["finding"]
        if found is None:
            missed.append(seed)
            wrong.append(f"MISSED {seed} {came_to.right} {_query(spec)}")
        elif cures:
            cured = store.cure(spec.replace(**found.cure), until) if found.cure else Truth(None, None)
            if cured is None:
                continue
            (bad if cured.learned is None else good)[found.name] += 1
            if cured.learned is None:
                wrong.append(
                    f"NO CURE {seed} {found.name}: {found.cure} {cured.right} | {found.words} | {_query(spec)}"
                )
    print(f"nets: {learn + never}, of which {learn} learn and {never} never do")
    print("false alarms:", interval(sum(alarms.values()), learn))
    for name, count in alarms.most_common():
        print(f"    {name}: {count}")
    print("missed faults:", interval(len(missed), never))
    print("first cure learns:", interval(sum(good.values()), sum(good.values()) + sum(bad.values())))
    for name in sorted({*good, *bad}, key=lambda name: -(good[name] + bad[name])):
        print(f"    {name}:", interval(good[name], good[name] + bad[name]))
    print("\n".join(wrong[:worst]))


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
    parser.add_argument("--record", type=Path, help="write the truths of the first 200 seeds to this file")
    parser.add_argument("--from-seed", type=int, help="judge only seeds from this one on")
    given = parser.parse_args()
    store, until = Store(given.store), time.monotonic() + given.seconds
    for seed in range(given.first, given.first + given.count):
        if time.monotonic() > until:
            break
        if not store.has(seed):
            store.run(seed)
    if given.record:
        record(store, 200, given.record)
    chosen = None if given.from_seed is None else range(given.from_seed, 10**9)
    table(store, chosen, given.cures, given.worst, until)
