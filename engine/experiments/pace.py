"""When an experiment shows how far it has come."""

import time

BETWEEN = 0.1  # seconds between two pictures of a growing result


class Pace:
    """Says when the next picture is due: often enough to see it grow, seldom enough to cost nothing.

    seconds: between two of them; first: until the first, as between the others if not given, 0 for at once.
    """

    def __init__(self, seconds: float = BETWEEN, first: float | None = None):
        self.seconds = seconds
        self._next = time.perf_counter() + (seconds if first is None else first)

    def due(self) -> bool:
        """True when so many seconds have passed since it last was."""
        now = time.perf_counter()
        if now < self._next:
            return False
        self._next = now + self.seconds
        return True
