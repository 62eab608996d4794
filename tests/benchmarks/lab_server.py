"""The real app on a free port in a process of its own, with runs that were asked for as a page would ask."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine import RunSpec

ROOT = Path(__file__).parents[2]
STARTED_WITHIN = 180


@dataclass
class Server:
    port: int
    process: subprocess.Popen
    tokens: list[str]

    def engines(self) -> list[int]:
        """The engine processes there are now (Linux)."""
        found = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return sorted(int(pid) for children in found for pid in children.read_text().split())

    def url(self, token: str) -> str:
        return f"ws://127.0.0.1:{self.port}/live/stream/{token}"


@contextmanager
def serving(spec: RunSpec, runs: int) -> Iterator[Server]:
    """A server with so many runs of this spec, its engine process up."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.lab_server",
        str(port),
        str(runs),
        json.dumps(spec.to_dict()),
    ]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    try:
        tokens = json.loads(process.stdout.readline())
        _wait_for(port)
        yield Server(port, process, tokens)
    finally:
        process.terminate()
        process.wait(30)


def resident(pid: int) -> float:
    """Megabytes of memory that a process holds now (Linux), else NaN."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return float("nan")
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def seconds_of(pid: int) -> float:
    """CPU seconds that a process has used so far (Linux), else NaN."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wait_for(port: int) -> None:
    end = time.monotonic() + STARTED_WITHIN
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def main() -> None:
    import uvicorn

    from app import app
    from viz.live.host import new_token, shared

    port, runs, spec = int(sys.argv[1]), int(sys.argv[2]), RunSpec.from_dict(json.loads(sys.argv[3]))
    host, tokens = shared(), [new_token() for _ in range(runs)]
    host.start()
    for token in tokens:
        host.want(token, spec)
    first = host.runs[tokens[0]]
    host.poll(first.token, -1)
    while first.state["state"] != "paused":
        time.sleep(0.05)
    print(json.dumps(tokens), flush=True)
    uvicorn.run(app, port=port, ws="websockets-sansio", log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
