from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from viz.wire import frame as wire
from viz.wire.ring import HEADS, Ring, Trace

SIZE = wire.size(1)

GAPS = st.lists(st.integers(1, 90), min_size=1, max_size=400)
RUNS = GAPS.map(lambda gaps: [0, *accumulate(gaps)])
"""Steps of the frames of a run: from one a frame, for a slow net, to many."""


def frame(step: int, extra: bytes = b"") -> bytes:
    """As long as that of a net of one layer, with nothing in it but its layers and its step."""
    head = wire.HEAD.pack(b"GF", wire.VERSION, 0, 1, wire.BINS, 0, step, *[0.0] * 8, 0, 0.0, 0.0, 0)
    return head + bytes(SIZE - len(head)) + extra


def filled(steps, **bounds) -> Ring:
    ring = Ring(**bounds)
    for step in steps:
        ring.append(step, frame(step))
    return ring


def steps_of(frames: list[bytes]) -> list[int]:
    return [wire.decode(data)["step"] for data in frames]


def kept(ring: Ring) -> list[int]:
    """The steps of the whole frames."""
    return steps_of([data for data in ring.after(-1) if len(data) == SIZE])


def traced(steps, capacity: int) -> Trace:
    trace = Trace(capacity)
    for step in steps:
        trace.append(step, b"")
    return trace


# ------------------------------------------------------------------------------------- the whole run


@given(RUNS, st.integers(2, 60))
def test_a_trace_spans_the_whole_run_evenly_in_bounded_space(steps, capacity):
    trace = traced(steps, capacity)
    longest = max(later - earlier for earlier, later in pairwise(steps))
    assert len(trace.frames) <= capacity
    assert trace.stride <= max(1, 2 * steps[-1] / (capacity - 1))
    for earlier, later in pairwise([*trace.frames, steps[-1]]):
        assert later - earlier < trace.stride + max(trace.stride, longest)
    assert next(iter(trace.frames)) == 0


@given(RUNS, st.integers(1, 20))
def test_a_smaller_trace_holds_some_of_what_a_larger_one_does(steps, capacity):
    assert traced(steps, capacity).frames.keys() <= traced(steps, 3 * capacity).frames.keys()


@given(RUNS, st.integers(1, 20))
def test_a_trace_of_a_trace_is_that_trace(steps, capacity):
    """A browser that was reloaded has from the server what it had."""
    whole = traced(steps, 3 * capacity)
    assert traced(whole.frames, capacity).frames == traced(steps, capacity).frames


@given(RUNS, st.integers(2, 120))
def test_a_ring_keeps_the_first_frame_and_all_of_the_newest_within_its_room(steps, room):
    ring = filled(steps, frames=room)
    assert len(ring) <= room
    half = room // 2
    assert kept(ring)[0] == 0
    assert kept(ring)[-half:] == steps[-half:]
    assert set(kept(ring)) <= set(steps)
    assert ring.newest_step == steps[-1]


@given(RUNS, st.integers(SIZE, 60 * SIZE))
def test_a_ring_is_bounded_in_bytes(steps, size):
    whole = [data for data in filled(steps, size=size).after(-1) if len(data) == SIZE]
    assert sum(map(len, whole)) <= max(size, 2 * SIZE)


@given(RUNS, st.integers(2, 120))
def test_of_what_is_not_kept_whole_the_heads_are_there(steps, room):
    answer = filled(steps, frames=room).after(-1)
    assert steps_of(answer) == steps
    heads = [data for data in answer if len(data) < SIZE]
    assert {len(data) for data in heads} <= {wire.size(0)}
    assert all(wire.decode(data)["layers"] == 0 for data in heads)


def test_heads_are_bounded_too():
    ring = filled(range(0, 30_000, 3), frames=40)
    assert len(ring.after(-1)) <= HEADS + 20
    steps = steps_of(ring.after(-1))
    assert steps == sorted(steps)
    assert max(later - earlier for earlier, later in pairwise(steps)) < 3 * 30_000 / HEADS


