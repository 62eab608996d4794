import pytest

from engine import RunSpec
from tests.viz.live.fakes import FakeEngine
from viz.live import engines as places
from viz.live.engines import QUICK, SLOW, Engines

SMALL = RunSpec(dataset="moons", hidden=(7, 5))
LARGE = RunSpec(hidden=(256,) * 100, batch_size=1024, dtype="float64", optimizer="adam", batch_norm="before")


class Process(FakeEngine):
    """Without an engine; its lane and folder are kept."""

    def __init__(self, heard, lost, command, folder):
        super().__init__(heard, lost, folder)
        self.slow = command[-1] == "slow"

    def start(self):
        super().start()
        self.heard({"say": "warm"}, b"")


@pytest.fixture
def engines(tmp_path):
    lost, heard = [], []
    engines = Engines(lambda *what: heard.append(what), lambda *what: lost.append(what), Process, tmp_path)
    engines.lost_runs, engines.told = lost, heard
    return engines


def build(engines, *tokens, spec=SMALL, epoch=0, moved=False):
    for token in tokens:
        engines.send(
            {"do": "build", "token": token, "epoch": epoch, "life": 0, "moved": moved, "spec": spec.to_dict()}
        )


def cost(engines, token, seconds):
    place = engines._where(token)
    place.process.heard({"say": "cost", "token": token, "epoch": 0, "seconds": seconds}, b"")


def arrive(engines, origin, token):
    """What the host does when a run has left its process."""
    origin.heard({"say": "left", "token": token, "epoch": 0}, b"")
    assert engines.told.pop()[0]["say"] == "left"
    build(engines, token, moved=True)


def loads(engines, slow=False):
    return [len(place.costs) for place in engines.places if place.slow == slow]


def test_one_process_is_enough_for_one_run(engines):
    engines.start()
    build(engines, "a")
    assert loads(engines) == [1]


def test_a_second_run_finds_the_next_process_started(engines):
    build(engines, "a", "b")
    assert loads(engines) == [2, 0]
    assert [process.starts for process in engines.processes] == [1, 1]


def test_nobody_waits_for_a_process_that_starts(engines):
    build(engines, "a", "b")
    engines.places[1].warm = False
    build(engines, "c")
    assert loads(engines) == [3, 0, 0]


def test_a_run_moves_to_a_process_of_its_own_once_there_is_one(engines):
    build(engines, "a", "b")
    first, second = engines.processes
    engines.places[1].warm = False
    cost(engines, "b", 0.001)
    assert loads(engines) == [2, 0]
    engines.places[1].warm = True
    cost(engines, "b", 0.001)
    assert first.asked("token")[-1] == ("move", "b")
    engines.send({"do": "pause", "token": "b"})
    assert (first.asked(), second.asked()) == ([], [])
    arrive(engines, first, "b")
    assert second.asked("token") == [("build", "b"), ("pause", "b")]
    cost(engines, "b", 0.001)
    assert loads(engines) == [1, 1]


def test_a_run_that_cannot_leave_stays(engines):
    build(engines, "a", "b")
    first = engines.processes[0]
    cost(engines, "b", 0.001)
    first.asked()
    engines.send({"do": "speed", "token": "b"})
    first.heard({"say": "stayed", "token": "b", "epoch": 0}, b"")
    assert loads(engines) == [2, 0]
    assert first.asked() == [("speed",)]
    assert engines.told == []


def test_a_class_spreads_over_the_processes(engines):
    build(engines, *map(str, range(30)))
    for _ in range(4):
        for token in map(str, range(30)):
            origin = engines._where(token).process
            cost(engines, token, 0.001)
            if ("move", token) in origin.asked("token"):
                arrive(engines, origin, token)
    assert sorted(loads(engines)) == [7, 7, 8, 8]
    assert len(loads(engines)) == QUICK


def test_slow_nets_have_processes_of_their_own(engines):
    build(engines, "small")
    build(engines, "x", "y", "z", spec=LARGE)
    assert loads(engines) == [1]
    assert sorted(loads(engines, slow=True)) in ([0, 3], [1, 2])
    assert len(loads(engines, slow=True)) <= SLOW
    assert [process.slow for process in engines.processes] == [False, True, True]


def test_a_net_that_turns_out_to_be_slow_moves_and_so_does_one_that_is_quick_again(engines):
    build(engines, "a")
    first = engines.processes[0]
    cost(engines, "a", 2 * places.SLOW_STEP)
    slow = engines.processes[1]
    assert slow.slow
    cost(engines, "a", 2 * places.SLOW_STEP)
    assert first.asked("token")[-1] == ("move", "a")
    arrive(engines, first, "a")
    cost(engines, "a", (places.SLOW_STEP + places.QUICK_STEP) / 2)
    assert loads(engines, slow=True) == [1]
    cost(engines, "a", places.QUICK_STEP / 2)
    assert slow.asked("token")[-1] == ("move", "a")


def test_a_run_built_anew_as_a_large_net_changes_its_process(engines):
    build(engines, "a", "b")
    build(engines, "a", spec=LARGE, epoch=1)
    assert engines.processes[0].asked("token") == [("build", "a"), ("build", "b"), ("forget", "a")]
    assert engines.processes[-1].asked("token") == [("build", "a")]


def test_a_run_stays_where_it_was_built(engines):
    build(engines, *map(str, range(20)))
    for k in map(str, range(20)):
        home = engines._where(k).process
        engines.send({"do": "play", "token": k})
        assert home.orders[-1] == {"do": "play", "token": k}
        build(engines, k, epoch=1)
        assert engines._where(k).process is home


def test_a_dropped_run_leaves_room_and_nothing_on_disk(engines, tmp_path):
    build(engines, "a", "b")
    engines.checkpoints("a", 0).keep(3, b"three")
    engines.send({"do": "drop", "token": "a"})
    assert loads(engines) == [1, 0]
    assert engines.processes[0].asked("token")[-1] == ("drop", "a")
    assert list(tmp_path.iterdir()) == []


def test_when_one_process_dies_only_its_runs_are_lost(engines):
    build(engines, "a", "b", "c")
    engines.processes[1].lost("It died.")
    assert engines.lost_runs == [("It died.", ["c"])]


def test_a_run_on_its_way_is_lost_with_the_process_that_it_leaves(engines):
    build(engines, "a", "b")
    cost(engines, "b", 0.001)
    engines.processes[0].lost("It died.")
    assert sorted(engines.lost_runs[0][1]) == ["a", "b"]
    build(engines, "b", epoch=1)
    assert engines.processes[1].asked("token") == [("build", "b")]


def test_a_death_takes_along_what_dropped_runs_left_on_disk(engines, tmp_path):
    build(engines, "a")
    engines.checkpoints("a", 0).keep(3, b"three")
    engines.checkpoints("gone", 4).keep(9, b"nine")
    engines.processes[0].lost("It died.")
    assert [path.name for path in tmp_path.iterdir()] == ["a-0"]


def test_closing_ends_them_all(engines):
    build(engines, "a", "b")
    engines.close()
    assert [process.ends for process in engines.processes] == [1, 1]
