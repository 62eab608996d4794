"""A limit on how often: so many at once, so many a second."""

import time
from collections.abc import Callable


class Bucket:
    """Holds `burst` and fills at `per_second`; `take` is False when it is empty."""

    def __init__(
        self, burst: float = 60, per_second: float = 60, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.burst, self.per_second, self.clock = burst, per_second, clock
        self.left, self.at = burst, clock()

    def take(self, amount: float = 1.0) -> bool:
        """Take out this much; more than is left is a debt."""
        now = self.clock()
        self.left = min(self.burst, self.left + (now - self.at) * self.per_second)
        self.at = now
        if self.left <= 0:
            return False
        self.left -= amount
        return True
