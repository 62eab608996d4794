import json
import logging
import sys
import time

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from engine import RunSpec
from tests.viz.live.server import WITHIN, Viewer, ask, serving, split
from viz.live.host import Host
from viz.server.tokens import new_token

pytestmark = pytest.mark.slow

COMPILED_WITHIN = 300
SPEC = RunSpec(dataset="moons", hidden=(7, 5), lr=0.05, batch_size=32)


@pytest.fixture(scope="module")
def host():
    """The shared host of this process, with an engine process of its own that is up."""
    before = getattr(sys, "_gradient_flow_live", None)
    host = sys._gradient_flow_live = Host()
    host.start()
    host.want(token := new_token(), SPEC)
    host.poll(token, -1)
    wait_for(
        lambda: host.runs[token].state["state"] == "paused", COMPILED_WITHIN, lambda: host.poll(token, -1)
    )
    host.forget(token)
    yield host
    host.close()
    sys._gradient_flow_live = before


@pytest.fixture(scope="module")
def port(host):
    with serving(ws_ping_interval=1, ws_ping_timeout=1) as port:
        yield port


@pytest.fixture
def token(host):
    token = new_token()
    host.want(token, SPEC)
    yield token
    host.forget(token)


@pytest.fixture
def viewer(port, token):
    with Viewer(port, token) as viewer:
        viewer.next("state", state="paused")
        yield viewer


@pytest.fixture(autouse=True)
def nothing_in_the_log(caplog):
    """Whatever a browser sends, the server logs no exception."""
    with caplog.at_level(logging.WARNING):
        yield
    assert [record.getMessage() for record in caplog.records] == []


def closed(viewer, within=WITHIN):
    """The code and the reason with which the server closed."""
    try:
        while True:
            viewer.socket.recv(timeout=within)
    except ConnectionClosed as end:
        return end.rcvd.code, end.rcvd.reason


