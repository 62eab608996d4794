"""The real app on a free port in a process of its own, which asks for runs as a page would: a line, a token."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine import RunSpec
from viz.live.host import Host, shared
from viz.race.host import shared as race_host
from viz.server.bounds import FullError
from viz.server.tokens import new_token
from viz.server.visitors import Visitor
from viz.workbench.host import shared as workbench

ROOT = Path(__file__).parents[2]
STARTED_WITHIN = 180


@dataclass
class Server:
    """The server as a benchmark sees it. What it says of processes is for Linux."""

    port: int
    process: subprocess.Popen

    def want(self, spec: RunSpec | None = None, address: str = "") -> str:
        """The token of a new run, of the server's spec or another; "" where the server has no place for it."""
        return self._ask(spec=spec and spec.to_dict(), address=address)

    def admit(self) -> str:
        """The token of a visitor who may ask for races."""
        return self._ask(race=True)

    def work(self, name: str, **arguments: object) -> float:
        """Seconds from asking the workbench for an experiment to its first result; asked again where it was lost."""
        return float(self._ask(work=name, arguments=arguments))

    def _ask(self, **what: object) -> str:
        self.process.stdin.write(f"{json.dumps(what)}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def url(self, token: str) -> str:
        return f"ws://127.0.0.1:{self.port}/live/stream/{token}"

    def engines(self) -> list[int]:
        """The processes that train."""
        return self.children("viz.workers.train.worker")

    def children(self, module: str) -> list[int]:
        """The processes of the server that run this module."""
        return children(self.process.pid, module)


@contextmanager
def serving(spec: RunSpec) -> Iterator[Server]:
    """A server for runs of this spec, its first engine process up."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.benchmarks.lab_server", str(port), json.dumps(spec.to_dict())]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    ) as process:
        try:
            _wait_for(port)
            process.stdout.readline()
            yield Server(port, process)
        finally:
            process.terminate()


def children(pid: int, module: str) -> list[int]:
    """The processes that a process started and that run this module."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    started = {int(child) for thread in found for child in thread.read_text().split()}
    return sorted(child for child in started if _name(child) == f"lab-{module.split('.')[-2]}")


def resident(pid: int) -> float:
    """Megabytes of memory that a process holds now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def seconds_of(pid: int) -> float:
    """CPU seconds that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def busy_seconds() -> float:
    """CPU seconds that all of this machine has used so far."""
    user, nice, system = Path("/proc/stat").read_text().split()[1:4]
    return (int(user) + int(nice) + int(system)) / os.sysconf("SC_CLK_TCK")


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


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


def _want(host: Host, spec: RunSpec, address: str = "") -> str:
    token = new_token()
    try:
        host.want(token, spec, visitor=Visitor(address))
    except FullError:
        return ""
    return token


def _answer(host: Host, spec: RunSpec) -> None:
    """Say when the engine is up, then a token for each line that comes."""
    first = _want(host, spec)
    while "paused" not in [message.get("state") for message in host.poll(first, -1).messages]:
        time.sleep(0.05)
    host.forget(first)
    print("ready", flush=True)
    for asked in map(json.loads, sys.stdin):
        if asked.get("work"):
            token = str(_worked(asked["work"], asked["arguments"]))
        elif asked.get("race"):
            race_host().admit(token := new_token())
        else:
            given = asked.get("spec")
            token = _want(host, RunSpec.from_dict(given) if given else spec, asked.get("address", ""))
        print(token, flush=True)


def _worked(name: str, arguments: dict) -> float:
    began = time.monotonic()
    while True:
        work = workbench().ask(new_token(), name, arguments)
        while work.result is None and not work.over:
            work.wait(1.0)
        if work.result is not None:
            workbench().drop(work)
            return time.monotonic() - began
        time.sleep(0.2)


def main() -> None:
    import uvicorn
    from streamlit import config

    from app import app

    port, spec = int(sys.argv[1]), RunSpec.from_dict(json.loads(sys.argv[2]))
    threading.Thread(target=_answer, args=(shared(), spec), daemon=True).start()
    # the app object is served here without Streamlit's own server, whose settings count all the same
    ping = config.get_option("server.websocketPingInterval")
    uvicorn.run(
        app, port=port, ws="websockets-sansio", log_level="warning", access_log=False,
        ws_ping_interval=ping, ws_ping_timeout=ping,
        ws_max_size=config.get_option("server.maxMessageSize") * 2**20,
    )  # fmt: skip


if __name__ == "__main__":
    main()
