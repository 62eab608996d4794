"""When an experiment shows how far it has come."""

import time

BETWEEN = 0.1  # seconds between two pictures of a growing result


class Pace:
    """Says when the next picture is due: often enough to see it grow, seldom enough to cost nothing."""

    def __init__(self, seconds: float = BETWEEN):
        self.seconds = seconds
        self._last = time.perf_counter()

    def due(self) -> bool:
        """True when so many seconds have passed since it last was."""
        now = time.perf_counter()
        if now - self._last < self.seconds:
            return False
        self._last = now
        return True
