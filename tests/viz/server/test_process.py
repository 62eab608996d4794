import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from viz.server import process as engine_process
from viz.server.process import EngineProcess

pytestmark = pytest.mark.slow

WITHIN = 60

# An engine process without an engine: says what it is told, and dies of it when it is told to.
STUB = """
import json, os, sys
from multiprocessing.connection import Client
from viz.wire import channel
start = json.loads(sys.stdin.readline())
with Client(start["address"], authkey=bytes.fromhex(start["key"])) as connection:
    channel.send(connection, {"say": "born", "folder": start["folder"], "argv": sys.argv})
    while True:
        try:
            order, _ = channel.receive(connection)
        except EOFError:
            break
        if order["do"] == "quit":
            break
        if order["do"] == "die":
            os._exit(order["code"])
        channel.send(connection, {"say": "heard", "order": order}, b"and bytes")
"""


class Ears:
    def __init__(self, program=STUB):
        self.messages, self.deaths, self.arrived = [], [], threading.Condition()
        self.engine = EngineProcess(self.heard, self.lost, (sys.executable, "-c", program))

    def heard(self, header, body):
        with self.arrived:
            self.messages.append((header, body))
            self.arrived.notify_all()

    def lost(self, words):
        with self.arrived:
            self.deaths.append(words)
            self.arrived.notify_all()

    def until(self, condition):
        with self.arrived:
            assert self.arrived.wait_for(condition, WITHIN)

    def births(self):
        return [header for header, _ in self.messages if header["say"] == "born"]


@pytest.fixture
def ears():
    ears = Ears()
    ears.engine.start()
    yield ears
    ears.engine.close()


def test_files_of_our_names_where_the_server_was_started_are_left_alone(tmp_path, monkeypatch):
    (tmp_path / "viz.py").write_text("raise ImportError('somebody else has a viz')\n")
    monkeypatch.chdir(tmp_path)
    ears = Ears()
    ears.engine.start()
    try:
        ears.until(lambda: ears.births() or ears.deaths)
    finally:
        ears.engine.close()
    assert not ears.deaths


def test_a_process_begun_ahead_becomes_the_first_that_is_needed(monkeypatch):
    named_later = "import sys\nif len(sys.argv) == 1: sys.argv += sys.stdin.readline().split()" + STUB
    begin = (sys.executable, "-c", named_later)
    monkeypatch.setattr(engine_process, "BEGIN", begin)
    engine_process.begin()
    (ahead,) = engine_process._ahead
    for worker in ("the.first slow", "the.second"):
        ears = Ears()
        ears.engine.command = (*begin, *worker.split())
        ears.engine.start()
        try:
            ears.until(ears.births)
            assert ears.births()[0]["argv"] == ["-c", *worker.split()]
            assert (ears.engine.process is ahead) == (worker == "the.first slow")
        finally:
            ears.engine.close()


def test_orders_arrive_even_those_given_before_it_was_up(ears):
    ears.engine.send({"do": "first"})
    ears.until(lambda: len(ears.messages) == 2)
    assert ears.messages[1] == ({"say": "heard", "order": {"do": "first"}}, b"and bytes")


def test_the_key_is_not_in_its_arguments(ears):
    ears.until(ears.births)
    assert ears.births()[0]["argv"] == ["-c"]


def test_start_starts_one_process_only(ears):
    ears.until(ears.births)
    process = ears.engine.process
    ears.engine.start()
    ears.engine.send({"do": "again"})
    ears.until(lambda: len(ears.messages) == 2)
    assert ears.engine.process is process
    assert len(ears.births()) == 1


def test_one_that_dies_is_reported_and_started_again(ears):
    ears.engine.send({"do": "die", "code": 7})
    ears.until(lambda: len(ears.births()) == 2)
    assert ears.deaths == ["The engine process ended (exit code 7); a new one starts at once."]
    ears.engine.send({"do": "go on"})
    ears.until(lambda: ears.messages[-1][0]["say"] == "heard")


def test_one_that_always_dies_is_started_again_after_longer_and_longer_pauses(monkeypatch):
    monkeypatch.setattr(engine_process, "PAUSES", (0.0, 0.01, 0.02))
    ears = Ears("raise SystemExit(3)")
    ears.engine.start()
    ears.until(lambda: len(ears.deaths) >= 5)
    assert ears.engine.trouble
    ears.engine.close()
    ends = [words.removeprefix("The engine process did not start (exit code 3); ") for words in ears.deaths]
    assert ends[:5] == ["a new one starts at once."] + ["a new one starts in 0.01 s."] + 3 * [
        "a new one starts in 0.02 s."
    ]


def test_one_that_could_not_even_be_started_is_tried_again(monkeypatch):
    monkeypatch.setattr(engine_process, "PAUSES", (0.01,))
    real, tries = engine_process.subprocess.Popen, []

    def refuse_twice(*what, **how):
        tries.append(what)
        if len(tries) < 3:
            raise FileNotFoundError(2, "No such file or directory", "/a/path/of/this/server")
        return real(*what, **how)

    monkeypatch.setattr(engine_process.subprocess, "Popen", refuse_twice)
    ears = Ears()
    ears.engine.start()
    ears.until(ears.births)
    said = "The engine process could not be started (No such file or directory); a new one starts in 0.01 s."
    assert ears.deaths == [said, said]
    assert ears.engine.trouble is None
    ears.engine.close()


def test_a_message_that_cannot_be_taken_ends_nothing(ears):
    ears.until(ears.births)
    heard, ears.engine.heard = ears.engine.heard, lambda *_: 1 / 0
    ears.engine.send({"do": "unheard"})
    ears.engine.send({"do": "unheard"})
    time.sleep(0.3)
    ears.engine.heard = heard
    ears.engine.send({"do": "heard"})
    ears.until(lambda: ears.messages[-1][0].get("order") == {"do": "heard"})
    assert ears.deaths == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the connection is a file")
def test_a_swept_temporary_folder_is_in_nobodys_way(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "swept"))
    ears = Ears()
    ears.engine.start()
    ears.until(ears.births)
    ears.engine.close()


def test_close_ends_the_process_and_removes_its_folder(ears):
    ears.until(ears.births)
    process, folder = ears.engine.process, ears.engine.folder
    assert str(folder) == ears.births()[0]["folder"]
    folder.mkdir()
    ears.engine.close()
    assert process.poll() == 0
    assert not folder.exists()
    assert ears.deaths == []


@pytest.mark.skipif(os.name == "nt", reason="os.kill asks nothing on Windows, it kills")
def test_a_server_that_is_killed_takes_its_engine_process_along():
    program = (
        "import sys, time, viz.server.process as e\n"
        f"engine = e.EngineProcess(print, print, (sys.executable, '-c', {STUB!r})); engine.start()\n"
        "while engine.process is None: time.sleep(0.01)\n"
        "print(engine.process.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as server:
        pid = int(server.stdout.readline())
        server.kill()
    end = time.monotonic() + WITHIN
    while is_alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_alive(pid)


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().split()[2] != "Z"
