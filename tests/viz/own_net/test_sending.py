"""A script's frames reach the app whenever there is one, and the script never waits for it."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest

from engine.tables.wording import Sentence
from tests.viz.live.frames import encoded
from viz.nets.host import GONE, Nets
from viz.nets.listener import Door
from viz.own_net.sending import WAITING, Sender
from viz.own_net.starting import which_app
from viz.server import meeting
from viz.server.process import ROOT
from viz.wire import channel
from viz.wire import frame as wire

TOKEN = "t" * 32
HELLO = {"say": "hello", "name": "mine", "place": "train.py", "epoch": 1, "labels": ["h.0.fc", "h.1.fc"]}
WITHIN = 20.0


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def frame(step):
    return encoded(2, step, epoch=1)


class App:
    """A server's side, opened and closed like the app."""

    def __init__(self):
        self.nets = Nets()
        self.door = Door(self.nets, lambda: "http://localhost:1/")
        self.door.open()

    @property
    def net(self):
        return self.nets.runs.get(TOKEN)

    def steps(self):
        return [wire.step(data) for data in self.net.ring.after(-1)] if self.net else []


@pytest.fixture
def app():
    app = App()
    yield app
    app.door.close()


def until(holds):
    end = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def sender(kept=()):
    said = []
    sends = Sender(TOKEN, lambda: list(kept), starts=False, say=said.append)
    return sends, said


def test_all_that_is_kept_and_all_that_comes_arrives_and_the_end_is_said(app):
    sends, said = sender([frame(1), frame(2)])
    sends.open(HELLO)
    until(lambda: app.steps() == [1, 2])
    sends.show(frame(3))
    sends.tell({"say": "verdict", "findings": [{"name": "vanishing"}], "past": [], "progress": None})
    sends.close("It ended.")
    until(lambda: not app.net.is_live)
    assert app.steps() == [1, 2, 3]
    assert app.net.summary() | {"began": 0} == {
        "token": TOKEN, "name": "mine", "place": "train.py", "live": False, "step": 3, "worst": "vanishing", "began": 0,
    }  # fmt: skip
    assert app.net.state["reason"] == "It ended."
    assert said == [f"Your net: http://localhost:1/own_net?net={TOKEN}"]


def test_what_a_script_says_arrives_with_its_sentences(app):
    sends, _ = sender()
    place = Sentence("{script}, process {process} on {host}", script="train.py", process=7, host="here")
    sends.open({**HELLO, "place": place})
    until(lambda: app.net)
    sends.close(Sentence("The watching ended after step {steps}: all of it is kept here.", steps=5))
    until(lambda: not app.net.is_live)
    assert app.net.summary()["place"] == "train.py, process 7 on here"
    assert Sentence.of_dict(app.net.summary()["sentences"]["place"]) == place
    assert app.net.state["sentences"]["reason"]["values"] == {"steps": 5}


def test_of_several_apps_it_is_said_which_one_shows_it(app):
    again = App()
    sends, said = sender()
    sends.open(HELLO)
    until(lambda: said)
    sends.close("over")
    again.door.close()
    where = f"(of 2 apps that run here it is in process {os.getpid()}, from {ROOT})"
    assert said == [f"Your net: http://localhost:1/own_net?net={TOKEN}\n{where}"]


def test_an_app_of_another_folder_is_named_and_one_that_is_gone_is_not_counted(app):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (meeting.folder() / "gone.json").write_text(
        meeting.places()[0].path.read_text().replace(f'"process": {os.getpid()}', f'"process": {gone.pid}')
    )
    assert sorted(map(meeting.runs, meeting.places())) == [False, True]
    ours, elsewhere = {"process": 7, "folder": str(ROOT)}, {"process": 7, "folder": "/lab"}
    assert which_app(ours, 1) == which_app({}, 3) == ""
    assert which_app(elsewhere, 1) == "\n(in the app that ran here before: process 7, from /lab)"


def test_who_comes_while_it_trains_hears_how_it_stands(app):
    sends, _ = sender()
    sends.open({**HELLO, "epoch": 0, "labels": []})
    until(lambda: app.net)
    sends.greet(HELLO)
    sends.show(frame(1))
    until(lambda: app.steps() == [1])
    told = {message["say"]: message for message in app.net.messages()}
    assert (told["hello"]["epoch"], told["state"]["state"]) == (1, "playing")
    sends.close("over")


def test_without_an_app_nothing_waits_and_of_many_frames_the_newest_are_kept():
    sends, _ = sender()
    sends.open(HELLO)
    began, first, last = time.monotonic(), frame(1), frame(7)
    for _ in range(10_000):
        sends.show(first)
    sends.show(last)
    sends.close("over")
    assert time.monotonic() - began < WITHIN
    assert len(sends._frames) == WAITING
    assert wire.step(sends._frames[-1]) == 7


def test_an_app_that_is_closed_and_comes_again_has_all_that_is_kept(app):
    kept = [frame(step) for step in range(1, 6)]
    sends, _ = sender(kept)
    sends.open(HELLO)
    until(lambda: len(app.steps()) == 5)
    app.door.close()
    again = App()
    kept.append(frame(6))
    sends.show(kept[-1])
    until(lambda: sends.show(frame(6)) or 6 in again.steps())
    assert again.steps() == [1, 2, 3, 4, 5, 6]
    sends.close("over")
    again.door.close()


def test_a_script_that_is_killed_leaves_all_it_sent(app):
    place = meeting.places()[0]
    with place.knock() as connection:
        channel.send(connection, {**HELLO, "token": TOKEN})
        assert channel.receive(connection)[0]["say"] == "welcome"
        channel.send(connection, {"say": "frame"}, frame(4))
        until(lambda: app.steps() == [4])
    until(lambda: not app.net.is_live)
    assert app.net.state["reason"] == GONE
    assert app.steps() == [4]


@pytest.mark.parametrize(
    "message",
    [{"token": TOKEN}, {"token": "short", "labels": []}, {**HELLO, "token": TOKEN, "labels": ["x"] * 30_000}],
)
def test_a_greeting_that_is_none_ends_its_own_connection_alone(app, message):
    with meeting.places()[0].knock() as connection:
        channel.send(connection, message)
        with pytest.raises((EOFError, OSError)):
            channel.receive(connection)
    assert app.nets.runs == {}
    sends, _ = sender([frame(1)])
    sends.open(HELLO)
    until(lambda: app.steps() == [1])
    sends.close("over")


def test_bytes_that_are_no_frame_end_the_connection_and_leave_what_came_before(app):
    with meeting.places()[0].knock() as connection:
        channel.send(connection, {**HELLO, "token": TOKEN})
        channel.receive(connection)
        channel.send(connection, {"say": "frame"}, frame(1))
        channel.send(connection, {"say": "frame"}, np.random.default_rng(0).bytes(500))
        with pytest.raises((EOFError, OSError)):
            channel.receive(connection)
    until(lambda: not app.net.is_live)
    assert app.steps() == [1]
