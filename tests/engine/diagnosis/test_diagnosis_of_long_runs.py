"""The diagnosis of what shows later than in forty steps: the right name first, and a cure with which the net learns."""

import numpy as np
import pytest

from engine import RunSpec, diagnose
from engine.diagnosis.subject import Subject
from engine.diagnosis.symptoms import Run
from tests.engine.diagnosis.test_judge import RELU, deep, first_rows, run

pytestmark = pytest.mark.long

LONG: tuple[tuple[int, str, RunSpec], ...] = (
    (100, "collapsed", deep(60, lr=0.05, **RELU)),
    (100, "collapsed", deep(60, 30, optimizer="adam", lr=0.01)),
    (200, "collapsed", deep(60, 30, **RELU)),
    (300, "not learning", RunSpec(hidden=(), dataset="circles")),
    (300, "not learning", deep(3, 16, activation="linear", dataset="xor")),
    (300, "not learning", deep(5, 50, clip="norm", clip_threshold=1e-4)),
    (300, "not learning", deep(10, 50, dropout=0.9)),
)
"""Steps, name, run."""
SLOW = (
    deep(3, activation="sigmoid", optimizer="adam", lr=0.01),
    deep(2, activation="sigmoid"),
    deep(4, activation="sigmoid", optimizer="adam", lr=0.003),
    deep(2, 16, dataset="xor", lr=0.01),
    deep(2, 64, dataset="gaussian", seed=2),
    deep(2, 64, dataset="gaussian", activation="sigmoid", optimizer="adam", lr=0.01),
    deep(3, 50, lr=0.001),
    deep(4, 64, dataset="spirals", seed=1, **RELU),
    deep(60, 30, lr=0.003, **RELU),
)
"""Runs that stay near the loss of guessing for a while, or for long, and learn."""


def named(case: tuple[int, str, RunSpec]) -> str:
    return f"{case[1]}-{len(case[2].hidden)}-{case[2].activation}-{case[2].dataset}"


@pytest.mark.parametrize("case", LONG, ids=named)
def test_a_run_that_goes_nowhere_gets_the_right_name_first(case):
    steps, name, spec = case
    first = diagnose(run(spec, steps).history, spec)[0]
    assert first.name == name
    assert first.words.startswith(name)
    assert spec.differences(spec.replace(**first.cure))


@pytest.mark.parametrize("case", LONG, ids=named)
def test_its_cure_brings_the_loss_below_that_of_guessing(case):
    steps, _, spec = case
    cured = spec.replace(**diagnose(run(spec, steps).history, spec)[0].cure)
    history = run(cured, 400).history
    assert np.median(history["loss"][-50:]) < 0.85 * Run(history, Subject.of(cured)).guessing
    assert diagnose(history, cured) == []


@pytest.mark.parametrize("spec", SLOW, ids=lambda spec: named((0, "slow", spec)))
def test_a_run_that_takes_its_time_is_left_alone(spec):
    history = run(spec, 800).history
    for steps in (40, 60, 100, 200, 300, 400, 600, 800):
        assert diagnose(first_rows(history, steps), spec) == []


def test_sixty_layers_that_collapsed_are_told_so_for_as_long_as_they_guess():
    spec = deep(60, **RELU)
    history = run(spec, 400).history
    for steps in range(40, 401, 20):
        seen = first_rows(history, steps)
        assert diagnose(seen, spec)[0].name == "collapsed" or not Run(seen, Subject.of(spec)).guesses
