"""Treat a real server badly, and print what was done, how often, and what was lost.

    python -m tests.chaos [--kills 100] [--deaths 6] [--cuts 200] [--viewers 30] [--minutes 30] [--messages 3000]
                          [--only NAME ...]

Names: those of `promises.PROMISES`. Exits with 1 where a promise was not kept.
"""

import argparse
import sys
from functools import partial

from engine import RunSpec
from tests.benchmarks.lab_server import serving
from tests.chaos import connections, deaths, disks, neighbors
from tests.chaos.promises import PROMISES, Row, table

SPEC = RunSpec(dataset="digits", hidden=(100,) * 10)


def _on_a_server(what, *asked: float) -> Row:
    with serving(SPEC) as server:
        return what(server, *asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("kills", 100), ("deaths", 6), ("cuts", 200), ("viewers", 30), ("messages", 3000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--only", nargs="*", choices=PROMISES, default=[*PROMISES])
    asked = parser.parse_args()
    done = {
        "death": partial(_on_a_server, deaths.kills, asked.kills),
        "helpers": partial(_on_a_server, deaths.helpers, asked.deaths),
        "cut": partial(_on_a_server, connections.cuts, asked.cuts),
        "disk": partial(disks.full_disk, SPEC),
        "swept": partial(disks.swept, SPEC),
        "hostile": partial(_on_a_server, connections.hostile, asked.messages),
        "bodies": partial(_on_a_server, connections.bodies, 200),
        "unfinished": partial(_on_a_server, connections.unfinished, 8),
        "places": partial(_on_a_server, connections.places),
        "slow": partial(_on_a_server, neighbors.beside_large_ones, 15.0),
        "crowd": partial(_on_a_server, neighbors.crowd, asked.viewers, 60 * asked.minutes),
        "asleep": partial(_on_a_server, deaths.asleep),
    }
    rows = []
    for name in asked.only:
        row = done[name]()
        rows += [row or Row(name, 0, 0, "this machine has no disk small enough to fill")]
        print(*rows[-1], sep=" | ", file=sys.stderr, flush=True)
    print(table(rows))
    sys.exit(not all(row.is_kept for row in rows))


if __name__ == "__main__":
    main()
