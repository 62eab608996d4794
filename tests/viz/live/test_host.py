import tracemalloc

import numpy as np
import pytest

from engine import RunSpec, SpecError
from tests.viz.live.fakes import OTHER, Stage
from tests.viz.live.fakes import TOKEN as FIRST
from tests.viz.live.frames import encoded
from viz.live.host import GONE, PAUSE_AFTER
from viz.server import bounds
from viz.server.bounds import FullError
from viz.server.starting import Starting
from viz.server.tokens import TOKEN, new_token
from viz.server.visitors import Visitor
from viz.wire import recording, result, table

SPEC = RunSpec(dataset="moons", hidden=(7, 5), lr=0.3)


@pytest.fixture
def stage(tmp_path) -> Stage:
    stage = Stage(tmp_path)
    stage.host.want(FIRST, SPEC)
    return stage


@pytest.fixture
def playing(stage) -> Stage:
    stage.viewer = stage.watch()
    stage.say("hello", **table.told([]))
    stage.state("paused")
    stage.host.do(FIRST, {"do": "play"})
    stage.state("playing")
    stage.engine.asked()
    return stage


def test_tokens_cannot_be_guessed():
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(TOKEN.fullmatch(token) for token in tokens)


# -------------------------------------------------------------------------------------------- want


def test_no_trainer_is_made_before_somebody_watches(stage):
    assert stage.engine.asked() == []
    viewer = stage.watch()
    assert stage.engine.asked("epoch", "spec", "play") == [("build", 0, SPEC.to_dict(), False)]
    assert viewer.states() == ["waiting"]


def test_what_the_trainer_tells_about_a_net_is_kept_for_every_page_and_sent_to_none(playing):
    assert playing.host.about(SPEC) is None
    header, body = result.pack({"u": np.array([0.5, 1.5]), "labels": ["1"]})
    playing.say("about", body=body, about=header)
    assert playing.viewer.messages("about") == []
    assert playing.host.about(SPEC.replace(lr=0.7, dropout=0.2))["u"].tolist() == [0.5, 1.5]
    assert playing.host.about(SPEC.replace(seed=1)) is None
    playing.say("about", epoch=7, body=body, about=header)
    playing.host.want(FIRST, SPEC.replace(seed=1))
    playing.say("about", epoch=0, body=body, about=header)
    assert playing.host.about(SPEC.replace(seed=1)) is None


def test_the_trainers_first_word_names_the_devices(stage):
    assert stage.host.devices == ["cpu"]
    stage.host.heard({"say": "ready", "devices": ["cpu", "cuda"]}, b"")
    assert stage.host.devices == ["cpu", "cuda"]


def test_who_waits_for_the_trainer_is_told_how_far_its_start_is(stage):
    stage.host._starting = Starting("trainer", about=5.0, clock=stage.clock)
    stage.host._starting.begin()
    viewer = stage.watch()
    stage.host.do(FIRST, {"do": "play"})
    stage.after(3)
    assert viewer.got[-1]["reason"] == "The trainer starts: 3 s of about 5."
    assert viewer.got[-1]["share"] == pytest.approx(0.6)
    stage.after(4)
    assert viewer.got[-1]["reason"] == "The trainer starts: 7 s of about 7."
    stage.host.heard({"say": "ready", "devices": ["cpu"]}, b"")
    assert (viewer.got[-1]["state"], viewer.got[-1]["reason"]) == ("waiting", "")
    assert "share" not in viewer.got[-1]
    stage.after(1)
    assert viewer.got[-1]["reason"] == ""
    assert [order[0] for order in stage.engine.asked()] == ["build", "play"]


def test_the_same_spec_again_is_no_news(playing):
    playing.host.want(FIRST, RunSpec.from_dict(SPEC.to_dict()))
    assert playing.engine.asked() == []


def test_what_a_running_net_takes_over_is_changed_on_the_spot(playing):
    playing.host.want(FIRST, SPEC.replace(lr=0.01, optimizer="adam"))
    assert playing.engine.asked("epoch", "fields") == [("change", 0, {"lr": 0.01, "optimizer": "adam"})]


