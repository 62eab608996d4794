from collections import Counter
from itertools import pairwise

import pytest

from viz.workers.train.scheduler import FEW, PERIOD, PERIOD_OF_FEW, Scheduler


class Machine:
    """A thread that does what the scheduler says, on a clock of its own: a step or a frame takes what it takes."""

    def __init__(self, costs: dict[str, float], frame_costs_more: float = 1.5):
        self.now = 1000.0
        self.scheduler = Scheduler(clock=lambda: self.now)
        self.costs, self.more = costs, frame_costs_more
        self.log: list[tuple[float, str, bool]] = []
        self.finished: list[str] = []

    def play(self, *keys, **how):
        for key in keys:
            self.scheduler.play(key, **how)

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            turn = self.scheduler.turn()
            if turn is None:
                wait = self.scheduler.wait()
                self.now += max(1e-5, min(wait if wait is not None else seconds, end - self.now))
                continue
            cost = self.costs[turn.key] * (self.more if turn.measure else 1)
            self.now += cost
            self.log.append((self.now, turn.key, turn.measure))
            if self.scheduler.spent(turn, cost):
                self.finished.append(turn.key)
                self.scheduler.stop(turn.key)

    def frames(self, key: str, since: float = 0.0) -> list[float]:
        return [at for at, name, measure in self.log if name == key and measure and at >= since]

    def steps(self, key: str, since: float = 0.0) -> int:
        return sum(name == key for at, name, _ in self.log if at >= since)

    def longest_gap(self, key: str, since: float) -> float:
        frames = self.frames(key, since)
        return max(later - earlier for earlier, later in pairwise(frames))


def test_one_run_gets_twenty_frames_a_second_and_the_rest_in_plain_steps():
    machine = Machine({"a": 0.001})
    machine.play("a")
    machine.run(10)
    assert len(machine.frames("a")) == pytest.approx(10 / PERIOD_OF_FEW, abs=2)
    assert machine.steps("a") > 9000


@pytest.mark.parametrize(
    ("step", "times", "a_second"),
    [(0.018, 1.05, 20), (0.018, 1.15, 14.8), (0.018, 2.0, 10), (0.002, 1.9, 20)],
)
def test_frames_take_a_twenty_fifth_of_the_time_where_ten_a_second_allow_it(step, times, a_second):
    machine = Machine({"a": step}, frame_costs_more=times)
    machine.play("a")
    machine.run(20)
    since = machine.now - 18
    frames = len(machine.frames("a", since))
    assert frames / 18 == pytest.approx(a_second, rel=0.15)
    if a_second > 10:
        assert frames * step * (times - 1) <= 1.1 * 0.04 * 18


@pytest.mark.parametrize("step", [0.004, 0.018, 0.024, 0.03])
def test_a_run_alone_never_waits(step):
    machine = Machine({"a": step}, frame_costs_more=1.1)
    machine.play("a")
    machine.run(10)
    taken = sum(step * (1.1 if measure else 1) for _, _, measure in machine.log)
    assert taken > 9.9


def test_many_runs_get_ten_frames_a_second():
    machine = Machine({f"run {k}": 0.002 for k in range(30)})
    machine.play(*machine.costs)
    machine.run(10)
    assert len(machine.costs) > FEW
    for key in machine.costs:
        assert len(machine.frames(key)) == pytest.approx(10 / PERIOD, rel=0.03)


def test_steps_are_dropped_before_frames():
    light, heavy = Machine(dict.fromkeys("abcdefghij", 0.001)), Machine(dict.fromkeys("abcdefghij", 0.006))
    for machine in (light, heavy):
        machine.play(*"abcdefghij")
        machine.run(10)
        assert all(len(machine.frames(k)) >= 95 for k in "abcdefghij")
    assert light.steps("a") > 5 * heavy.steps("a")


def test_too_much_to_do_slows_every_run_alike():
    machine = Machine(dict.fromkeys("abcdefgh", 0.03), frame_costs_more=1)
    machine.play(*"abcdefgh")
    machine.run(24)
    frames = [len(machine.frames(k)) for k in "abcdefgh"]
    assert min(frames) == pytest.approx(100, abs=2)
    assert max(frames) - min(frames) <= 1


def test_time_between_frames_is_shared_by_time_and_not_by_steps():
    machine = Machine({"small": 0.001, "large": 0.010}, frame_costs_more=1)
    machine.play("small", "large")
    machine.run(10)
    small, large = machine.steps("small") * 0.001, machine.steps("large") * 0.010
    assert small == pytest.approx(large, rel=0.15)


def test_a_slow_run_delays_the_others_by_no_more_than_one_of_its_steps():
    machine = Machine({"slow": 0.4, "a": 0.001, "b": 0.001}, frame_costs_more=1)
    machine.play("slow", "a", "b")
    machine.run(20)
    since = 1002.0
    assert machine.longest_gap("a", since) < 0.4 + 2 * PERIOD
    assert machine.longest_gap("b", since) < 0.4 + 2 * PERIOD
    assert 0.25 < machine.steps("slow", since) * 0.4 / 18 < 0.45
    assert len(machine.frames("a", since)) > 8 * 18


