"""The newest frames of one run, as bytes: for a page that comes back, for scrubbing, for polling."""

from bisect import bisect_right
from collections import deque

FRAMES = 600
BYTES = 3_000_000


class Ring:
    """Encoded frames by step, oldest first; bounded in number and in bytes, whatever the net's depth."""

    def __init__(self, frames: int = FRAMES, size: int = BYTES) -> None:
        self.most_frames = frames
        self.most_bytes = size
        self.clear()

    def __len__(self) -> int:
        return len(self._frames)

    def clear(self) -> None:
        self._steps: deque[int] = deque()
        self._frames: deque[bytes] = deque()
        self.bytes = 0

    def append(self, step: int, data: bytes) -> None:
        """Keep a frame; one of the same step replaces the newest, and what no longer fits is forgotten."""
        if self._steps and self._steps[-1] == step:
            self._steps.pop()
            self.bytes -= len(self._frames.pop())
        self._steps.append(step)
        self._frames.append(data)
        self.bytes += len(data)
        while len(self._frames) > 1 and self._is_over():
            self._steps.popleft()
            self.bytes -= len(self._frames.popleft())

    def after(self, step: int) -> list[bytes]:
        """The frames of later steps than this, oldest first."""
        return list(self._frames)[bisect_right(self._steps, step) :]

    def at(self, step: int) -> bytes | None:
        """The frame of exactly this step, if it is still here."""
        index = bisect_right(self._steps, step) - 1
        return self._frames[index] if index >= 0 and self._steps[index] == step else None

    def _is_over(self) -> bool:
        return len(self._frames) > self.most_frames or self.bytes > self.most_bytes

    @property
    def newest(self) -> bytes | None:
        return self._frames[-1] if self._frames else None

    @property
    def newest_step(self) -> int:
        """The step of the newest frame, -1 when there is none."""
        return self._steps[-1] if self._steps else -1