def test_any_other_change_restarts_and_goes_on_playing(playing):
    playing.frame(8)
    playing.host.want(FIRST, SPEC.replace(activation="relu", lr=0.01))
    spec = SPEC.replace(activation="relu", lr=0.01).to_dict()
    assert playing.engine.asked("epoch", "spec", "play") == [("build", 1, spec, True)]
    assert playing.viewer.states()[-1] == "waiting"
    assert playing.host.frame(FIRST, 8) is None


@pytest.mark.parametrize("change", [{"lr": 0.01}, {"activation": "relu"}])
def test_a_link_opened_over_a_net_that_plays_begins_anew_and_waits(playing, change):
    playing.host.want(FIRST, SPEC, anew=True, waits=True)
    assert playing.engine.asked() == []
    playing.host.want(FIRST, SPEC.replace(**change), anew=True, waits=True)
    spec = SPEC.replace(**change).to_dict()
    assert playing.engine.asked("epoch", "spec", "play") == [("build", 1, spec, False)]


def test_a_cure_starts_a_sick_net_again_and_plays_on(playing):
    playing.host.want(FIRST, SPEC.replace(lr=0.01), anew=True)
    spec = SPEC.replace(lr=0.01).to_dict()
    assert playing.engine.asked("epoch", "spec", "play") == [("build", 1, spec, True)]


def test_a_change_while_the_net_is_built_is_not_lost(stage):
    stage.watch()
    stage.engine.asked()
    stage.host.want(FIRST, SPEC.replace(lr=0.01))
    assert stage.engine.asked("fields") == [("change", {"lr": 0.01})]


def test_a_diverged_net_starts_again_at_any_change_and_plays_if_it_had(playing):
    playing.state("diverged", reason="Diverged at step 9.", divergence={"step": 9})
    playing.host.want(FIRST, SPEC.replace(lr=0.01))
    assert playing.engine.asked("epoch", "play") == [("build", 1, True)]


def test_a_change_before_anybody_watches_costs_nothing(stage):
    stage.host.want(FIRST, SPEC.replace(activation="relu"))
    assert stage.engine.asked() == []
    stage.watch()
    assert stage.engine.asked("spec")[0][1]["activation"] == "relu"


def test_a_net_over_the_bounds_is_refused(stage):
    with pytest.raises(
        SpecError, match="hidden: a width of 2000 is more than this server takes; give at most 1024"
    ):
        stage.host.want(FIRST, SPEC.replace(hidden=(2000,)))
    assert stage.host.runs[FIRST].spec == SPEC


@pytest.mark.parametrize("token", ["", "short", "x" * 31 + "/", "ü" * 32, "x" * 33])
def test_a_token_that_is_none_of_ours_is_refused(stage, token):
    with pytest.raises(ValueError, match="a run's token has 32 letters, digits, - or _"):
        stage.host.want(token, SPEC)


# ---------------------------------------------------------------------------------------- watching


def test_frames_reach_every_viewer_and_the_ring(playing):
    second = playing.watch()
    data = playing.frame(12)
    assert playing.viewer.got[-1] == second.got[-1] == data
    assert playing.host.frame(FIRST, 12)["step"] == 12
    assert playing.host.frame(FIRST, 13) is None
    assert playing.host.frame(OTHER, 12) is None


def test_a_viewer_who_comes_back_is_brought_up_to_date(playing):
    playing.frame(11)
    newest = playing.frame(12)
    playing.say("verdict", findings=[{"name": "vanishing"}])
    back = playing.watch()
    assert [each if isinstance(each, bytes) else each["say"] for each in back.got] == [
        "hello", "state", "verdict", newest,
    ]  # fmt: skip
    assert back.states() == ["playing"]


def test_what_the_engine_says_of_an_older_epoch_is_ignored(playing):
    playing.host.do(FIRST, {"do": "reset"})
    playing.frame(900, epoch=0)
    playing.state("diverged", epoch=0)
    assert playing.host.poll(FIRST, -1).frames == []
    assert playing.viewer.states()[-1] == "waiting"


def test_what_the_engine_says_of_an_unknown_run_is_ignored(stage):
    stage.frame(3, token=OTHER)
    assert OTHER not in stage.host.runs


def test_a_run_takes_so_many_viewers_and_no_more(stage):
    for _ in range(bounds.MOST_VIEWERS):
        stage.watch()
    with pytest.raises(FullError, match="8 pages watch this run already; close one of them"):
        stage.watch()


