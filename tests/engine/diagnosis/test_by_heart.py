"""A net that learns its samples by heart is named, and one that will do better, or is held back otherwise, is not."""

import numpy as np
import pytest

from engine.diagnosis.judge import diagnose
from engine.diagnosis.remedies import BALANCE, DECAY
from engine.diagnosis.rules.by_heart import learns_by_heart
from engine.diagnosis.subject import Subject
from engine.diagnosis.symptoms import Run
from engine.measure.history import History
from tests.engine.diagnosis.test_judge import deep
from tests.engine.diagnosis.test_symptoms import history_of


def looked(steps: int, right: float, before: float, now: float, by_batch: float = np.nan) -> History:
    """A run whose batches come right, and looks at its test set every 125 steps: before halfway, and now."""
    history = history_of(np.linspace(2.3, 0.1, steps), np.linspace(0.1, right, steps))
    looks = np.arange(124, steps, 125)
    history["test_accuracy"][looks] = np.where(looks < steps / 2, before, now)
    history["test_accuracy_batch"][looks] = by_batch
    return history


@pytest.mark.parametrize(
    ("seen", "named"),
    [
        ((1000, 0.95, 0.3, 0.3), True),
        ((1000, 0.95, 0.3, 0.28), True),
        ((1000, 0.95, 0.3, 0.45), False),
        ((1000, 0.95, 0.3, 0.6), False),
        ((1000, 0.5, 0.3, 0.3), False),
        ((1000, 0.6, 0.2, 0.2), True),
        ((1000, 0.6, 0.2, 0.2, 0.4), False),
        ((1000, 0.95, 0.53, 0.535), False),
        ((1000, 0.95, 0.535, 0.53), True),
        ((900, 0.95, 0.3, 0.3), False),
        ((1000, 0.95, 0.3, 0.3, 0.9), False),
        ((1000, 0.95, 0.3, 0.3, 0.35), True),
    ],
    ids=[
        "by heart", "and worse", "gets better", "half of the way", "not its batches either",
        "its batches are far ahead", "not of its own statistics", "nearly half of the way", "and falls back", "young",
        "by its statistics", "nor by its statistics",
    ],
)  # fmt: skip
def test_batches_right_and_a_test_set_that_gets_no_better_is_learning_by_heart(seen, named):
    assert (learns_by_heart(Run(looked(*seen), Subject.of(deep(2)))) is not None) == named


def test_it_ends_where_the_test_set_is_half_of_the_way_and_not_by_a_little_more():
    subject = Subject.of(deep(2))
    better, enough = looked(1000, 0.95, 0.3, 0.45), looked(1000, 0.95, 0.3, 0.6)
    held = frozenset({"learns by heart"})
    assert learns_by_heart(Run(better, subject, held))
    assert not learns_by_heart(Run(enough, subject, held))


@pytest.mark.parametrize(
    ("fields", "first"),
    [
        ({}, {"optimizer_options": {"weight_decay": 1e-4}}),
        ({"class_share": 0.6}, {"class_share": None}),
        ({"label_noise": 0.9}, {"label_noise": 0.0}),
        ({"batch_size": 4}, {"batch_size": 64}),
    ],
    ids=["decay", "all samples", "right labels", "and what else is amiss"],
)
def test_its_cure_weakens_what_keeps_samples_and_mends_what_else_is_amiss(fields, first):
    (found,) = diagnose(looked(1000, 0.95, 0.3, 0.3), deep(2, **fields))
    assert found.name == "learns by heart"
    assert found.reason
    assert found.formula
    assert found.advice.count("\n") == 1
    assert first.items() <= found.cure.items()
    assert any("dropout" in cure for cure in found.cures)


@pytest.mark.parametrize(("share", "first"), [(0.6, BALANCE), (None, DECAY)])
def test_unequal_classes_are_balanced_before_anything_is_weakened(share, first):
    subject = Subject.of(deep(2).replace(class_share=share))
    assert learns_by_heart(Run(looked(1000, 0.95, 0.3, 0.3), subject)).remedies[0] is first


def test_labels_that_are_known_to_be_wrong_are_named():
    (found,) = diagnose(looked(1000, 0.95, 0.1, 0.1), deep(2, label_noise=0.9))
    assert str(found.reason).startswith("90% of the labels are wrong")
    assert "labels" in str(found.advice)
