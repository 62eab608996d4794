"""A disk that is full and a temporary folder that is swept away while a net trains."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine import RunSpec
from tests.benchmarks.lab_server import serving
from tests.chaos.deaths import WITHIN, Played, kill
from tests.chaos.promises import Row
from tests.viz.live.server import Viewer

SIZE = 4_000_000
FULL = "This run cannot be resumed: no space left for its checkpoint."
AGAIN = "This run can be resumed again."


@contextmanager
def small_disk() -> Iterator[Path | None]:
    """A temporary folder on a disk of SIZE bytes; None where this machine allows none."""
    folder = Path(tempfile.mkdtemp())
    made = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder], capture_output=True
    )
    try:
        yield folder if made and made.returncode == 0 else None
    finally:
        if made and made.returncode == 0:
            subprocess.run(["umount", "-l", folder], check=True)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def temporary(folder: Path) -> Iterator[None]:
    """Processes that are started now have this temporary folder."""
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = before


def full_disk(spec: RunSpec) -> Row | None:
    """The disk fills up while a net plays, and has room again later; None where there is no small disk."""
    with small_disk() as folder:
        if folder is None:
            return None
        with temporary(folder), serving(spec) as server, Viewer(server.port, server.want()) as viewer:
            viewer.next("state", WITHIN, state="paused")
            viewer.do("play")
            viewer.next(within=WITHIN)
            filler = folder / "filler"
            with filler.open("wb", buffering=0) as file:
                while _write(file):
                    pass
            said = viewer.next("notice", WITHIN)["text"]
            steps = [viewer.next(within=WITHIN)["step"] for _ in range(20)]
            filler.unlink()
            again = viewer.next("notice", WITHIN)["text"]
            held = (said, again) == (FULL, AGAIN) and steps == sorted(steps)
            return Row("disk", 1, int(held), f"nothing; said: {said} ... {again}")


def _write(file) -> bool:
    try:
        return file.write(bytes(4096)) == 4096
    except OSError:
        return False


def swept(spec: RunSpec) -> Row:
    """The temporary folder is removed while a net plays, and a little later its process dies."""
    folder = Path(tempfile.mkdtemp())
    with temporary(folder), serving(spec) as server, Viewer(server.port, server.want()) as viewer:
        viewer.next("state", WITHIN, state="paused")
        played = Played(viewer)
        played.play(2.0)
        shutil.rmtree(folder)
        played.play(4.0)
        kill(server)
        can = viewer.next("state", WITHIN, state="lost")["can"]
        viewer.do(can[0])
        viewer.next("hello", WITHIN)
        steps, seconds = played.back_at(viewer.next(within=WITHIN)["step"])
    left = _left(folder)
    held = can[0] == "resume" and seconds <= 2.0 and not left
    shutil.rmtree(folder, ignore_errors=True)
    return Row(
        "swept", 1, int(held), f"{steps} steps, {seconds:.1f} s of play; left on disk: {left or 'nothing'}"
    )


def _left(folder: Path) -> list[str]:
    """What the server left of itself; its processes have a moment to end."""
    end = time.monotonic() + 20
    while (found := [path.name for path in folder.glob("gradient-flow-*")]) and time.monotonic() < end:
        time.sleep(0.2)
    return found
