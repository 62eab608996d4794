"""The first frame that shows what was asked of a run: a page waits for it a moment, and draws itself after it."""

import threading


class Answer:
    """Guarded by its host's lock, all but `wait`.

    A new epoch's first frame is the answer; of a run that goes on it is the one after the engine's word on the change.
    """

    def __init__(self) -> None:
        self._is_next = False
        self._came = threading.Event()
        self._came.set()

    def ask(self, is_next: bool) -> None:
        """Something was asked. is_next: whether the next frame shows it."""
        self._is_next = is_next
        self._came.clear()

    def heard(self, say: str) -> None:
        """The engine said this about the run."""
        if say == "changes":
            self._is_next = True
        elif say == "frame" and self._is_next:
            self._came.set()

    def wait(self, seconds: float) -> bool:
        """Whether it came within that time, or nothing was asked."""
        return self._came.wait(seconds)
