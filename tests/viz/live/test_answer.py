"""A page that changed a run waits until its viewers see it."""

import threading

import pytest

from engine import RunSpec
from tests.viz.live.fakes import TOKEN, Stage
from viz.live.answer import Answer
from viz.wire import table

SPEC = RunSpec(dataset="moons", hidden=(7, 5), lr=0.3)
NOW = 0.0


def test_where_nothing_was_asked_nobody_waits():
    assert Answer().wait(NOW)


def test_a_frame_from_before_the_engine_heard_of_a_change_is_no_answer():
    answer = Answer()
    answer.ask(is_next=False)
    answer.heard("frame")
    assert not answer.wait(NOW)
    answer.heard("changes")
    assert not answer.wait(NOW)
    answer.heard("frame")
    assert answer.wait(NOW)


def test_who_waits_is_waked():
    answer, woken = Answer(), []
    answer.ask(is_next=True)
    waiting = threading.Thread(target=lambda: woken.append(answer.wait(30)))
    waiting.start()
    answer.heard("frame")
    waiting.join(30)
    assert woken == [True]


@pytest.fixture
def stage(tmp_path) -> Stage:
    stage = Stage(tmp_path)
    stage.host.want(TOKEN, SPEC)
    return stage


def playing(stage: Stage) -> Stage:
    stage.watch()
    stage.say("hello", **table.told([]))
    stage.state("paused")
    stage.state("playing")
    return stage


def test_a_change_of_a_run_that_plays_is_answered_by_the_frame_after_it(stage):
    playing(stage).host.want(TOKEN, SPEC.replace(lr=0.1))
    stage.frame(1)
    assert not stage.host.answered(TOKEN, NOW)
    stage.say("changes", changes=[{"step": 1, "words": "lr 0.3 to 0.1"}])
    stage.frame(2)
    assert stage.host.answered(TOKEN, NOW)


def test_a_new_net_is_answered_by_its_own_first_frame(stage):
    playing(stage).host.want(TOKEN, SPEC.replace(seed=4))
    stage.frame(1, epoch=0)
    assert not stage.host.answered(TOKEN, NOW)
    stage.frame(0, epoch=1)
    assert stage.host.answered(TOKEN, NOW)


@pytest.mark.parametrize("more", [{}, {"lr": 0.3}])
def test_nobody_waits_for_a_run_that_is_not_watched_or_stands_still(stage, more):
    if more:
        stage.watch()
        stage.state("paused")
    stage.host.want(TOKEN, SPEC.replace(lr=0.1))
    assert stage.host.answered(TOKEN, NOW)
    assert stage.host.answered("nobody_has_this_token_0123456789", NOW)
