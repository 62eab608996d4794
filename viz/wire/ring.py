"""The frames of one run, as bytes: for a page that comes back, to scrub, to poll. `ring.js` is its twin."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from itertools import takewhile

from viz.wire import frame as wire
from viz.wire import recording

FRAMES = 600
BYTES = 3_000_000
HEADS = 1200  # as many as the browser's curves have points


class Trace:
    """A whole run in bounded space: the first frame of every `stride` steps, doubled whenever it is full."""

    def __init__(self, capacity: int) -> None:
        self.capacity, self.stride = capacity, 1
        self.frames: dict[int, bytes] = {}

    def append(self, step: int, data: bytes) -> None:
        """Keep a frame of a later step than all before, unless one of the same stride is here."""
        if self.frames and step // self.stride == next(reversed(self.frames)) // self.stride:
            return
        self.frames[step] = data
        while len(self.frames) > self.capacity:
            self.stride *= 2
            self._thin()

    def _thin(self) -> None:
        first: dict[int, tuple[int, bytes]] = {}
        for step, data in self.frames.items():
            first.setdefault(step // self.stride, (step, data))
        self.frames = dict(first.values())


class Ring:
    """Encoded frames by step: the newest one by one in half of the room, in the other a trace of all before.

    Beside it a longer trace of their heads, from which curves through time are drawn: a tenth of a megabyte.
    The frames of a run are all of one size: the first says how many there is room for.
    """

    def __init__(self, frames: int = FRAMES, size: int = BYTES) -> None:
        self.most_frames = frames
        self.most_bytes = size
        self.clear()

    def __len__(self) -> int:
        """Frames that are whole."""
        return len(self._past.frames) + len(self._recent)

    def clear(self) -> None:
        self._past, self._heads = Trace(capacity=1), Trace(HEADS)
        self._recent: OrderedDict[int, bytes] = OrderedDict()

    def cut(self, step: int, epoch: int) -> None:
        """Forget what came after this step; the frames up to it belong to another epoch from now on.

        The newest is then the last before it that was whole.
        """

        def kept(frames: Mapping[int, bytes], last: int) -> dict[int, bytes]:
            return {at: wire.of_epoch(data, epoch) for at, data in frames.items() if at <= last}

        self._past.frames = kept(self._past.frames, step)
        self._recent = OrderedDict(kept(self._recent, step))
        if not self._recent and self._past.frames:
            newest, data = self._past.frames.popitem()
            self._recent[newest] = data
        self._heads.frames = kept(self._heads.frames, next(iter(self._recent), 0) - 1)

    def heads(self, step: int, most: int) -> list[bytes]:
        """Heads of frames from this step on, oldest first, at most so many, evenly between the first and the newest."""
        later = {recording.step(data): data for data in self.after(step - 1)}
        return [wire.head(later[at]) for at in recording.spread(list(later), most)]

    def whole(self, step: int, most: int, size: int) -> list[bytes]:
        """Whole frames of later steps than this, evenly spread, at most so many and so many bytes; oldest first."""
        later = {at: data for at, data in (self._past.frames | self._recent).items() if at > step}
        room = min(most, size // max(map(len, later.values()), default=1))
        return [later[at] for at in recording.spread(list(later), room)]

    def append(self, step: int, data: bytes) -> None:
        """Keep a frame of a later step than all before; one of the same step replaces the newest."""
        if not len(self):
            self._past = Trace(max(1, min(self.most_frames, self.most_bytes // len(data)) // 2))
        self._recent[step] = data
        if len(self._recent) > self._past.capacity:
            oldest, data = self._recent.popitem(last=False)
            self._past.append(oldest, data)
            self._heads.append(oldest, wire.head(data))

    def after(self, step: int) -> list[bytes]:
        """The frames of later steps than this, oldest first; of some only the head."""
        later = takewhile(lambda frame: frame[0] > step, self._backward())
        return [data for _, data in later][::-1]

    def at(self, step: int) -> bytes | None:
        """The frame of this step, or the last before it that is still here; None for a step yet to come."""
        if step > self.newest_step:
            return None
        whole = self._past.frames | self._recent
        return next((whole[each] for each in reversed(whole) if each <= step), None)

    def _backward(self) -> Iterator[tuple[int, bytes]]:
        yield from reversed(self._recent.items())
        before = self._heads.frames | self._past.frames  # in order: the longer trace has a head of each
        yield from reversed(before.items())

    @property
    def newest(self) -> bytes | None:
        return next(reversed(self._recent.values()), None)

    @property
    def newest_step(self) -> int:
        """The step of the newest frame, -1 when there is none."""
        return next(reversed(self._recent), -1)