def test_a_slow_run_alone_gets_all_the_time():
    machine = Machine({"slow": 0.4}, frame_costs_more=1)
    machine.play("slow")
    machine.run(20)
    assert machine.steps("slow") == pytest.approx(50, abs=1)
    assert all(measured for _, _, measured in machine.log[3:])


def test_a_slow_run_takes_what_the_others_leave():
    machine = Machine({"slow": 0.2, "held": 0.001}, frame_costs_more=1)
    machine.play("slow")
    machine.play("held", steps_per_second=1)
    machine.run(20)
    assert machine.steps("slow") * 0.2 > 0.7 * 20
    assert len(machine.frames("slow")) >= machine.steps("slow") - 2
    assert machine.steps("held") >= 18


@pytest.mark.parametrize("speed", [1, 5, 20, 200])
def test_a_speed_is_held(speed):
    machine = Machine({"a": 0.001, "b": 0.001})
    machine.play("a", steps_per_second=speed)
    machine.play("b")
    machine.run(10)
    assert machine.steps("a") == pytest.approx(10 * speed, rel=0.05, abs=1)
    assert len(machine.frames("a")) == pytest.approx(10 * min(speed, 20), rel=0.05, abs=2)


@pytest.mark.parametrize("speed", [7, 50, 300])
def test_a_speed_is_held_by_a_run_that_is_alone(speed):
    machine = Machine({"a": 0.0005})
    machine.play("a", steps_per_second=speed)
    machine.run(10)
    assert machine.steps("a") == pytest.approx(10 * speed, rel=0.05, abs=1)
    assert max(later[0] - earlier[0] for earlier, later in pairwise(machine.log)) < 1.5 / speed


def test_a_new_speed_holds_from_now_on():
    machine = Machine({"a": 0.001})
    machine.play("a", steps_per_second=1)
    machine.run(0.5)
    machine.scheduler.speed("a", 20)
    machine.run(1)
    assert machine.steps("a") == pytest.approx(21, abs=1)


def test_a_hurried_run_has_its_frame_next():
    machine = Machine({"a": 0.001, "b": 0.001})
    machine.play("a", "b")
    machine.run(1.013)
    machine.scheduler.hurry("b")
    turn = machine.scheduler.turn()
    assert (turn.key, turn.measure) == ("b", True)


def test_a_run_played_for_some_steps_ends_with_a_frame():
    machine = Machine({"a": 0.001, "b": 0.001})
    machine.play("b")
    machine.play("a", steps=250)
    machine.run(3)
    assert machine.finished == ["a"]
    assert machine.steps("a") == 250
    assert machine.log[max(i for i, row in enumerate(machine.log) if row[1] == "a")][2]


def test_a_single_step_is_taken_and_measured_at_once():
    machine = Machine(dict.fromkeys("abcdefgh", 0.002))
    machine.play(*"abcdefgh")
    machine.run(1)
    machine.scheduler.stop("h")
    machine.scheduler.play("h", steps=1)
    before = machine.now
    machine.run(0.1)
    assert machine.frames("h", before)[0] - before < 0.03
    assert machine.steps("h", before) == 1


def test_a_newcomer_is_neither_starved_nor_spoilt():
    machine = Machine({"old": 0.001, "new": 0.001})
    machine.play("old")
    machine.run(30)
    machine.play("new")
    machine.run(2)
    taken = Counter(key for at, key, _ in machine.log if at > 1030)
    assert taken["new"] == pytest.approx(taken["old"], rel=0.2)


def test_a_hiccup_is_soon_forgotten():
    machine = Machine(dict.fromkeys("abcdefghij", 0.001))
    machine.play(*"abcdefghij")
    machine.costs["a"] = 2.0
    machine.run(1)
    machine.costs["a"] = 0.001
    machine.run(10)
    assert len(machine.frames("a", 1004)) >= 50
    assert machine.longest_gap("b", 1004) < 0.2


def test_nobody_plays_and_nothing_is_due():
    scheduler = Scheduler()
    assert scheduler.turn() is None
    assert scheduler.wait() is None
    scheduler.play("a")
    scheduler.stop("a")
    assert scheduler.turn() is None
    assert "a" not in scheduler


def test_a_run_on_a_leash_waits_where_it_ends_and_others_go_on():
    machine = Machine({"a": 0.001, "b": 0.001})
    machine.play("a", "b")
    machine.scheduler.leash("a", 7)
    machine.run(1.0)
    steps = Counter(name for _, name, _ in machine.log)
    assert steps["a"] == 7
    assert steps["b"] > 800
    machine.scheduler.leash("b", 0)
    assert machine.scheduler.turn() is None
    assert machine.scheduler.wait() is None
    machine.scheduler.leash("a", 5)
    machine.run(1.0)
    assert Counter(name for _, name, _ in machine.log)["a"] == 12


def test_what_a_step_costs_is_work_and_not_the_time_that_others_took():
    machine = Machine({"a": 0.2})
    machine.play("a")
    for _ in range(3):
        machine.now += 0.2
        machine.scheduler.spent(machine.scheduler.turn(), 0.2, 0.01)
    assert machine.scheduler.step_cost("a") == 0.01
