"""The diagnosis on nets by chance: 200 whose truth is on record, 40 of them trained anew.

`python -m tests.benchmarks.verdicts --record tests/engine/diagnosis/population.json` writes the record; its table for
all that were trained stands in docs/diagnosis.md.
"""

import json
from functools import cache
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pytest

from engine import DATASETS, Trainer, diagnose
from engine.diagnosis.judge import alarms
from engine.spec import FIELDS
from engine.tables.option import Choice
from engine.tables.schedules import SCHEDULES
from tests.engine.diagnosis.population import LOOKS, NEWEST, drawn, enough

RECORD = json.loads((Path(__file__).parent / "population.json").read_text())

FALSE, MISSED = 0.05, 0.08  # shares on record, which may only fall
ANEW = 40
EARLY = LOOKS[:2]


def test_the_record_holds_sick_and_healthy_nets_of_every_kind():
    assert len(RECORD) == 200
    assert 80 <= sum(one["learned"] is not None for one in RECORD) <= 140
    specs = [drawn(one["seed"]) for one in RECORD]
    for field, kinds in {"dataset": 7, "activation": 8, "optimizer": 8, "clip": 2, "batch_norm": 3}.items():
        assert len({getattr(spec, field) for spec in specs}) == kinds


@pytest.mark.long
def test_newest_specs_are_of_every_kind():
    specs = [drawn(NEWEST + seed) for seed in range(1500)]
    for name in FIELDS:
        option, seen = FIELDS[name], {getattr(spec, name) for spec in specs}
        if isinstance(option, Choice) and name not in ("device", "dtype", "clip"):
            assert seen >= set(option.choices), name
    assert {spec.schedule for spec in specs} == set(SCHEDULES)
    assert {DATASETS[spec.dataset].classes for spec in specs} >= {0, 2, 3, 10}
    assert any(spec.outputs == 1 and DATASETS[spec.dataset].classes > 2 for spec in specs)
    assert any(isinstance(spec.input_factor, tuple) for spec in specs)
    newer = {
        "output_gain",
        "label_noise",
        "class_share",
        "warmup",
        "bias_value",
        "batch_norm_input",
        "residual_every",
    }
    for name in newer:
        assert len({getattr(spec, name) for spec in specs}) > 1, name


def test_few_nets_that_learn_are_called_sick():
    learn = [one for one in RECORD if one["learned"] is not None]
    assert sum(is_false_alarm(one) for one in learn) <= FALSE * len(learn)


def is_false_alarm(one: dict) -> bool:
    """Whether it was called sick at a look, though it learns and had not lost again what it knew."""
    sought = enough(drawn(one["seed"]))
    lost = [
        look > one["learned"] and right < sought for look, right in zip(LOOKS, one["right"], strict=False)
    ]
    return any(said and not gone for said, gone in zip_longest(one["said"], lost, fillvalue=False))


def test_few_nets_that_never_learn_are_missed():
    never = [one for one in RECORD if one["learned"] is None]
    assert sum(not one["said"][-1] for one in never) <= MISSED * len(never)


@cache
def small() -> list[dict]:
    """Those that train fastest."""

    def work(one: dict) -> float:
        spec = drawn(one["seed"])
        return len(spec.hidden) * sum(spec.hidden) * (spec.batch_size or 1000)

    return sorted(RECORD, key=work)[:ANEW]


@pytest.mark.slow
def test_trained_anew_few_that_learn_are_called_sick_early():
    """By the truth on record: a verdict near its threshold hangs on the processor's rounding."""
    learn = [one for one in small() if one["learned"] is not None]
    assert len(learn) >= ANEW / 4
    called = 0
    for one in learn:
        trainer = Trainer(drawn(one["seed"]))
        while trainer.steps < EARLY[-1] and not trainer.diverged:
            trainer.step()
        rows = [int(np.searchsorted(trainer.history["step"], look, side="right")) for look in EARLY]
        said = [alarms(diagnose(trainer.history.first(row), trainer.spec)) for row in rows]
        called += is_false_alarm(one | {"said": said})
    assert called <= 0.1 * len(learn)
