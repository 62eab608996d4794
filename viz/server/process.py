"""The engine process as the server sees it: started, spoken to, and started again when it dies."""

import contextlib
import json
import os
import queue
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from viz.wire import channel

ROOT = Path(__file__).parents[__name__.count(".")]  # the folder that our modules' names start from
COMMAND = (sys.executable, "-m", "viz.workers.train.worker")
LIVED_LONG = 20.0
DELAYS = (0.0, 1.0, 2.0, 4.0, 8.0)
# On Windows the child gets a group of its own and a lower priority; elsewhere a session, and it lowers itself.
FLAGS = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(
    subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0
)

Heard = Callable[[dict[str, Any], bytes], None]


class EngineProcess:
    """One engine process at a time, over a local connection that only who knows the key can open.

    `heard(header, body)` is called for each message and `lost(words)` when a process has died, both in a thread of
    this object. After a death the next process starts by itself, later and later while they die young; after
    the last of DELAYS it waits for `start`.
    """

    def __init__(self, heard: Heard, lost: Callable[[str], None], command: tuple[str, ...] = COMMAND) -> None:
        self.heard, self.lost, self.command = heard, lost, command
        self.folder: Path | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self._orders: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        self._deaths = 0

    def start(self) -> None:
        """See to it that a process runs; does nothing when one does or is about to."""
        with self._lock:
            if self._closed.is_set() or (self._thread and self._thread.is_alive()):
                return
            self._deaths = 0
            self.folder = self.folder or Path(tempfile.mkdtemp(prefix="gradient-flow-"))
            self._thread = threading.Thread(target=self._keep_running, name="engine", daemon=True)
            self._thread.start()

    def send(self, order: dict[str, Any]) -> None:
        """Give an order, at the latest when the process is up; orders to one that dies are lost with it."""
        self._orders.put(channel.pack(order))

    def checkpoint(self, token: str, epoch: int) -> Path | None:
        """Where a process keeps the checkpoint of a run's epoch."""
        return self.folder and channel.checkpoint(self.folder, token, epoch)

    def close(self) -> None:
        """End the process and remove what it left on disk."""
        self._closed.set()
        self.send({"do": "quit", "token": None})
        if process := self.process:
            _end(process)
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join(5)
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _keep_running(self) -> None:
        while not self._closed.is_set():
            born = time.monotonic()
            words = self._live_once()
            if self._closed.is_set():
                return
            self._deaths = 1 if time.monotonic() - born > LIVED_LONG else self._deaths + 1
            self._orders = queue.SimpleQueue()
            if self._deaths > len(DELAYS):
                self.lost(f"{words} {self._deaths} times in a row; it is not started again by itself.")
                return
            self.lost(f"{words}.")
            self._closed.wait(DELAYS[self._deaths - 1])

    def _live_once(self) -> str:
        """One process from start to end; returns how it ended."""
        key = secrets.token_bytes(32)
        with Listener(authkey=key) as listener:
            process = self.process = self._launch(listener.address, key)
            threading.Thread(target=_unblock, args=(process, listener.address, key), daemon=True).start()
            connection = self._accept(listener, process)
        if connection is None:
            return f"The engine process did not start (exit code {process.wait()})"
        with connection:
            orders = self._orders
            writer = threading.Thread(target=_write, args=(connection, orders), daemon=True)
            writer.start()
            self._listen(connection)
            orders.put(None)
        return f"The engine process ended (exit code {_end(process)})"

    def _launch(self, address: Any, key: bytes) -> subprocess.Popen[bytes]:
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        # a safe path does not begin with the folder the server was started in, whose files may have our names
        ours = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1"}
        process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=os.environ | ours,
            creationflags=FLAGS,
            start_new_session=True,
        )
        told = json.dumps({"address": address, "key": key.hex(), "folder": str(self.folder)})
        try:
            with process.stdin as stdin:  # type: ignore[union-attr]
                stdin.write(told.encode() + b"\n")
        except OSError:
            pass  # it has died already, which `_accept` finds out
        return process

    def _accept(self, listener: Listener, process: subprocess.Popen[bytes]) -> Connection | None:
        """The connection of the process, or None when it died before it made one."""
        while True:
            try:
                connection = listener.accept()
            except (AuthenticationError, EOFError, OSError):
                connection = None  # somebody else knocked, or the process went away while it did
            if process.poll() is not None:
                if connection:
                    connection.close()
                return None
            if connection:
                return connection

    def _listen(self, connection: Connection) -> None:
        while True:
            try:
                message = channel.receive(connection)
            except (EOFError, OSError):
                return
            self.heard(*message)


def _write(connection: Connection, orders: "queue.SimpleQueue[bytes | None]") -> None:
    """Orders go out in a thread of their own: a process in the middle of a long step does not read."""
    while (order := orders.get()) is not None:
        try:
            connection.send_bytes(order)
        except OSError:
            return


def _unblock(process: subprocess.Popen[bytes], address: Any, key: bytes) -> None:
    """`accept` has no time limit: when the process is gone, knock in its place."""
    process.wait()
    with contextlib.suppress(OSError, EOFError, AuthenticationError):  # nobody waits any more
        Client(address, authkey=key).close()


def _end(process: subprocess.Popen[bytes]) -> int:
    """Give a process a moment to end by itself, then end it; its exit code."""
    try:
        return process.wait(1)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
