import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viz.wire import frame as wire
from viz.wire import recording

SIZE = wire.size(2)
STEPS = st.lists(st.integers(0, 5000), min_size=1, max_size=80, unique=True).map(sorted)


def frame(step: int, layers: int = 2) -> bytes:
    """A frame of this step whose numbers are noise, as a run's last bits are."""
    head = wire.HEAD.pack(b"GF", wire.VERSION, 0, layers, wire.BINS, 0, step, *[0.0] * 8, 0, 0.0, 0.0, 0)
    noise = np.random.default_rng(step).bytes(wire.size(layers) - len(head))
    return head + noise


@given(STEPS)
def test_every_bit_of_every_frame_comes_back(steps):
    frames = [frame(step) for step in steps]
    assert recording.unpack(recording.pack(frames)) == frames


@given(STEPS)
def test_heads_among_the_frames_stay_heads(steps):
    frames = [frame(step) if at % 3 == 0 else wire.head(frame(step)) for at, step in enumerate(steps)]
    assert recording.unpack(recording.pack(frames)) == frames


def test_of_a_run_that_is_too_long_whole_frames_are_spread_and_the_curves_stay():
    frames = [frame(step) for step in range(3000)]
    kept = recording.unpack(recording.pack(frames, most_bytes=100 * SIZE))
    whole = [recording.step(each) for each in kept if len(each) == SIZE]
    assert len(whole) <= 100
    assert (whole[0], whole[-1]) == (0, 2999)
    assert max(np.diff(whole)) < 2 * min(np.diff(whole))
    assert recording.MOST_HEADS * 0.9 < len(kept) - len(whole) <= recording.MOST_HEADS


def test_frames_of_two_nets_are_no_recording():
    with pytest.raises(wire.WireError, match="frames of one size"):
        recording.pack([frame(0, layers=2), frame(1, layers=3)])
    with pytest.raises(wire.WireError, match="frames of one size"):
        recording.pack([wire.head(frame(0))])


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"GFB1",
        b"GF" + bytes(40),
        recording.START.pack(b"GFB1", 1, SIZE, 0, 88) + b"no zlib",
        recording.START.pack(b"GFB1", 1, SIZE, 0, 88) + zlib.compress(bytes(SIZE - 1)),
        recording.pack([frame(0)])[:-9],
        struct.pack("<4s4I", b"GFB1", 2**31, 2**31, 2**31, 88) + zlib.compress(b""),
    ],
)
def test_torn_bytes_are_refused_in_words(bad):
    with pytest.raises(wire.WireError, match="recording"):
        recording.unpack(bad)
