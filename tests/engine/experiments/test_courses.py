"""A few nets in turn: the numbers of `Trainer`, what diverged, and how far it has come."""

import math

import numpy as np
import pytest

from engine import RunSpec, SpecError, Trainer
from engine.experiments.courses import courses

SMALL = RunSpec(dataset="moons", hidden=(6,), batch_norm="before", batch_size=16)


def test_a_course_is_the_run_of_its_spec_asked_as_a_trainer():
    *_, seen = courses([SMALL, SMALL.replace(seed=1)], steps=12)
    trainer = Trainer(SMALL)
    for _ in range(12):
        trainer.step()
    course = seen.courses[0]
    assert len(seen.courses) == 2
    assert seen.done == 1
    assert course.history["step"].tolist() == list(range(1, 13))
    np.testing.assert_array_equal(course.history["gradient_rms"], trainer.history["gradient_rms"])
    assert course.evaluate() == trainer.evaluate()
    assert course.evaluate(batch_statistics=True) == trainer.evaluate(batch_statistics=True)
    assert course.evaluate(batch_statistics=True) != course.evaluate()


def test_a_run_that_diverges_says_where_and_the_others_go_on():
    *_, seen = courses([SMALL.replace(batch_norm="none", activation="relu", lr=1e9), SMALL], steps=8)
    broken, whole = seen.courses
    assert broken.diverged.step == broken.history["step"][-1]
    assert all(map(math.isnan, broken.evaluate()))
    assert whole.diverged is None


def test_arguments_out_of_range_are_refused():
    with pytest.raises(SpecError, match="steps"):
        next(courses([SMALL], steps=0))