def test_nothing_is_thinned_out_before_there_is_need():
    steps = range(10, 430, 7)
    assert kept(filled(steps, frames=60)) == list(steps)


def test_the_room_of_a_ring_is_for_the_net_it_is_filled_with():
    ring = filled(range(50), frames=90, size=11 * SIZE)
    ring.clear()
    for step in range(50):
        ring.append(step, bytes(2 * SIZE))
    assert len(ring) <= 5


# ------------------------------------------------------------------------------------------- asking


def test_after_gives_later_steps_only():
    ring = filled([3, 5, 9])
    assert ring.after(5) == [frame(9)]
    assert ring.after(4) == [frame(5), frame(9)]
    assert ring.after(9) == []


def test_after_reaches_back_into_what_was_thinned_out():
    ring = filled(range(100), frames=20)
    assert kept(ring) == [0, 16, 32, 48, 64, 80, *range(90, 100)]
    assert steps_of(ring.after(63)) == list(range(64, 100))
    assert ring.after(63)[:2] == [frame(64), wire.head(frame(65))]


def test_at_gives_that_step_or_the_last_before_it_that_is_whole():
    ring = filled([3, 5, 9])
    assert [ring.at(step) for step in (3, 5, 8, 9)] == [frame(step) for step in (3, 5, 5, 9)]
    assert [ring.at(step) for step in (2, 10)] == [None, None]
    assert filled(range(100), frames=20).at(63) == frame(48)


def test_a_frame_of_the_same_step_replaces_the_newest():
    ring = filled([3, 5], frames=2)
    ring.append(5, other := frame(5, b"on another scale"))
    assert ring.after(-1) == [frame(3), other]
    assert ring.newest == other


def test_one_frame_larger_than_the_bound_is_still_kept():
    assert filled([1, 2, 3], size=3).newest_step == 3


def test_an_empty_ring_has_nothing():
    ring = filled([4])
    ring.clear()
    assert (len(ring), ring.newest, ring.newest_step, ring.after(-1), ring.at(4)) == (0, None, -1, [], None)


# ------------------------------------------------------------------------------------- a branch


@given(RUNS, st.integers(2, 60), st.data())
def test_a_cut_forgets_what_came_after_a_step_and_goes_on_within_its_room(steps, room, data):
    ring = filled(steps, frames=room)
    before = kept(ring), steps_of(ring.after(-1))
    step = data.draw(st.integers(0, steps[-1]))
    ring.cut(step, epoch=7)
    newest = max(at for at in before[0] if at <= step)
    assert (kept(ring), steps_of(ring.after(-1))) == tuple(
        [at for at in each if at <= newest] for each in before
    )
    assert {wire.decode(frame)["epoch"] for frame in ring.after(-1)} == {7}
    assert ring.newest_step == newest
    for later in range(step + 1, step + 200):
        ring.append(later, frame(later))
        assert len(ring) <= room
    assert kept(ring)[0] == 0
    assert ring.newest_step == step + 199


def test_heads_from_a_step_on_are_the_way_that_is_left():
    ring = filled(range(100), frames=50)
    assert steps_of(ring.heads(40, most=100)) == list(range(40, 100))
    few = steps_of(ring.heads(40, most=7))
    assert (few[0], few[-1], len(few)) == (40, 99, 7)
    assert ring.heads(100, most=7) == []


@given(RUNS, st.integers(0, 400), st.integers(1, 30))
def test_of_a_path_that_is_left_whole_frames_stay_evenly_and_within_bounds(steps, left_at, most):
    ring = filled(steps, frames=40)
    later = [step for step in kept(ring) if step > left_at]
    found = steps_of(ring.whole(left_at, most, size=SIZE * most))
    assert set(found) <= set(later)
    assert len(found) == len(set(found)) <= most
    assert len(later) > most or found == later
    assert not later or found[0] == later[0]
    assert ring.whole(left_at, most, size=SIZE - 1) == []
