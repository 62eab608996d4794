"""How each process of the server begins: with the name of its worker's module, from its arguments or its input."""

import gc
import sys
from importlib import import_module


def main() -> None:
    """Import a worker, quickly, and let it work for the server that started this process."""
    gc.disable()  # what is imported stays, and to look for what may go takes a fifth of the time; see `child.settle`
    from viz.workers import uncompiled

    uncompiled.keep_out()
    if len(sys.argv) == 1:  # begun before anybody knew which is needed first
        sys.argv += sys.stdin.readline().split()
    if sys.argv[1:]:  # else the server ended before it knew
        import_module(sys.argv[1]).main()


if __name__ == "__main__":
    main()
