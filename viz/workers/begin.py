"""How each process of the server begins: it is started with the name of the worker's module."""

import gc
import sys
from importlib import import_module


def main() -> None:
    """Import a worker, quickly, and let it work for the server that started this process."""
    gc.disable()  # what is imported stays, and to look for what may go takes a fifth of the time; see `child.settle`
    from viz.workers import uncompiled

    uncompiled.keep_out()
    import_module(sys.argv[1]).main()


if __name__ == "__main__":
    main()