def test_nobody_can_watch_a_run_that_is_not_there(stage):
    assert stage.host.attach(OTHER, object()) is False
    assert stage.host.poll(OTHER, -1) is None
    assert "This run is gone" in stage.host.do(OTHER, {"do": "play"})["text"]


def test_a_forgotten_run_closes_its_viewers(playing):
    playing.host.forget(FIRST)
    assert playing.viewer.closed[0] == GONE
    assert playing.engine.asked() == [("drop",)]
    assert playing.host.runs == {}


# ------------------------------------------------------------------------------------------- verbs


@pytest.mark.parametrize(
    ("verb", "order"),
    [
        ({"do": "play"}, ("play", None)),
        ({"do": "pause"}, ("pause", None)),
        ({"do": "step", "count": 7}, ("step", 7)),
        ({"do": "speed", "steps_per_second": 5.0}, ("speed", 5.0)),
        ({"do": "scale", "scale": "linear"}, ("scale", "linear")),
    ],
)
def test_a_verb_becomes_an_order(playing, verb, order):
    assert playing.host.do(FIRST, verb) is None
    field = {"step": "count", "speed": "steps_per_second", "scale": "scale"}.get(verb["do"], "none")
    assert playing.engine.asked(field) == [order]


def test_a_ping_is_answered(stage):
    assert stage.host.do(FIRST, {"do": "ping", "t": 12.5}) == {"say": "pong", "t": 12.5}


def test_reset_begins_an_epoch_that_stands_still(playing):
    playing.frame(40)
    playing.host.do(FIRST, {"do": "reset"})
    assert playing.engine.asked("epoch", "play") == [("build", 1, False)]
    assert playing.host.poll(FIRST, -1).frames == []


def test_speed_and_axis_outlive_a_reset(playing):
    playing.host.do(FIRST, {"do": "speed", "steps_per_second": 20.0})
    playing.host.do(FIRST, {"do": "scale", "scale": "linear"})
    playing.host.do(FIRST, {"do": "reset"})
    assert playing.engine.asked("steps_per_second", "scale")[-1] == ("build", 20.0, "linear")


def test_play_pressed_while_the_net_is_built_is_not_lost(stage):
    stage.watch()
    stage.host.do(FIRST, {"do": "play"})
    assert stage.engine.asked() == [("build",), ("play",)]
    stage.state("paused")
    stage.host.want(FIRST, SPEC.replace(activation="relu"))
    assert stage.engine.asked("play") == [("build", True)]


# ------------------------------------------------------------------------------------------- lease


def test_a_run_is_paused_some_seconds_after_its_last_viewer_left(playing):
    playing.host.detach(FIRST, playing.viewer)
    playing.after(PAUSE_AFTER)
    assert playing.engine.asked() == []
    playing.after(1)
    assert playing.engine.asked("reason") == [("pause", "Paused: nobody was watching.")]
    playing.after(10)
    assert playing.engine.asked() == []


def test_a_run_that_played_until_nobody_watched_goes_on_when_somebody_does(playing):
    playing.host.detach(FIRST, playing.viewer)
    playing.after(PAUSE_AFTER + 1)
    playing.state("paused")
    playing.watch()
    assert playing.engine.asked() == [("pause",), ("play",)]
    playing.state("playing")
    playing.host.poll(FIRST, -1)
    assert playing.engine.asked() == []


def test_a_run_that_somebody_paused_stays_so_when_they_come_back(playing):
    playing.host.do(FIRST, {"do": "pause"})
    playing.state("paused")
    playing.host.detach(FIRST, playing.viewer)
    playing.after(PAUSE_AFTER + 1)
    playing.watch()
    assert ("play",) not in playing.engine.asked()


def test_a_run_set_otherwise_while_nobody_watched_plays_when_somebody_does(playing):
    playing.host.detach(FIRST, playing.viewer)
    playing.after(PAUSE_AFTER + 1)
    playing.state("paused")
    playing.host.want(FIRST, SPEC.replace(activation="relu"))
    playing.engine.asked()
    playing.watch()
    assert playing.engine.asked() == [("play",)]


def test_a_short_drop_costs_nothing(playing):
    playing.host.detach(FIRST, playing.viewer)
    playing.after(3)
    back = playing.watch()
    playing.after(60)
    assert playing.engine.asked() == []
    assert back.states() == ["playing"]


