"""What a lesson says, its run shows."""

import math
from functools import cache

import pytest

from engine import Trainer
from viz.run.lessons import LESSONS, OPENING, forward_decades

pytestmark = pytest.mark.slow


@cache
def trained(key: str) -> Trainer:
    trainer = Trainer(LESSONS[key].spec)
    for step in range(LESSONS[key].steps):
        trainer.step(measure=step in (0, LESSONS[key].steps - 1))
    return trainer


@pytest.mark.long
@pytest.mark.parametrize("key", LESSONS)
def test_lesson_shows_what_it_says(key):
    low, high = LESSONS[key].between
    assert low <= LESSONS[key].claim(trained(key)) <= high


def test_the_page_opens_on_a_net_whose_loss_stays_at_the_loss_of_guessing():
    trainer = trained("vanishing")
    assert LESSONS["vanishing"].spec == OPENING
    assert trainer.history["loss"][-1] == pytest.approx(math.log(10), abs=0.05)


def test_an_exploding_lesson_explodes_by_the_factor_it_names():
    assert forward_decades(trained("exploding")) == pytest.approx(15, abs=0.5)


def test_gain_4_keeps_the_variance_flat_and_lets_the_gradient_grow_2000_fold():
    history = trained("gain_4").history
    assert history["activation_var"][0, :-1] == pytest.approx(0.79, abs=0.02)
    growth = (history["gradient_rms"][0, 0] / history["gradient_rms"][0, -2]) ** 2
    assert 1000 < growth < 4000


@pytest.mark.long
def test_the_clipped_lesson_has_a_loss_in_the_millions():
    assert trained("clipping").history["loss"][-1] > 1e6


def test_lessons_are_all_different_runs():
    specs = [lesson.spec for lesson in LESSONS.values()]
    assert len(set(specs)) == len(specs)
