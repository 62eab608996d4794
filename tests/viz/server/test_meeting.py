"""Scripts find the apps of their own user on their own machine, and nobody else does."""

import json
import os
import stat
from multiprocessing import AuthenticationError
from multiprocessing.connection import answer_challenge, deliver_challenge
from threading import Thread

import pytest

from viz.server import meeting
from viz.wire import channel


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "gradient-flow-lab"


@pytest.fixture
def app():
    listener, place = meeting.listen()
    with listener:
        yield listener, place


def answered(listener, key, said):
    """One guest is let in who knows the key; what he says is kept."""
    with listener.accept() as connection:
        try:
            deliver_challenge(connection, key)
            answer_challenge(connection, key)
            said.append(channel.receive(connection)[0])
        except (AuthenticationError, EOFError) as error:
            said.append(type(error))


def test_an_app_is_found_by_a_file_that_only_its_user_can_read(app, at_home):
    listener, place = app
    assert meeting.places() == [place]
    assert stat.S_IMODE(place.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(at_home.stat().st_mode) == 0o700
    said = []
    door = Thread(target=answered, args=(listener, place.key, said))
    door.start()
    with meeting.places()[0].knock() as connection:
        channel.send(connection, {"say": "hello"})
        door.join(10)
    assert said == [{"say": "hello"}]


def test_who_does_not_know_the_key_is_not_heard(app):
    listener, place = app
    said = []
    door = Thread(target=answered, args=(listener, place.key, said))
    door.start()
    with pytest.raises((AuthenticationError, EOFError, OSError)):
        place._replace(key=b"guessed").knock()
    door.join(10)
    assert said == [AuthenticationError]


def test_the_newest_app_comes_first_and_one_that_is_gone_is_forgotten(app):
    _, first = app
    listener, second = meeting.listen()
    os.utime(first.path, (1, 1))
    with listener:
        assert meeting.places() == [second, first]
    meeting.forget(second)
    meeting.forget(second)
    assert meeting.places() == [first]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"address": 3}', '{"address": "x", "key": "no hex", "host": 1}']
)
def test_a_broken_file_is_no_app(at_home, text):
    meeting.folder()
    (at_home / "broken.json").write_text(text)
    assert meeting.places() == []


def test_an_app_of_another_machine_with_the_same_home_is_none_of_ours(app):
    _, place = app
    said = json.loads(place.path.read_text())
    place.path.write_text(json.dumps(said | {"host": "elsewhere"}))
    assert meeting.places() == []
