"""The engine processes of a server: one for a few runs, a further one on another core when a class arrives."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from viz.server.process import EngineProcess, Heard

CROWD = 8
SPARE = 4
MOST = 4


def cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Engines:
    """Processes are started a little before they are needed; a run stays with the one that built it first.

    Each is filled with CROWD runs before the next gets any, which was started when SPARE places were left; when all
    are full, the emptiest is next.

    `heard(header, body)` is called for each message, `lost(words, tokens)` when a process died with these runs.
    """

    def __init__(
        self,
        heard: Heard,
        lost: Callable[[str, list[str]], None],
        most: int | None = None,
        make: Callable[..., EngineProcess] = EngineProcess,
    ) -> None:
        self.heard, self.lost, self.make = heard, lost, make
        self.most = min(MOST, cores()) if most is None else most
        self.processes: list[EngineProcess] = []
        self._runs: list[set[str]] = []
        self._lock = threading.Lock()

    def start(self) -> None:
        """See to it that the processes there are run, at least one."""
        with self._lock:
            if not self.processes:
                self._add()
            for process in self.processes:
                process.start()

    def send(self, order: dict[str, Any]) -> None:
        """Give an order to the process that has this run, or will have it."""
        with self._lock:
            self._place(order["token"]).send(order)
            if order["do"] == "drop":
                for runs in self._runs:
                    runs.discard(order["token"])

    def checkpoint(self, token: str, epoch: int) -> Path | None:
        """Where the checkpoint of a run's epoch is kept, if its process ever ran."""
        with self._lock:
            for process, runs in zip(self.processes, self._runs, strict=True):
                if token in runs:
                    return process.checkpoint(token, epoch)
        return None

    def close(self) -> None:
        """End all processes."""
        for process in self.processes:
            process.close()

    def _place(self, token: str) -> EngineProcess:
        for process, runs in zip(self.processes, self._runs, strict=True):
            if token in runs:
                return process
        left = sum(max(CROWD - len(runs), 0) for runs in self._runs)
        if not self.processes or (left <= SPARE and len(self.processes) < self.most):
            self._add().start()
        loads = [len(runs) for runs in self._runs]
        index = next((index for index, load in enumerate(loads) if load < CROWD), loads.index(min(loads)))
        self._runs[index].add(token)
        return self.processes[index]

    def _add(self) -> EngineProcess:
        runs: set[str] = set()
        self._runs.append(runs)
        self.processes.append(self.make(self.heard, lambda words: self._lose(words, runs)))
        return self.processes[-1]

    def _lose(self, words: str, runs: set[str]) -> None:
        with self._lock:
            tokens = list(runs)
        self.lost(words, tokens)
