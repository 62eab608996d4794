"""The compiled passes, made in a process of its own while the first nets train already.

    python -m viz.workers.train.compiling

measures one step in each precision, which leaves on disk whatever was not compiled on this machine before. One such
process is enough for all that begin at the same time: who finds one at work waits for it.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from engine import RunSpec, Trainer
from engine.measure import compiled

NICENESS = 19
PATIENCE = 300.0  # seconds; what takes longer is not waited for
LOOKS = 0.5  # seconds between two looks whether another process is done


def warm_up(dtype: str = "float32") -> None:
    """Go once through what the first steps of the first runs would wait for."""
    for batch_norm in ("none", "before"):
        trainer = Trainer(  # of data that need no scikit-learn
            RunSpec(dataset="digits", hidden=(3, 2), batch_size=8, batch_norm=batch_norm, dtype=dtype)
        )
        trainer.step()
        trainer.histograms()
        trainer.step(measure=False)


def meanwhile() -> None:
    """Train at once; the passes come when they are there."""
    compiled.later(compile_elsewhere)


def compile_elsewhere() -> None:
    """Return when they are compiled, or when they cannot be: whoever needs them then compiles them."""
    end, tried = time.monotonic() + PATIENCE, False
    while time.monotonic() < end:
        if at_work():
            time.sleep(LOOKS)
        elif tried or compiled.are_kept():
            return
        else:
            tried = True
            command = [sys.executable, "-m", "viz.workers.train.compiling"]
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(command, stdin=subprocess.DEVNULL, timeout=PATIENCE)


def sign() -> Path:
    """The file that holds the number of the process at work, one for each copy of the program and each user."""
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
    name = sha256(f"{user} {compiled.__file__}".encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"gradient-flow-lab-compiling-{name}"


def at_work() -> bool:
    """Whether a process is compiling now; the sign of one that was killed is taken down."""
    try:
        if _lives(int(sign().read_text() or os.getpid())):  # without a number it is just being written
            return True
    except FileNotFoundError:
        return False
    except ValueError:
        pass
    sign().unlink(missing_ok=True)
    return False


def _lives(process: int) -> bool:
    if os.name != "posix":  # where to ask is to kill
        return time.time() < sign().stat().st_mtime + PATIENCE
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def main() -> None:
    """Compile both precisions, unless another process does."""
    if at_work():
        return
    try:
        with sign().open("x") as file:
            file.write(str(os.getpid()))
    except FileExistsError:
        return
    try:
        if hasattr(os, "nice"):
            os.nice(NICENESS - os.nice(0))
        for dtype in ("float32", "float64"):
            warm_up(dtype)
    finally:
        sign().unlink(missing_ok=True)


if __name__ == "__main__":
    main()
