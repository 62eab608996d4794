from viz.live.ring import Ring


def filled(steps, **bounds) -> Ring:
    ring = Ring(**bounds)
    for step in steps:
        ring.append(step, b"frame %d" % step)
    return ring


def test_a_ring_keeps_the_newest_frames():
    ring = filled(range(10, 100, 7), frames=3)
    assert ring.after(-1) == [b"frame 80", b"frame 87", b"frame 94"]
    assert (ring.newest, ring.newest_step) == (b"frame 94", 94)


def test_a_ring_is_bounded_in_bytes():
    ring = filled(range(1000), size=100)
    assert ring.bytes <= 100
    assert ring.bytes == sum(map(len, ring.after(-1)))


def test_one_frame_larger_than_the_bound_is_still_kept():
    assert len(filled([1, 2], size=3)) == 1


def test_after_gives_later_steps_only():
    ring = filled([3, 5, 9])
    assert ring.after(5) == [b"frame 9"]
    assert ring.after(4) == [b"frame 5", b"frame 9"]
    assert ring.after(9) == []


def test_at_gives_exactly_that_step():
    ring = filled([3, 5, 9])
    assert ring.at(5) == b"frame 5"
    assert [ring.at(step) for step in (2, 4, 10)] == [None, None, None]


def test_a_frame_of_the_same_step_replaces_the_newest():
    ring = filled([3, 5])
    ring.append(5, b"on another scale")
    assert ring.after(-1) == [b"frame 3", b"on another scale"]
    assert ring.bytes == len(b"frame 3on another scale")


def test_an_empty_ring_has_nothing():
    ring = filled([4])
    ring.clear()
    assert (len(ring), ring.bytes, ring.newest, ring.newest_step, ring.after(-1)) == (0, 0, None, -1, [])