def test_a_run_that_nobody_came_back_to_is_dropped(playing):
    playing.host.detach(FIRST, playing.viewer)
    playing.after(119)
    assert FIRST in playing.host.runs
    playing.after(3)
    assert FIRST not in playing.host.runs
    assert playing.engine.asked()[-1] == ("drop",)


def test_a_run_that_nobody_ever_watched_is_dropped_too(stage):
    stage.after(122)
    assert stage.host.runs == {}
    assert stage.engine.asked() == []


def test_a_watched_run_is_kept(playing):
    playing.after(1000)
    assert FIRST in playing.host.runs
    assert playing.engine.asked() == []


def test_who_asks_by_http_watches_too(stage):
    stage.host.poll(FIRST, -1)
    stage.state("paused")
    stage.host.do(FIRST, {"do": "play"})
    stage.state("playing")
    stage.engine.asked()
    for _ in range(100):
        stage.after(2)
        stage.host.poll(FIRST, -1)
    assert stage.engine.asked() == []
    stage.after(PAUSE_AFTER + 5)
    assert stage.engine.asked() == [("pause",)]


# ---------------------------------------------------------------------------------- the engine dies


def test_when_the_engine_dies_runs_are_lost_and_pages_are_not(playing):
    playing.engine.lost("The engine process ended (exit code -9).", [FIRST])
    state = playing.viewer.messages("state")[-1]
    assert (state["state"], state["reason"]) == ("lost", "The engine process ended (exit code -9).")


def keep(stage, step, life=0):
    stage.engine.checkpoints(FIRST, life).keep(step, b"a checkpoint")


def test_a_lost_run_with_a_checkpoint_can_be_resumed(playing):
    playing.frame(40)
    keep(playing, 31)
    playing.engine.lost("It died.", [FIRST])
    assert playing.viewer.messages("state")[-1]["can"] == ["resume", "rebuild"]
    assert playing.host.do(FIRST, {"do": "resume"}) is None
    assert playing.engine.asked("epoch", "life", "resume") == [("build", 1, 0, True)]


def test_a_second_death_before_the_next_checkpoint_loses_no_more(playing):
    playing.frame(40)
    keep(playing, 31)
    for epoch in (1, 2, 3):
        playing.engine.lost("It died.", [FIRST])
        assert playing.viewer.messages("state")[-1]["can"] == ["resume", "rebuild"]
        playing.host.do(FIRST, {"do": "resume"})
        assert playing.engine.asked("epoch", "life", "resume") == [("build", epoch, 0, True)]
        playing.frame(32 + epoch, epoch=epoch)


def test_a_run_begun_anew_does_not_go_on_from_its_old_life(playing):
    playing.frame(40)
    keep(playing, 31)
    playing.host.do(FIRST, {"do": "reset"})
    playing.frame(7, epoch=1)
    playing.engine.lost("It died.", [FIRST])
    assert playing.viewer.messages("state")[-1]["can"] == ["rebuild"]


def test_a_lost_run_that_had_not_moved_is_resumed_without_a_checkpoint(playing):
    playing.engine.lost("It died.", [FIRST])
    assert playing.viewer.messages("state")[-1]["can"] == ["resume", "rebuild"]


def test_a_run_that_left_its_process_is_made_in_another_and_nobody_notices(playing):
    playing.frame(40)
    playing.say("left")
    assert playing.engine.asked("epoch", "life", "resume", "moved", "play") == [
        ("build", 0, 0, True, True, True)
    ]
    assert playing.viewer.states()[-1] == "playing"
    assert playing.host.frame(FIRST, 40)


def test_where_it_is_to_stop_goes_with_a_run_to_another_process_and_is_over_once_it_has(playing):
    playing.host.do(FIRST, {"do": "stop_at", "at": "step", "value": 300.0})
    playing.frame(40)
    playing.say("left")
    assert ("build", ("step", 300.0)) in playing.engine.asked("stop")
    playing.say("stopped")
    playing.say("left")
    assert playing.engine.asked("stop") == [("build", None)]


def test_a_lost_run_is_rebuilt_from_its_spec(playing):
    playing.engine.lost("It died.", [FIRST])
    playing.host.do(FIRST, {"do": "rebuild"})
    assert playing.engine.asked("epoch", "spec", "resume") == [("build", 1, SPEC.to_dict(), False)]


