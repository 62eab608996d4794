"""Frames are due as often as they cost little: on a clock that only steps move."""

import pytest

from engine.watch.pace import KNOWN, SHARE, Pace


def played(steps, plain, measured, hiccups=(), rate=10.0):
    """Which steps were measured, where a plain and a measured one take so many seconds; hiccups: {step: more}."""
    pace, now, framed = Pace(None, rate), 0.0, []
    for step in range(steps):
        framed.append(pace.due(step, now))
        now += (measured if framed[-1] else plain) + dict(hiccups).get(step, 0.0)
    return framed


def share_of(framed, plain, measured):
    """Of the time, what frames cost after those by which their cost became known."""
    known = [at for at, each in enumerate(framed) if each][KNOWN + 1]
    rest = framed[known:]
    cost = sum(rest) * (measured - plain)
    return cost / (cost + len(rest) * plain)


def test_slow_steps_are_measured_every_other_time_where_the_share_allows_more():
    framed = played(24, 0.5, 0.52)
    assert (sum(framed), framed[:4]) == (12, [True, False, True, False])


@pytest.mark.parametrize(
    ("plain", "measured"), [(0.5, 0.52), (0.5, 0.6), (0.5, 0.9), (0.01, 0.05), (9.0, 15.0)]
)
def test_frames_take_the_share_that_they_may_and_no_more(plain, measured):
    framed = played(2000, plain, measured)
    taken = share_of(framed, plain, measured)
    assert taken <= SHARE
    most = (measured - plain) / (measured + plain)  # every other step
    assert taken > 0.7 * min(SHARE, most)


def test_one_hiccup_of_a_measured_step_keeps_no_frames_away():
    framed = played(100, 0.5, 0.52, hiccups={40: 60.0})
    assert framed[40]
    assert framed[:40] + framed[41:] == [at % 2 == 0 for at in range(100) if at != 40]
