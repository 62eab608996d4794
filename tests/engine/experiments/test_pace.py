import time

from engine.experiments.pace import Pace


def test_a_picture_is_due_once_the_time_is_up_and_not_again_at_once(monkeypatch):
    clock = iter([0.0, 0.05, 0.11, 0.15, 0.22])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    pace = Pace(0.1)
    assert [pace.due() for _ in range(4)] == [False, True, False, True]


def test_the_first_picture_may_be_due_at_once(monkeypatch):
    clock = iter([0.0, 0.0, 0.05, 0.11])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    pace = Pace(0.1, first=0)
    assert [pace.due() for _ in range(3)] == [True, False, True]
