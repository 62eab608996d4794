"""Checkpoints of a run by step, in a folder of their own: what it goes on from after a death."""

import contextlib
import os
import shutil
from collections.abc import Collection
from pathlib import Path

from viz.wire.moments import Moments

MOST = 8  # checkpoints kept of a run
MOST_BYTES = 256_000_000  # on disk for a run, the one that is being written included
LARGEST = MOST_BYTES // 2  # beside a new checkpoint the last one has to stay until the new one is whole
SUFFIX = ".run"


class Checkpoints:
    """Those of one run, oldest step first. A reader finds whole ones only, and always one once there was one.

    At most MOST of them, in MOST_BYTES: the first, the newest, and between these two such that lie evenly.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def steps(self) -> list[int]:
        """The steps that can be gone back to, in order."""
        with contextlib.suppress(OSError):
            return sorted(int(path.stem) for path in self.folder.glob(f"*{SUFFIX}"))
        return []

    def read(self, step: int) -> bytes:
        """The checkpoint of one of `steps`; OSError when it cannot be read."""
        return self._path(step).read_bytes()

    def keep(self, step: int, checkpoint: bytes, beside: int = 0) -> None:
        """Write one aside, then put it in its place. OSError when it cannot be written: then the others still stand.

        beside: bytes of the run that are on disk already and not among these.
        """
        self.thin(len(checkpoint) + beside)
        draft = self.folder / "draft"
        self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # somebody may have swept it away
        self.folder.mkdir(mode=0o700, exist_ok=True)
        try:
            draft.write_bytes(checkpoint)
            os.replace(draft, self._path(step))
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise

    def thin(self, coming: int) -> None:
        """Make room for one more of so many bytes; the newest stays whatever its size."""
        steps = self.steps()
        sizes = {step: self._size(step) for step in steps}
        while len(steps) > 1 and (len(steps) >= MOST or sum(sizes.values()) + coming > MOST_BYTES):
            gone = _least_missed(steps)
            steps.remove(gone)
            del sizes[gone]
            self._remove(gone)

    def forget_after(self, step: int) -> None:
        """The run went back to this step: what came after it is no longer its past."""
        for later in self.steps():
            if later > step:
                self._remove(later)

    def remove(self) -> None:
        """All of them, for a run that is gone."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, step: int) -> Path:
        return self.folder / f"{step:012}{SUFFIX}"

    def _size(self, step: int) -> int:
        with contextlib.suppress(OSError):
            return self._path(step).stat().st_size
        return 0

    def _remove(self, step: int) -> None:
        with contextlib.suppress(OSError):
            self._path(step).unlink()


def moments(store: Checkpoints, stride: int) -> Moments:
    """The moments of its far past, which lie beside a run's checkpoints and share their room."""
    return Moments(store.folder / "past", MOST_BYTES, stride)


def of(root: Path, token: str, life: int) -> Checkpoints:
    """Those of a run's life, which goes on through every resume: the epoch in which it was begun names it."""
    return Checkpoints(root / f"{token}-{life}")


def sweep(root: Path, keep: Collection[tuple[str, int]], token: str = "") -> None:
    """Remove what is of none of these lives; of one token only, where one is given."""
    kept = {f"{token}-{life}" for token, life in keep}
    for folder in root.glob(f"{token or '*'}-*"):
        if folder.is_dir() and folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def _least_missed(steps: list[int]) -> int:
    """The step whose neighbors lie closest together, neither the first nor the newest; of two steps the first."""
    if len(steps) == 2:
        return steps[0]
    _, middle = min(
        (after - before, at) for before, at, after in zip(steps, steps[1:], steps[2:], strict=False)
    )
    return middle
