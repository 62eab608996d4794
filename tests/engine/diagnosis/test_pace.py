"""Where a run's pace leads, from histories made by hand."""

import numpy as np
import pytest

from engine import RunSpec
from engine.diagnosis.pace import Pace
from engine.diagnosis.subject import Subject
from tests.engine.diagnosis.test_judge import deep
from tests.engine.diagnosis.test_symptoms import history_of


def pace(loss, accuracy, **fields) -> Pace:
    history = history_of(list(loss), list(accuracy))
    return Pace(history, slice(0, len(history)), len(history), Subject.of(deep(2, **fields)))


STEPS = np.arange(1, 1001)
GUESSING = np.log(10)


def test_a_share_that_grows_with_the_logarithm_of_the_steps_is_seen_ahead():
    seen = pace(np.full(1000, 2.0), 0.1 + 0.05 * np.log(STEPS), batch_size=None)
    assert seen.outlook(GUESSING) == pytest.approx(0.1 + 0.05 * np.log(3000), abs=0.04)
    assert seen.rises(0.5)
    assert not seen.rises(0.7)  # it would take longer
    assert not pace(np.full(1000, 2.0), np.full(1000, 0.3)).rises(0.2)


def test_a_few_answers_more_are_chance_in_small_batches_and_none_in_large_ones():
    right = np.where(STEPS > 500, 0.32, 0.30)
    assert not pace(np.full(1000, 2.0), right, batch_size=2).rises(0.3)
    assert pace(np.full(1000, 2.0), right, batch_size=256).rises(0.3)


@pytest.mark.parametrize(
    ("loss", "falls"),
    [
        (np.linspace(2.3, 1.9, 1000), True),
        (np.linspace(2.3, 2.299, 1000), False),  # surely, and nowhere near
        (np.linspace(2.3, 2.5, 1000), False),
        (np.geomspace(1e6, 1e5, 1000), False),  # of no answer that makes sense
    ],
    ids=["falling", "hardly", "rising", "absurd"],
)
def test_a_loss_falls_where_a_straight_line_leads_well_below_that_of_guessing(loss, falls):
    assert pace(loss, np.full(1000, 0.1)).falls(GUESSING) is falls


TESTED = slice(99, 1000, 100)


@pytest.mark.parametrize(
    ("right", "loss", "leads"),
    [
        (0.85, 2.2, True),
        (0.6, 2.2, False),
        (0.6, 1.2, True),
        (0.25, 1.2, False),
    ],
    ids=[
        "well beyond",
        "about there, and the loss hardly falls",
        "about there with its loss",
        "nowhere near",
    ],
)
def test_a_pace_leads_half_of_the_way_well_beyond_or_with_its_loss(right, loss, leads):
    """right, loss: after 3,000 steps, both by the logarithm of the steps; 0.55 is half of the way from a tenth."""
    grown = np.log(STEPS) / np.log(3000)
    seen = pace(GUESSING + (loss - GUESSING) * grown, 0.1 + (right - 0.1) * grown, batch_size=None)
    assert seen.leads(0.1, 0.55, GUESSING) is leads


@pytest.mark.parametrize(
    ("tested", "by_batch", "leads"),
    [
        (np.linspace(0.1, 0.6, 1000), np.nan, True),
        (0.1, np.nan, False),
        (0.1, np.linspace(0.1, 0.6, 1000), True),
    ],
    ids=["keeps up", "stays behind", "keeps up by its own statistics"],
)
def test_a_pace_leads_nowhere_where_the_test_set_stays_behind(tested, by_batch, leads):
    history = history_of(np.linspace(2.3, 0.6, 1000), np.linspace(0.1, 0.7, 1000))
    history["test_accuracy"][TESTED] = np.broadcast_to(tested, 1000)[TESTED]
    history["test_accuracy_batch"][TESTED] = np.broadcast_to(by_batch, 1000)[TESTED]
    assert Pace(history, slice(0, 1000), 1000, Subject.of(deep(2))).leads(0.1, 0.55, GUESSING) is leads


def test_of_numbers_the_explained_share_is_seen_ahead():
    for share in (0.1, 0.6):
        explained = share * np.log(STEPS) / np.log(1000)
        history = history_of(list(1 - explained), [np.nan] * 1000)
        subject = Subject.of(RunSpec(dataset="friedman", loss="mse"))
        ahead = Pace(history, slice(0, 1000), 1000, subject).outlook(1.0)
        assert ahead == pytest.approx(share * np.log(3000) / np.log(1000), abs=0.03)
