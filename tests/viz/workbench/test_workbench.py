"""Experiments grow in turns, end when nobody looks, and tell what went wrong; arrays arrive bit for bit."""

import gc
from dataclasses import dataclass
from time import sleep
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine import RunSpec, SpecError
from engine.tables.telling import heard
from viz.server.starting import Starting
from viz.wire import result as packing
from viz.workbench import host as hosts
from viz.workbench import page
from viz.workbench.host import Host, Work
from viz.workers.bench import worker

ANN, BOB = "ann_who_looks_at_this_test-01234", "bob_who_looks_at_this_test-01234"
CLOSED: list[int] = []


def counting(to: int):
    try:
        for n in range(1, to + 1):
            yield {"n": n, "done": n / to}
    finally:
        CLOSED.append(to)


def waiting(to: int):
    for n in range(1, to + 1):
        sleep(0.05)  # as work does whose core others have
        yield {"n": n, "done": n / to}


def failing(words: str):
    yield {"done": 0.5}
    raise (SpecError(words) if words else ZeroDivisionError("by nothing"))


@dataclass
class Piece:
    values: np.ndarray
    names: tuple[str, ...]


class FakeEngine:
    trouble = None

    """A workbench in this process: what was sent is obeyed when the test says so."""

    def __init__(self, heard, lost) -> None:
        self.bench = worker.Bench(heard, {"count": counting, "wait": waiting, "fail": failing})
        self.lost, self.starts = lost, 0

    def start(self) -> None:
        self.starts += 1

    def send(self, order) -> None:
        self.bench.obey(order)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    monkeypatch.setattr(worker, "STRETCH", 0.0)  # one piece a stretch
    gc.collect()  # what earlier tests left under way closes before this one counts
    CLOSED.clear()
    return Host(FakeEngine)


def test_every_array_survives_the_way_with_its_type_and_every_bit() -> None:
    result = {
        "a": np.array([[1e-300, np.nan, -0.0], [np.inf, 3.0, -7.25]]),
        "b": np.arange(6, dtype=np.int32).reshape(3, 2)[:, ::-1],
        "none": np.zeros((0, 3), np.float32),
        "alone": np.array(2.5),
        "words": "two",
        "done": 0.25,
        "nested": [Piece(np.array([0.1, 0.2]), ("x",)), {"twice": np.eye(2)}],
    }
    back = packing.unpack(*packing.pack(result))
    assert back.keys() == result.keys()
    for name in ("a", "b", "none", "alone"):
        assert back[name].dtype == result[name].dtype
        assert back[name].shape == result[name].shape
        assert back[name].tobytes() == np.ascontiguousarray(result[name]).tobytes()
    assert (back["words"], back["done"]) == ("two", 0.25)
    piece, matrix = back["nested"]
    assert (piece["values"].tolist(), piece["names"]) == ([0.1, 0.2], ["x"])
    assert np.array_equal(matrix["twice"], np.eye(2))


def test_visitors_take_turns(host: Host) -> None:
    ann, bob = host.ask(ANN, "count", {"to": 40}), host.ask(BOB, "count", {"to": 40})
    for _ in range(6):
        host.engine.bench.advance()
    assert (ann.result["n"], bob.result["n"]) == (3, 3)


def test_what_nobody_waits_for_waits_for_all_others(host: Host) -> None:
    idle = host.ask(ANN, "count", {"to": 40}, idle=True)
    bob = host.ask(BOB, "count", {"to": 4})
    for _ in range(5):
        host.engine.bench.advance()
    assert (idle.result, bob.over) == (None, True)
    host.engine.bench.advance()
    assert idle.result["n"] == 1


def test_the_last_result_is_the_whole_and_then_it_is_over(host: Host) -> None:
    work = host.ask(ANN, "count", {"to": 3})
    assert not work.over
    while not work.over:
        host.engine.bench.advance()
    assert (work.result["n"], work.result["done"], work.error) == (3, 1.0, None)
    assert host.waiting() == []
    assert host.engine.bench.works == {}


def test_the_first_result_is_shown_at_once_and_the_others_by_stretches(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "STRETCH", 3600.0)
    work = host.ask(ANN, "count", {"to": 40})
    host.engine.bench.advance()
    assert work.result["n"] == 1
    host.engine.bench.advance()
    assert (work.result["n"], work.over) == (40, True)


def test_a_newer_experiment_ends_the_older_one(host: Host) -> None:
    old = host.ask(ANN, "count", {"to": 70})
    host.engine.bench.advance()
    new = host.ask(ANN, "count", {"to": 50})
    assert old.over
    assert CLOSED == [70]
    host.drop(old)  # its page notices late
    assert not new.over
    assert host.engine.bench.works.keys() == {ANN}


def test_an_experiment_that_nobody_looks_at_ends(host: Host) -> None:
    work = host.ask(ANN, "count", {"to": 90})
    host.engine.bench.advance()
    host.drop(work)
    assert CLOSED == [90]
    assert host.engine.bench.works == {}


def test_words_of_a_refusal_arrive_and_what_was_seen_stays(host: Host) -> None:
    work = host.ask(ANN, "fail", {"words": "steps: 0 is not allowed; at least 1."})
    while not work.over:
        host.engine.bench.advance()
    assert work.error == "steps: 0 is not allowed; at least 1."


def test_an_error_of_ours_is_named_and_stops_that_experiment_alone(host: Host, capsys) -> None:
    bad, good = host.ask(ANN, "fail", {"words": ""}), host.ask(BOB, "count", {"to": 2})
    while host.engine.bench.works:
        host.engine.bench.advance()
    assert bad.error == "This could not be computed: ZeroDivisionError: by nothing"
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert good.result["n"] == 2
    unknown = host.ask(ANN, "fail", {"wrong": 1})
    assert "unexpected keyword" in unknown.error