def test_play_resumes_a_lost_run_that_can_be_resumed(playing):
    playing.host.do(FIRST, {"do": "pause"})
    playing.frame(40)
    keep(playing, 31)
    playing.engine.lost("It died.", [FIRST])
    playing.engine.asked()
    assert playing.host.do(FIRST, {"do": "play"}) is None
    assert playing.engine.asked("epoch", "life", "resume", "play") == [("build", 1, 0, True, True)]


def test_a_lost_run_without_a_checkpoint_does_not_play_and_says_why(playing):
    playing.frame(40)
    playing.engine.lost("It died.", [FIRST])
    answer = playing.host.do(FIRST, {"do": "play"})
    assert answer["text"] == "It died. Rebuild it first."
    assert playing.engine.asked() == []


def test_a_run_that_was_lost_before_keeps_its_reason(playing):
    playing.say("failed", text="mnist could not be fetched.")
    playing.engine.lost("It died.", [FIRST, OTHER])
    assert playing.viewer.messages("state")[-1]["reason"] == "mnist could not be fetched."


def test_what_is_not_lost_is_not_resumed(playing):
    answer = playing.host.do(FIRST, {"do": "resume"})
    assert answer["text"].startswith("There is nothing to resume")
    assert playing.engine.asked() == []


def test_a_run_that_cannot_be_built_says_why_and_the_others_go_on(playing):
    playing.host.want(OTHER, SPEC)
    viewer = playing.watch(OTHER)
    playing.say("failed", OTHER, text="mnist could not be fetched.", can=["digits"])
    assert viewer.states() == ["waiting", "lost"]
    assert viewer.messages("state")[-1]["can"] == ["digits", "resume", "rebuild"]
    assert viewer.messages("notice") == [
        {"say": "notice", "level": "error", "text": "mnist could not be fetched."}
    ]
    assert playing.viewer.states()[-1] == "playing"


# ------------------------------------------------------------------------------------------- bounds


def test_the_run_that_was_longest_without_a_viewer_makes_room(stage, monkeypatch):
    monkeypatch.setattr(bounds, "MOST_RUNS", 3)
    stage.watch()
    for number in range(1, 6):
        stage.clock.now += 10
        stage.host.want(f"{number:032}", SPEC)
    assert sorted(stage.host.runs) == [f"{4:032}", f"{5:032}", FIRST]


GREEDY, MODEST, LATE = Visitor("10.0.0.1", "a"), Visitor("10.0.0.2", "b"), Visitor("10.0.0.3", "c")


def full_of(stage, monkeypatch, *visitors):
    """A server that is full of runs of these, each seen a second after the one before."""
    stage.host.forget(FIRST)
    monkeypatch.setattr(bounds, "MOST_RUNS", len(visitors))
    for number, visitor in enumerate(visitors):
        stage.clock.now += 1
        stage.host.want(f"{number:032}", SPEC, visitor=visitor)


def missing(stage, count):
    return [number for number in range(count) if f"{number:032}" not in stage.host.runs]


def test_who_has_taken_every_place_gives_one_up_and_is_told(stage, monkeypatch):
    full_of(stage, monkeypatch, *[GREEDY] * 5, MODEST)
    viewers = [stage.watch(f"{number:032}") for number in range(6)]
    stage.host.want(FIRST, SPEC, visitor=LATE)
    (gone,) = missing(stage, 6)
    assert gone < 5
    assert "gave them its place" in viewers[gone].messages("notice")[0]["text"]
    assert viewers[gone].closed[0] == GONE


def test_of_a_greedy_visitor_the_run_that_nobody_watches_goes_first(stage, monkeypatch):
    full_of(stage, monkeypatch, *[GREEDY] * 4, MODEST)
    for number in (0, 1, 3, 4):
        stage.watch(f"{number:032}")
    stage.host.want(FIRST, SPEC, visitor=LATE)
    assert missing(stage, 5) == [2]


def test_who_has_one_run_keeps_it_while_nobody_watches_as_promised(stage, monkeypatch):
    full_of(stage, monkeypatch, MODEST, GREEDY)
    stage.watch(f"{1:032}")
    stage.after(100)
    with pytest.raises(FullError, match="This server has 2 runs"):
        stage.host.want(FIRST, SPEC, visitor=LATE)
    assert missing(stage, 2) == []
    stage.after(25)
    stage.host.want(FIRST, SPEC, visitor=LATE)
    assert missing(stage, 2) == [0]


