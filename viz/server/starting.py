"""How far the start of a process is, for the page that waits for it: "the trainer starts: 3 s of about 5"."""

import time
from collections.abc import Callable

from engine.tables.wording import Sentence

SLOWER = (
    2.5  # times the work that this server's own start took: torch is about so much heavier than Streamlit
)

PROCESSES = {
    "trainer": Sentence("trainer"),
    "race": Sentence("race"),
    "workbench": Sentence("workbench"),
    "process": Sentence("process"),
}


class Starting:
    """The clock of the start of one of PROCESSES; `about`: seconds that it takes on a machine like this one."""

    def __init__(
        self, name: str, about: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.name, self.clock = name, clock
        self.about = max(3.0, SLOWER * time.process_time()) if about is None else about
        self._began: float | None = None
        self._is_up = False

    def begin(self) -> None:
        """It starts now, unless it does already."""
        if self._began is None:
            self._began, self._is_up = self.clock(), False

    def is_up(self) -> None:
        """It has said its first word."""
        self._is_up = True

    def again(self) -> None:
        """It died, and the next one starts."""
        self._began = None
        self.begin()

    def words(self) -> str | None:
        """What starts, since when and for how long about; None where nothing does."""
        if self._began is None or self._is_up:
            return None
        passed = self.clock() - self._began
        said = "The {name} starts: {passed:.0f} s of about {about:.0f}."
        return Sentence(said, name=PROCESSES[self.name], passed=passed, about=max(self.about, passed))

    def share(self) -> float:
        """How much of that time has passed, for a bar: 0 to 1."""
        return 0.0 if self._began is None else min((self.clock() - self._began) / self.about, 1.0)
