"""Moments of a run on disk, for its far past: what a step of long ago is computed anew from."""

import contextlib
import os
from pathlib import Path

SUFFIX = ".moment"
HISTORY = 16_000_000  # bytes at most of what a checkpoint holds beside a moment


class Moments:
    """Moments as bytes by step, `stride` steps apart, in a folder of their own. The stride doubles whenever they
    outgrow their room: `limit` bytes but for two checkpoints of the run, which come first.

    Nothing that the disk does is an error: what cannot be written or read is not here, and the way back is longer.
    """

    def __init__(self, folder: Path, limit: int, stride: int) -> None:
        self.folder, self.limit, self.stride = folder, limit, stride
        self.sizes: dict[int, int] = {}
        with contextlib.suppress(OSError):
            found = {int(path.stem): path.stat().st_size for path in folder.glob(f"*{SUFFIX}")}
            self.sizes = dict(sorted(found.items()))

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(self.sizes.values())

    def keep(self, step: int, moment: bytes) -> None:
        """Keep this one, where its turn is."""
        room = self.limit - 2 * (len(moment) + HISTORY)
        self._thin(len(moment), room)
        if step % self.stride or step in self.sizes or len(moment) > room:
            return
        draft = self.folder / "draft"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # somebody may have swept it away
            draft.write_bytes(moment)
            os.replace(draft, self._path(step))
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink()
        else:
            self.sizes[step] = len(moment)

    def before(self, step: int) -> int:
        """The last step before this one that is here; 0 where there is none."""
        return max((at for at in self.sizes if at < step), default=0)

    def read(self, step: int) -> bytes | None:
        """The moment of that step; None when it cannot be read, and from then on it is not here."""
        try:
            return self._path(step).read_bytes()
        except OSError:
            self.sizes.pop(step, None)
            return None

    def forget_after(self, step: int) -> None:
        """The run went back to this step: what came after it is no longer its past."""
        for later in [at for at in self.sizes if at > step]:
            self._remove(later)

    def _thin(self, coming: int, room: int) -> None:
        while any(self.sizes) and self.size + coming > room:
            self.stride *= 2
            for step in [at for at in self.sizes if at % self.stride]:
                self._remove(step)

    def _path(self, step: int) -> Path:
        return self.folder / f"{step:012}{SUFFIX}"

    def _remove(self, step: int) -> None:
        del self.sizes[step]
        with contextlib.suppress(OSError):
            self._path(step).unlink()