def test_behind_one_address_browsers_share_fairly(stage, monkeypatch):
    one, other, third = (Visitor("10.0.0.9", name) for name in "xyz")
    full_of(stage, monkeypatch, one, one, one, other)
    for number in range(4):
        stage.watch(f"{number:032}")
    stage.host.want(FIRST, SPEC, visitor=third)
    (gone,) = missing(stage, 4)
    assert gone < 3


def test_a_server_full_of_watched_runs_says_so(stage, monkeypatch):
    monkeypatch.setattr(bounds, "MOST_RUNS", 1)
    stage.watch()
    with pytest.raises(FullError, match="This server has 1 runs, which is as many as it takes; try again"):
        stage.host.want(OTHER, SPEC)


def test_nets_that_do_not_fit_together_are_refused_with_the_numbers(stage, monkeypatch):
    monkeypatch.setattr(bounds, "ALL_MEMORY", bounds.memory(SPEC) * 1.5)
    stage.watch()
    stage.host.want(OTHER, SPEC)
    viewer = stage.watch(OTHER)
    assert viewer.states() == ["lost"]
    assert "GB; make it smaller, or try again later" in viewer.messages("state")[0]["reason"]


# ------------------------------------------------------------------------------------------ polling


def test_polling_gives_what_is_new(playing):
    frames = [playing.frame(step) for step in (10, 20, 30)]
    first = playing.host.poll(FIRST, -1)
    assert first.frames == frames
    assert [message["say"] for message in first.messages] == ["hello", "state"]
    again = playing.host.poll(FIRST, 20, first.epoch, first.said)
    assert (again.frames, again.messages) == (frames[2:], [])


def test_polling_gives_a_frame_that_was_recalled_once(playing):
    playing.frame(10)
    first = playing.host.poll(FIRST, -1)
    playing.say("moment", body=b"of long ago", step=3)
    playing.say("sight", body=b"what it sees", step=10)
    again = playing.host.poll(FIRST, 10, first.epoch, first.said)
    assert again.frames == [b"of long ago", b"what it sees"]
    assert playing.host.poll(FIRST, 10, again.epoch, again.said).frames == []


def test_polling_after_a_restart_begins_anew(playing):
    playing.frame(10)
    first = playing.host.poll(FIRST, -1)
    playing.host.do(FIRST, {"do": "reset"})
    playing.say("hello", epoch=1, **table.told([]))
    later = [playing.frame(step, epoch=1) for step in (1, 12)]
    again = playing.host.poll(FIRST, 10, first.epoch, first.said)
    assert again.frames == later
    assert [message["say"] for message in again.messages] == ["hello", "state"]


# ------------------------------------------------------------------------------------------- memory


def test_memory_stays_flat_over_thousands_of_frames(playing):
    def send(count, start):
        for step in range(start, start + count):
            playing.say("frame", body=bytes(2948), step=step)
            playing.say("verdict", findings=[{"step": step}])
            playing.say("notice", level="info", text=f"at {step}")
            playing.viewer.got.clear()

    send(1500, 0)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    send(3000, 1500)
    growth = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert 450 <= len(playing.host.runs[FIRST].ring) <= 600
    # the ring's 600 frames and 1200 heads were allocated anew while tracing: 2.1 MB and nothing else
    assert growth < 600 * (2948 + 200) + 1200 * (88 + 200)


def test_a_dropped_run_leaves_nothing_behind(stage):
    for number in range(200):
        token = f"{number:032}"
        stage.host.want(token, SPEC)
        stage.host.attach(token, viewer := type(stage.watch())())
        stage.host.detach(token, viewer)
        stage.host.forget(token)
        stage.host.runs[FIRST].viewers.clear()
    assert list(stage.host.runs) == [FIRST]


def test_a_frame_that_was_recalled_is_the_one_of_its_step(playing):
    for step in (0, 40):
        playing.frame(step)
    assert playing.host.frame(FIRST, 13)["step"] == 0
    playing.say("moment", body=encoded(layers=3, step=13, epoch=0), step=13)
    assert playing.host.frame(FIRST, 13)["step"] == 13
    assert playing.host.frame(FIRST, 12)["step"] == 0


# ------------------------------------------------------------------------------------------ branch


