"""Two runs side by side: what is asked of one is asked of both, and neither runs away."""

import pytest

from engine import RunSpec
from tests.viz.live.fakes import OTHER, TOKEN, Stage
from viz.live.pairs import AHEAD

A = RunSpec(dataset="moons", hidden=(7, 5), lr=0.3)
B = A.replace(activation="relu")


@pytest.fixture
def stage(tmp_path) -> Stage:
    """A stands at step 300; B was asked for, and its trainer has been ordered."""
    stage = Stage(tmp_path)
    stage.host.want(TOKEN, A)
    stage.watch(TOKEN)
    stage.state("paused")
    stage.frame(300)
    beside(stage)
    stage.watch(OTHER)
    stage.engine.asked()
    return stage


def beside(stage: Stage, b: RunSpec = B) -> None:
    """What a page's script says at every run."""
    stage.host.want(TOKEN, A, beside=OTHER)
    stage.host.want(OTHER, b, anew=True, beside=TOKEN)


def arrives(stage: Stage, epoch: int = 0) -> None:
    stage.frame(0, epoch, OTHER)
    stage.state("paused", epoch, OTHER)


def playing(stage: Stage) -> Stage:
    arrives(stage)
    stage.host.do(TOKEN, {"do": "play"})
    stage.state("playing")
    stage.state("playing", token=OTHER)
    stage.engine.asked()
    return stage


def test_a_new_net_catches_up_with_the_one_that_stands(stage):
    arrives(stage)
    assert stage.engine.asked("token", "count") == [("step", OTHER, 300)]
    stage.state("playing", token=OTHER)
    stage.frame(300, token=OTHER)
    stage.state("paused", token=OTHER)
    assert stage.engine.asked() == []


def test_who_stops_it_on_its_way_is_obeyed(stage):
    arrives(stage)
    stage.state("playing", token=OTHER)
    stage.frame(120, token=OTHER)
    stage.engine.asked()
    stage.host.do(TOKEN, {"do": "pause"})
    stage.state("paused", token=OTHER)
    assert [do for (do,) in stage.engine.asked()] == ["pause", "pause"]


@pytest.mark.parametrize("state", ["playing", "diverged"])
def test_beside_a_net_that_plays_or_has_diverged_a_new_one_plays(stage, state):
    stage.state(state)
    arrives(stage)
    assert ("play", OTHER) in stage.engine.asked("token")


def test_both_play_pause_step_and_begin_again_together(stage):
    arrives(stage)
    for verb in ({"do": "play"}, {"do": "pause"}, {"do": "step", "count": 2}, {"do": "reset"}):
        stage.engine.asked()
        stage.host.do(TOKEN, verb)
        do = "build" if verb["do"] == "reset" else verb["do"]
        assert stage.engine.asked("token") == [(do, TOKEN), (do, OTHER)]


def test_while_both_play_none_gets_far_ahead_of_the_other(stage):
    playing(stage)
    stage.frame(4, token=OTHER)
    assert stage.engine.asked("token", "step") == [("leash", TOKEN, 4 + AHEAD)]
    stage.frame(301)
    assert stage.engine.asked("token", "step") == [("leash", OTHER, 301 + AHEAD)]


@pytest.mark.parametrize("state", ["diverged", "lost"])
def test_a_net_that_has_ended_holds_the_other_no_longer(stage, state):
    playing(stage)
    if state == "lost":
        stage.host.lost("The process died.", [OTHER])
    else:
        stage.state(state, token=OTHER)
    assert stage.engine.asked("token", "step") == [("leash", TOKEN, None)]


def test_where_one_stops_by_itself_the_other_stops_and_they_even_out(stage):
    playing(stage)
    stage.frame(310)
    stage.engine.asked()
    stage.state("paused", reason="Stopped at step 310.")
    assert ("pause", OTHER) in stage.engine.asked("token")
    stage.frame(290, token=OTHER)
    stage.engine.asked()
    stage.state("paused", token=OTHER)
    assert stage.engine.asked("token", "count") == [("step", OTHER, 20)]


def test_a_step_of_both_is_one_step_of_each(stage):
    stage.frame(300, token=OTHER)
    stage.state("paused", token=OTHER)
    stage.engine.asked()
    stage.host.do(TOKEN, {"do": "step", "count": 1})
    stage.engine.asked()
    stage.frame(301)
    stage.state("paused")
    assert stage.engine.asked() == []


def test_another_change_makes_the_second_net_anew_and_leaves_the_first_alone(stage):
    arrives(stage)
    stage.engine.asked()
    beside(stage, B.replace(lr=0.01))  # which a net alone would take over as it runs
    assert stage.engine.asked("token", "spec") == [("build", OTHER, B.replace(lr=0.01).to_dict())]


def test_alone_again_a_net_goes_as_far_as_it_likes(stage):
    playing(stage)
    stage.host.want(TOKEN, A)
    assert set(stage.engine.asked("token", "step")) == {("leash", TOKEN, None), ("leash", OTHER, None)}
    stage.host.do(TOKEN, {"do": "pause"})
    assert stage.engine.asked("token") == [("pause", TOKEN)]


def test_a_second_net_that_is_gone_is_asked_nothing(stage):
    playing(stage)
    stage.host.forget(OTHER)
    stage.engine.asked()
    stage.host.do(TOKEN, {"do": "pause"})
    assert stage.engine.asked("token") == [("pause", TOKEN)]
