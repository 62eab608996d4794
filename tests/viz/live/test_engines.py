import pytest

from tests.viz.live.fakes import FakeEngine
from viz.live.engines import CROWD, Engines


@pytest.fixture
def engines():
    lost = []
    engines = Engines(print, lambda *what: lost.append(what), most=3, make=FakeEngine)
    engines.lost_runs = lost
    return engines


def build(engines, *tokens):
    for token in tokens:
        engines.send({"do": "build", "token": token})


def loads(engines):
    return [len({order["token"] for order in process.orders}) for process in engines.processes]


def test_one_process_is_enough_for_a_few_runs(engines):
    engines.start()
    build(engines, *"abcd")
    assert loads(engines) == [4]


def test_the_next_process_starts_before_it_is_needed(engines):
    build(engines, *"abcde")
    assert loads(engines) == [5, 0]
    assert [process.starts for process in engines.processes] == [1, 1]
    build(engines, *"fghij")
    assert loads(engines) == [CROWD, 2] == [8, 2]


def test_a_class_spreads_over_the_cores(engines):
    build(engines, *map(str, range(30)))
    assert loads(engines) == [10, 10, 10]
    assert all(process.starts for process in engines.processes)


def test_a_run_stays_where_it_was_built(engines):
    build(engines, *map(str, range(20)))
    where = [
        next(p for p in engines.processes if any(o["token"] == str(k) for o in p.orders)) for k in range(20)
    ]
    for k in range(20):
        engines.send({"do": "play", "token": str(k)})
        assert where[k].orders[-1] == {"do": "play", "token": str(k)}


def test_a_dropped_run_leaves_room(engines):
    build(engines, *map(str, range(9)))
    assert loads(engines) == [8, 1]
    for k in range(8):
        engines.send({"do": "drop", "token": str(k)})
    engines.processes[0].orders.clear()
    build(engines, "new")
    assert engines.processes[0].asked("token") == [("build", "new")]
    assert engines._runs == [{"new"}, {"8"}]


def test_when_one_process_dies_only_its_runs_are_lost(engines):
    build(engines, *map(str, range(10)))
    engines.processes[1].lost("It died.")
    ((words, tokens),) = engines.lost_runs
    assert (words, sorted(tokens)) == ("It died.", ["8", "9"])


def test_a_checkpoint_is_looked_for_where_the_run_is(engines, tmp_path):
    build(engines, *map(str, range(9)))
    engines.processes[1].folder = tmp_path
    assert engines.checkpoint("8", 2) == tmp_path / "8-2"
    assert engines.checkpoint("3", 2) is None
    assert engines.checkpoint("unknown", 2) is None


def test_closing_ends_them_all(engines):
    build(engines, *map(str, range(9)))
    engines.close()
    assert [process.ends for process in engines.processes] == [1, 1]
