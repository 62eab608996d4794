"""How each process of the server begins: with the name of its worker's module, from its arguments or its input."""

import contextlib
import gc
import sys
from importlib import import_module
from pathlib import Path


def main() -> None:
    """Import a worker, quickly, and let it work for the server that started this process."""
    gc.disable()  # what is imported stays, and to look for what may go takes a fifth of the time; see `child.settle`
    from viz.workers import uncompiled

    uncompiled.keep_out()
    if len(sys.argv) == 1:  # begun before anybody knew which is needed first
        sys.argv += sys.stdin.readline().split()
    if sys.argv[1:]:  # else the server ended before it knew
        go_by(sys.argv[1])
        import_module(sys.argv[1]).main()


def go_by(module: str) -> None:
    """Let who lists this machine's processes see what this one does ("lab-train"); Linux alone has a place for it."""
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(f"lab-{module.split('.')[-2]}")


if __name__ == "__main__":
    main()
