"""`python -m viz` starts the app, `python -m viz watch train.py` a script whose net is seen in it."""

import sys
from importlib import import_module

from viz.server import command


def main() -> None:
    """What the command line asks for."""
    if sys.argv[1:2] == ["watch"]:
        import_module("viz.own_net.script").main(sys.argv[2:])
    else:
        command.main()


if __name__ == "__main__":
    main()