def wait_for(condition, within=WITHIN, meanwhile=lambda: None):
    """Until it holds; fails when it does not in time."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end
        meanwhile()
        time.sleep(0.02)


# ----------------------------------------------------------------------------------------- watching


def test_play_moves_frames_and_pause_stops_them(viewer):
    viewer.do("play")
    viewer.next("state", state="playing")
    steps = [viewer.next()["step"] for _ in range(5)]
    assert sorted(set(steps)) == steps
    viewer.do("pause")
    viewer.next("state", state="paused")
    with pytest.raises(TimeoutError):
        viewer.next(within=0.4)


def test_a_change_of_the_page_acts_on_the_running_net(host, token, viewer):
    viewer.do("play")
    viewer.next("state", state="playing")
    host.want(token, SPEC.replace(lr=0.002))
    for _ in range(20):
        if viewer.next()["lr"] == 0.002:
            break
    else:
        raise AssertionError("the learning rate did not change")


def test_a_restart_says_hello_again_and_goes_on_playing(host, token, viewer):
    viewer.do("play")
    viewer.next("state", state="playing")
    host.want(token, SPEC.replace(activation="relu"))
    hello = viewer.next("hello")
    assert (hello["epoch"], hello["spec"]["activation"]) == (1, "relu")
    viewer.next("state", state="playing")
    assert viewer.next()["epoch"] == 1


def test_reset_stands_at_step_0(viewer):
    viewer.do("step", count=30)
    viewer.next("state", state="playing")
    viewer.next("state", state="paused")
    viewer.do("reset")
    viewer.next("hello")
    assert viewer.next()["step"] == 0


def test_a_reload_finds_the_same_run_with_its_backlog(port, token, viewer):
    viewer.do("play")
    last = [viewer.next() for _ in range(8)][-1]
    viewer.close()
    time.sleep(0.5)
    with Viewer(port, token) as again:
        again.next("state", state="playing")
        newest = again.next()
        assert newest["epoch"] == 0
        assert newest["step"] > last["step"]
        _, backlog = split(ask(port, f"/live/frames/{token}?after=-1").body)
    assert {frame["step"] for frame in backlog} >= {last["step"], newest["step"]}


def test_a_run_without_viewers_pauses_goes_on_with_some_and_is_dropped_at_last(
    host, port, token, viewer, monkeypatch
):
    monkeypatch.setattr(host, "pause_after", 0.3)
    viewer.do("play")
    viewer.next("state", state="playing")
    viewer.close()
    wait_for(lambda: host.runs[token].state["state"] == "paused")
    assert host.runs[token].state["reason"] == "Paused: nobody was watching."
    with Viewer(port, token) as again:
        again.next("state", state="playing")
    monkeypatch.setattr(host, "drop_after", 0.3)
    wait_for(lambda: token not in host.runs)
    with Viewer(port, token) as late:
        code, seconds = closed(late)
    assert code == 4404
    assert (
        0 <= int(seconds) < 3600
    )  # for which the server runs: the page tells by it whether it was started anew


def test_two_viewers_of_one_run_see_the_same(port, token, viewer):
    with Viewer(port, token) as other:
        viewer.do("step", count=1)
        frames = []
        for each in (viewer, other):
            while (frame := each.next())["step"] < 1:
                pass
            frames.append(frame)
    assert frames[0]["loss"] == frames[1]["loss"]


def test_the_routes_work_below_a_base_path(port, token):
    with Viewer(port, token, path="/lab/live/stream/") as viewer:
        assert viewer.next("hello")["epoch"] == 0
    assert ask(port, f"/a/b/live/frames/{token}").status == 200


# ---------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://", "file:///x", "//[", None]
)
def test_pages_of_another_origin_are_refused(port, token, origin):
    with pytest.raises(InvalidStatus, match="403"):
        Viewer(port, token, origin=origin)


def test_behind_a_proxy_the_forwarded_host_counts(port, token):
    headers = {"X-Forwarded-Host": "lab.example"}
    with Viewer(port, token, origin="https://lab.example", additional_headers=headers) as viewer:
        viewer.next("hello")


def test_a_malformed_token_is_refused(port):
    with pytest.raises(InvalidStatus, match="403"):
        Viewer(port, "x" * 31)


def test_an_unknown_token_is_closed_with_4404(port):
    with Viewer(port, new_token()) as viewer:
        assert closed(viewer)[0] == 4404


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("no json", "this is no JSON"),
        (b"\x00\xff", "this is no JSON"),
        ("", "this is no JSON"),
        ('{"do":"explode"}', "unknown verb 'explode'; choose from: play"),
        ('{"do":"step","count":-4}', "count: '-4' is not allowed"),
        ('{"do":"speed","steps_per_second":NaN}', "this is no JSON"),
        ('{"do":"play","x":"' + "y" * 5000 + '"}', "a message of 5020 bytes; give at most 4096"),
    ],
)
def test_garbage_gets_a_sentence_and_the_way_stays_open(viewer, sent, words):
    viewer.socket.send(sent)
    notice = viewer.next("notice")
    assert words in notice["text"]
    viewer.do("ping", t=4)
    assert viewer.next("pong")["t"] == 4


def test_who_talks_too_fast_is_cut_off_with_the_reason(viewer):
    for _ in range(200):
        try:
            viewer.do("ping", t=1)
        except ConnectionClosed:
            break
    assert closed(viewer) == (4429, "more than 60 messages a second")


def test_too_many_viewers_of_one_run_are_told_so(port, token):
    viewers = [Viewer(port, token) for _ in range(8)]
    with Viewer(port, token) as ninth:
        assert ninth.next("notice")["text"] == "8 pages watch this run already; close one of them."
        assert closed(ninth)[0] == 4503
    for viewer in viewers:
        viewer.close()


def test_a_dead_peer_does_not_count_as_a_viewer(host, port, token):
    viewer = Viewer(port, token, ping_interval=None)
    viewer.next("state", state="paused")
    assert len(host.runs[token].viewers) == 1
    viewer.socket.protocol.receive_data = lambda data: None  # deaf: it answers no ping
    wait_for(lambda: not host.runs[token].viewers)
    viewer.socket.socket.close()


# ----------------------------------------------------------------------------- without a websocket


def test_polling_plays_a_run(port, token):
    own = {"origin": f"http://127.0.0.1:{port}"}
    first = ask(port, f"/live/frames/{token}")
    assert first.headers["Cache-Control"] == "no-store"
    assert ask(port, f"/live/do/{token}", b'{"do":"play"}', **own).status == 204
    frames, said, state = [], 0, {}
    end = time.monotonic() + WITHIN
    while len(frames) < 10 and time.monotonic() < end:
        after = frames[-1]["step"] if frames else -1
        answer = ask(port, f"/live/frames/{token}?after={after}&epoch=0&said={said}")
        said = int(answer.headers["X-Live-Said"])
        assert (
            sum(len(f"{name}: {text}") for name, text in answer.headers.items()) < 2000
        )  # a proxy's bound is 4 KB
        messages, found = split(answer.body)
        state |= {message["say"]: message for message in messages}
        frames += found
        time.sleep(0.05)
    steps = [frame["step"] for frame in frames]
    assert sorted(set(steps)) == steps
    assert state["state"]["state"] == "playing"
    assert len(state["hello"]["rows"]) == 3


def test_a_posted_verb_is_answered(port, token):
    own = {"origin": f"http://127.0.0.1:{port}"}
    answer = ask(port, f"/live/do/{token}", b'{"do":"ping","t":3}', **own)
    assert json.loads(answer.body) == {"say": "pong", "t": 3}
    assert "unknown verb" in json.loads(ask(port, f"/live/do/{token}", b'{"do":"x"}', **own).body)["text"]


def test_http_checks_what_the_websocket_checks(port, token):
    own = {"origin": f"http://127.0.0.1:{port}"}
    evil = {"origin": "http://evil.example"}
    play = b'{"do":"play"}'
    assert ask(port, f"/live/do/{token}", play).status == 403
    assert ask(port, f"/live/do/{token}", play, **evil).status == 403
    assert ask(port, f"/live/frames/{token}", **evil).status == 403
    assert ask(port, f"/live/frames/{token}", sec_fetch_site="cross-site").status == 403
    assert ask(port, f"/live/do/{new_token()}", play, **own).status == 404
    assert ask(port, f"/live/frames/{new_token()}").status == 404
    assert ask(port, f"/live/frames/{token}?after=x").status == 400
    assert ask(port, f"/live/left/{token}", **evil).status == 403
    assert ask(port, f"/live/left/{new_token()}").status == 404
    assert ask(port, f"/live/left/{token}").body == b""
    assert ask(port, f"/live/frames/{token}?after={'9' * 5000}").status == 400
    assert ask(port, f"/live/do/{token}", b"x" * 5000, **own).status == 413


def test_requests_are_bounded(port, token):
    statuses = [ask(port, f"/live/frames/{token}?after=5").status for _ in range(400)]
    assert statuses[:50] == [200] * 50
    if 429 not in statuses:
        pytest.skip("this machine is too slow to ask too fast")


# --------------------------------------------------------------------------------- the engine dies


def test_a_killed_engine_process_loses_no_page(host, port, token, viewer):
    host.want(other := new_token(), SPEC)
    with Viewer(port, other) as neighbor:
        neighbor.next("state", state="paused")
        viewer.do("step", count=30)
        viewer.next("state", state="playing")
        viewer.next("state", state="paused")
        wait_for(lambda: host._engines.checkpoints(token, host.runs[token].life).steps()[-1:] == [30])

        for each in host._engines.processes:
            each.process.kill()
        state = viewer.next("state", state="lost")
        assert state["reason"].startswith("The engine process ended (exit code ")
        assert state["can"] == ["resume", "rebuild"]
        assert neighbor.next("state", state="lost")["can"] == ["resume", "rebuild"]

        viewer.do("resume")
        assert viewer.next("hello", within=COMPILED_WITHIN)["epoch"] == 1
        assert viewer.next()["step"] == 30
        viewer.do("step")
        assert viewer.next()["step"] == 31
        neighbor.do("rebuild")
        assert neighbor.next("hello")["epoch"] == 1
        assert neighbor.next()["step"] == 0