def test_work_without_end_is_stopped(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LONGEST", 0.0)
    work = host.ask(ANN, "count", {"to": 10**6})
    while not work.over:
        host.engine.bench.advance()
    assert work.error == "Stopped after 0 s of work. A smaller net or fewer steps would finish."
    assert CLOSED == [10**6]


def test_a_busy_machine_takes_nothing_from_what_an_experiment_may_take(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LONGEST", 0.1)
    work = host.ask(ANN, "wait", {"to": 8})
    while not work.over:
        host.engine.bench.advance()
    assert (work.error, work.result["n"]) == (None, 8)


def test_nobody_waits_for_a_process_that_died(host: Host) -> None:
    work = host.ask(ANN, "count", {"to": 9})
    host.lost("The engine process ended (exit code -9).")
    assert work.over
    assert work.error == "The engine process ended (exit code -9). Please try once more."
    assert work.wait(0)


def test_one_visitor_more_than_there_is_room_for_crowds_out_the_longest_waiting(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "MOST", 1)
    first = host.ask(ANN, "count", {"to": 9})
    second = host.ask(BOB, "count", {"to": 9})
    assert first.error == "Too many experiments run at once; try again in a minute."
    assert not second.over
    assert host.engine.bench.works.keys() == {BOB}


def test_an_error_calls_fields_as_the_controls_do() -> None:
    with pytest.raises(SpecError) as refused:
        RunSpec(batch_size=0)
    told = worker.failed(worker.said(refused.value))
    assert told["error"].startswith("Batch size: 0 is not allowed; give a whole number with")
    assert heard(told, "error") == told["error"]


def test_a_page_shows_an_error_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "viz.workbench.host.shared", lambda: Answering({"error": "Widths: *0* is not allowed."})
    )
    app = AppTest.from_string(
        "from viz.workbench import progressively\nfor _ in progressively(dict, 'no such thing'): pass"
    ).run()
    assert app.error[0].value == r"Widths\: \*0\* is not allowed\."


def test_what_follows_an_experiment_keeps_its_place_once_the_result_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Streamlit closes an expander whose place in the page changes."""
    monkeypatch.setattr("viz.workbench.host.shared", lambda: Answering({"result": {}}, {"finished": True}))
    app = AppTest.from_string(
        "import streamlit as st\nfrom viz.workbench import progressively\n"
        "for _ in progressively(dict, 'a result that is kept'): pass\nst.expander('below')"
    ).run()
    first = [type(one).__name__ for one in app.main.children.values()]
    monkeypatch.setattr("viz.workbench.host.shared", lambda: None)
    assert [type(one).__name__ for one in app.run().main.children.values()] == first
    assert not app.exception


def test_the_whole_result_is_drawn_once_though_the_end_is_told_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Streamlit refuses two charts of one key in a script run."""
    ending(monkeypatch)
    app = AppTest.from_string(
        "import streamlit as st\nfrom viz.workbench import progressively\n"
        "for seen in progressively(dict, 'a result told before the end'): st.button('seen', key=str(seen['done']))"
    ).run()
    assert not app.exception
    assert len(app.button) == 1


class Answering:
    """A host whose every experiment tells these things."""

    def __init__(self, *told: dict) -> None:
        self.told, self.starting = told, Starting("workbench")

    def ask(self, token: str, name: str, arguments: dict) -> Work:
        work = Work()
        for one in self.told:
            if "result" in one:
                work.result = {"done": 1.0}
            else:
                work.heard(one, b"")
        return work

    def drop(self, work: Work) -> None:
        pass


class Ending(Work):
    """Its result is whole at once; that it is over is told after it."""

    def wait(self, seconds: float) -> bool:
        self.over, self.result = self.result is not None, self.result or {"done": 1.0}
        return True


def ending(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host whose every experiment is one of these."""
    host = Answering()
    monkeypatch.setattr(host, "ask", lambda token, name, arguments: Ending())
    monkeypatch.setattr("viz.workbench.host.shared", lambda: host)


class Drawn:
    """A place that remembers what its bar was told."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def progress(self, share: float, text: str) -> "Drawn":
        self.texts.append(text)
        return self


def test_a_bar_leaves_the_browser_time_for_the_rest_of_the_page(monkeypatch):
    place, now = Drawn(), iter([10.0, 10.1, 10.2, 10.9, 12.0])
    monkeypatch.setattr(page, "time", SimpleNamespace(monotonic=lambda: next(now)))
    bar = page.Bar(place, 0.0, "Starting …")
    for text in ("1 of 9", "1 of 9", "2 of 9", "3 of 9", "4 of 9", "4 of 9"):
        bar.shows(0.5, text)
    assert place.texts == ["Starting …", "1 of 9", "4 of 9"]


def test_a_bar_says_at_once_that_something_is_done():
    bar = page.Bar(place := Drawn(), 0.0, "Starting …")
    for done in (0, 4, 5):
        bar.shows(done / 9, f"{done} of 9")
    assert place.texts == ["Starting …", "0 of 9", "4 of 9"]


def test_no_bar_stands_above_the_whole_result(monkeypatch: pytest.MonkeyPatch) -> None:
    ending(monkeypatch)
    drawn: list[object] = []
    place = SimpleNamespace(progress=Drawn().progress, empty=lambda: drawn.append("gone"))
    monkeypatch.setattr(page.st, "empty", lambda: place)
    monkeypatch.setattr(page, "visitor", lambda: "somebody")
    for seen in page.progressively(dict, "a result that is whole at once"):
        drawn.append(seen["done"])
    assert drawn == ["gone", 1.0]
