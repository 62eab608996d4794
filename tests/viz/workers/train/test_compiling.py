"""One process compiles for all that begin at the same time."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.measure import compiled
from viz.workers.train import compiling


@pytest.fixture
def machine(monkeypatch, tmp_path: Path) -> dict:
    """A machine on which nothing is compiled yet, and what was started on it."""
    state = {"kept": False, "started": 0}

    def run(command, **_):
        assert command[1:] == ["-m", "viz.workers.train.compiling"]
        state["started"] += 1
        state["kept"] = state.get("can keep", True)

    monkeypatch.setattr(compiling, "sign", lambda: tmp_path / "sign")
    monkeypatch.setattr(compiling, "LOOKS", 0.01)
    monkeypatch.setattr(compiled, "are_kept", lambda: state["kept"])
    monkeypatch.setattr(subprocess, "run", run)
    return state


def test_the_first_starts_a_process_and_the_next_finds_all_done(machine):
    compiling.compile_elsewhere()
    compiling.compile_elsewhere()
    assert machine["started"] == 1


def test_who_finds_one_at_work_waits_for_it_and_starts_none(machine, tmp_path):
    (tmp_path / "sign").write_text(str(os.getpid()))
    waiting = threading.Thread(target=compiling.compile_elsewhere)
    waiting.start()
    waiting.join(0.1)
    assert waiting.is_alive()
    machine["kept"] = True
    (tmp_path / "sign").unlink()
    waiting.join(10)
    assert not waiting.is_alive()
    assert machine["started"] == 0


def test_a_machine_that_can_keep_nothing_is_tried_once(machine):
    machine["can keep"] = False
    compiling.compile_elsewhere()
    assert machine["started"] == 1


def test_the_sign_of_a_process_that_was_killed_is_taken_down(machine, tmp_path):
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    (tmp_path / "sign").write_text(str(gone.pid))
    assert not compiling.at_work()
    assert not (tmp_path / "sign").exists()
    compiling.compile_elsewhere()
    assert machine["started"] == 1


def test_only_one_compiles_and_its_sign_comes_down(machine, monkeypatch, tmp_path):
    warmed = []
    monkeypatch.setattr(os, "nice", lambda _: 19, raising=False)
    monkeypatch.setattr(compiling, "warm_up", lambda dtype: warmed.append((dtype, compiling.at_work())))
    compiling.main()
    assert warmed == [("float32", True), ("float64", True)]
    assert not (tmp_path / "sign").exists()
    (tmp_path / "sign").write_text(str(os.getpid()))
    compiling.main()
    assert len(warmed) == 2
