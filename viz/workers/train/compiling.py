"""The compiled passes, made in a process of its own while the first nets train already.

    python -m viz.workers.train.compiling

measures one step in each precision, which leaves on disk whatever was not compiled on this machine before.
"""

import os
import subprocess
import sys

from engine import RunSpec, Trainer
from engine.measure import compiled

NICENESS = 19
PATIENCE = 300.0  # seconds; a process that takes longer is not waited for


def warm_up(dtype: str = "float32") -> None:
    """Go once through what the first step of the first run would wait for."""
    trainer = Trainer(
        RunSpec(dataset="digits", hidden=(3, 2), batch_size=8, dtype=dtype)
    )  # needs no scikit-learn
    trainer.step()
    trainer.histograms()


def meanwhile() -> None:
    """Train at once; the passes come when they are there."""
    compiled.later(compile_elsewhere)


def compile_elsewhere() -> None:
    """Return when they are compiled, or when they cannot be: whoever needs them then compiles them."""
    try:
        command = [sys.executable, "-m", "viz.workers.train.compiling"]
        subprocess.run(command, stdin=subprocess.DEVNULL, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return


def main() -> None:
    """Compile both precisions."""
    if hasattr(os, "nice"):
        os.nice(NICENESS - os.nice(0))
    for dtype in ("float32", "float64"):
        warm_up(dtype)


if __name__ == "__main__":
    main()