@pytest.fixture
def far(playing) -> Stage:
    """A run of 50 frames with a verdict at step 10 and one at step 40."""
    for step in range(50):
        playing.frame(step)
        if step in (10, 40):
            playing.say("verdict", findings=[], past=[], at=step)
    playing.say("changes", changes=[{"step": 31, "words": "Learning rate: 0.3 → 3", "before": {"lr": 0.3}}])
    playing.viewer.got.clear()
    return playing


def test_a_branch_is_asked_of_the_trainer_and_the_run_waits_for_it(far):
    assert far.host.branch(FIRST, 20, SPEC.replace(lr=0.1)) == ""
    spec = SPEC.replace(lr=0.1).to_dict()
    assert far.engine.asked("epoch", "step", "spec", "play") == [("branch", 0, 20, spec, True)]
    assert far.viewer.got[-1]["reason"] == "Goes back to step 20."
    far.host.want(FIRST, SPEC.replace(lr=0.1))
    assert far.engine.asked() == []


def test_a_branch_keeps_what_was_before_it_and_a_ghost_of_what_came_after(far):
    far.host.branch(FIRST, 20, SPEC)
    far.say("branched", step=20, spec=SPEC.to_dict())
    [told] = far.viewer.messages("branched")
    assert (told["epoch"], told["step"]) == (1, 20)
    [ghost] = told["ghosts"]
    assert [point["step"] for point in ghost] == list(range(20, 50))
    far.frame(49)
    assert far.host.frame(FIRST, 49) is None
    far.frame(20, epoch=1)
    far.frame(21, epoch=1)
    assert [far.host.frame(FIRST, step)["step"] for step in range(22)] == list(range(22))
    assert {far.host.frame(FIRST, step)["epoch"] for step in range(22)} == {1}
    recording = far.host.recording(FIRST)
    assert [step for step, _ in recording.verdicts] == [10]
    assert recording.hello["epoch"] == 1
    late = far.watch()
    assert late.messages("hello")[0]["epoch"] == 1
    assert late.messages("branched") == [told]


def test_who_comes_after_a_branch_can_have_the_frames_of_the_path_left(far):
    far.host.branch(FIRST, 20, SPEC)
    far.say("branched", step=20, spec=SPEC.to_dict())
    late = far.watch()
    assert late.messages("branched")[0]["left"] == late.messages("hello")[0]["columns"] != []
    assert [recording.step(frame) for frame in far.host.path_left(FIRST)] == list(range(21, 50))
    assert far.host.path_left("nobody") is None
    far.host.want(FIRST, SPEC.replace(seed=4))
    assert far.host.path_left(FIRST) == []


def test_the_newest_ghosts_are_kept_until_the_net_is_another(far):
    for epoch in range(5):
        far.host.branch(FIRST, 20, SPEC)
        far.say("branched", epoch=epoch, step=20, spec=SPEC.to_dict())
        for step in range(20, 24 + epoch):
            far.frame(step, epoch=epoch + 1)
        far.state("playing", epoch=epoch + 1)
    ghosts = far.viewer.messages("branched")[-1]["ghosts"]
    assert [ghost[-1]["step"] for ghost in ghosts] == [24, 25, 26]
    far.host.want(FIRST, SPEC.replace(seed=4))
    assert far.watch().messages("branched") == []


def test_a_ghost_has_null_where_there_is_no_number(far):
    far.say("frame", body=encoded(layers=3, step=50, loss=np.inf), step=50)
    far.host.branch(FIRST, 45, SPEC)
    far.say("branched", step=45, spec=SPEC.to_dict())
    assert far.viewer.messages("branched")[0]["ghosts"][0][-1]["loss"] is None


@pytest.mark.parametrize("step", [-1, 50, 10**9])
def test_a_branch_from_a_step_that_was_not_taken_is_refused_and_nothing_is_lost(far, step):
    assert far.host.branch(FIRST, step, SPEC.replace(lr=0.1)).endswith("this run has steps from 0 to 49.")
    far.host.want(FIRST, SPEC)
    assert far.engine.asked() == []
    assert far.host.frame(FIRST, 49)["step"] == 49


def test_a_run_that_is_lost_or_goes_back_already_is_refused_a_branch(far):
    far.host.branch(FIRST, 20, SPEC)
    assert "no run that could go back" in far.host.branch(FIRST, 10, SPEC)
    assert "no run that could go back" in far.host.branch(OTHER, 10, SPEC)
