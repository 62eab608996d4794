"""Many frames of one run as one file's bytes, small enough to be sent by mail. `recording.js` is its twin.

    "GFB1", frames that are whole, bytes of each, heads, bytes of each (uint32), then zlib of the columns

All whole frames of a run have one size, and one byte of them stands for the same thing in each: the first byte of all,
then the second of all, and so on. So written, neighbors are alike, and a run takes half of what it takes by frames.
Heads (see `frame.head`) follow in the same way. Nothing is lost but the frames' order, and a frame says its step.
"""

import struct
import zlib
from collections.abc import Sequence

import numpy as np

from viz.wire import frame as wire

MAGIC = b"GFB1"
START = struct.Struct("<4s4I")
MOST_BYTES = 3_000_000  # of whole frames, before they are compressed: 1000 of ten layers
MOST_HEADS = 1200  # as many as the browser's curves have points


def pack(frames: Sequence[bytes], most_bytes: int = MOST_BYTES) -> bytes:
    """The frames of one run. Of a long one some are whole, spread evenly, and of the others the heads are kept.

    WireError when there is none, or when they are not of one net.
    """
    whole = [frame for frame in frames if len(frame) > wire.HEAD.size]
    sizes = {len(frame) for frame in whole}
    if len(sizes) != 1:
        raise wire.WireError("a recording holds frames of one size; got sizes {sizes}", sizes=sorted(sizes))
    size = sizes.pop()
    chosen = set(spread([step(frame) for frame in whole], max(2, most_bytes // size)))
    others = {step(frame): wire.head(frame) for frame in frames if step(frame) not in chosen}
    heads = [others[at] for at in spread(list(others), MOST_HEADS)]
    whole = [frame for frame in whole if step(frame) in chosen]
    columns = _columns(whole, size) + _columns(heads, wire.HEAD.size)
    return START.pack(MAGIC, len(whole), size, len(heads), wire.HEAD.size) + zlib.compress(columns, 9)


def unpack(data: bytes) -> list[bytes]:
    """The frames and heads of a recording by their steps. WireError for anything `pack` did not make."""
    if len(data) < START.size or data[:4] != MAGIC:
        raise wire.WireError("these bytes are no recording")
    _, wholes, size, heads, head = START.unpack_from(data)
    try:
        columns = np.frombuffer(zlib.decompress(data[START.size :]), "u1")
    except zlib.error as error:
        raise wire.WireError("a recording that is torn: {error}", error=str(error)) from None
    if columns.size != wholes * size + heads * head:
        raise wire.WireError("a recording whose length is not what it says")
    parts = (columns[: wholes * size].reshape(size, wholes), columns[wholes * size :].reshape(head, heads))
    return sorted((row.tobytes() for part in parts for row in part.T), key=step)


def step(frame: bytes) -> int:
    """The optimizer step of a frame or a head."""
    return struct.unpack_from("<I", frame, 12)[0]


def spread(steps: Sequence[int], most: int) -> list[int]:
    """At most so many of these rising steps, evenly between the first and the last."""
    if len(steps) <= most:
        return list(steps)
    wanted = np.linspace(steps[0], steps[-1], most)
    return [steps[at] for at in np.unique(np.searchsorted(steps, wanted))]


def _columns(frames: Sequence[bytes], size: int) -> bytes:
    return np.frombuffer(b"".join(frames), "u1").reshape(len(frames), size).T.tobytes()
