"""The engine process as the server sees it: started, spoken to, and started again when it dies."""

import contextlib
import json
import logging
import math
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

from engine.tables.wording import Sentence
from viz.wire import channel

ROOT = Path(__file__).parents[__name__.count(".")]  # the folder that our modules' names start from
BEGIN = (sys.executable, "-m", "viz.workers.begin")
COMMAND = (*BEGIN, "viz.workers.train.worker")
LIVED_LONG = 3.0  # seconds of work after which a death is not one more of the same
PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)  # seconds before the next start, the last one from then on
# On Windows the child gets a group of its own and a lower priority; elsewhere a session, and it lowers itself.
FLAGS = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(
    subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0
)

logger = logging.getLogger(__name__)

Heard = Callable[[dict[str, Any], bytes], None]


_ahead: list["subprocess.Popen[bytes]"] = []


def begin() -> None:
    """Let a process import what all of them need before it is known which is needed: the first one takes it over.

    It waits on its standard input, and ends when this process does.
    """
    with contextlib.suppress(OSError):  # who takes it over tries again, and says what is wrong
        _ahead.append(_started(BEGIN))


def _begun(command: tuple[str, ...]) -> "tuple[subprocess.Popen[bytes], str]":
    """A process of a command, and the line that it waits for to know which it is to be."""
    if command[: len(BEGIN)] == BEGIN:
        with contextlib.suppress(IndexError):
            return _ahead.pop(), " ".join(command[len(BEGIN) :]) + "\n"
    return _started(command), ""


def _started(command: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    # a safe path does not begin with the folder the server was started in, whose files may have our names
    ours = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=os.environ | ours,
        creationflags=FLAGS,
        start_new_session=True,
    )


class EngineProcess:
    """One engine process at a time, over a local connection that only who knows the key can open.

    `heard(header, body)` is called for each message and `lost(words)` when a process has died, both in a thread of
    this object. After a death the next process starts by itself, later and later while they die young; that thread
    ends with `close` alone. `trouble` says why there is none since several starts.
    `folder` is for what the process writes: one of its own, made and removed here, or a given one.
    """

    def __init__(
        self,
        heard: Heard,
        lost: Callable[[str], None],
        command: tuple[str, ...] = COMMAND,
        folder: Path | None = None,
    ) -> None:
        self.heard, self.lost, self.command = heard, lost, command
        self.folder = folder or private_folder()
        self.process: subprocess.Popen[bytes] | None = None
        self.trouble: str | None = None
        self._orders: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        self._connected_at = math.inf
        self._deaths = 0

    def start(self) -> None:
        """See to it that a process runs; does nothing when one does or is about to."""
        with self._lock:
            if self._closed.is_set() or self._thread:
                return
            self._thread = threading.Thread(target=self._keep_running, name="engine", daemon=True)
            self._thread.start()

    def send(self, order: dict[str, Any]) -> None:
        """Give an order, at the latest when the process is up; orders to one that dies are lost with it.

        What an order has as its `body`, bytes, goes after the rest of it.
        """
        header = {name: value for name, value in order.items() if name != "body"}
        self._orders.put(channel.pack(header, order.get("body", b"")))

    def close(self) -> None:
        """End the process and remove what it left on disk."""
        self._closed.set()
        self.send({"do": "quit", "token": None})
        if process := self.process:
            _end(process)
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join(5)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _keep_running(self) -> None:
        while not self._closed.is_set():
            self._connected_at = math.inf
            words = self._live_once()
            if self._closed.is_set():
                return
            lived = time.monotonic() - self._connected_at
            self._deaths = 1 if lived > LIVED_LONG else self._deaths + 1
            pause = PAUSES[min(self._deaths, len(PAUSES)) - 1]
            again = (
                "{what}; a new one starts in {pause:g} s." if pause else "{what}; a new one starts at once."
            )
            words = Sentence(again, what=words, pause=pause)
            # who asks now would wait for one more start, and who knows for how many after it
            self.trouble = words if self._deaths > 1 else None
            self._orders = queue.SimpleQueue()
            _safely(self.lost, words)
            self._closed.wait(pause)

    def _live_once(self) -> str:
        """One process from start to end; returns how it ended. Whatever the child or this machine does is words."""
        self.process = None
        try:
            return self._start_and_listen()
        except Exception as error:
            logger.exception("a process could not be kept running")
            why = getattr(error, "strerror", "") or type(error).__name__
            return Sentence("The engine process could not be started ({why})", why=why)
        finally:
            if self.process:
                _end(self.process)

    def _start_and_listen(self) -> str:
        key = secrets.token_bytes(32)
        with Listener(self._address(), authkey=key) as listener:
            at = listener.address
            address = at.decode() if isinstance(at, bytes) else at
            process = self.process = self._launch(address, key)
            threading.Thread(target=_unblock, args=(process, address, key), daemon=True).start()
            connection = self._accept(listener, process)
        if connection is None:
            return Sentence("The engine process did not start (exit code {code})", code=process.wait())
        self.trouble, self._connected_at = None, time.monotonic()
        with connection:
            orders = self._orders
            writer = threading.Thread(target=_write, args=(connection, orders), daemon=True)
            writer.start()
            try:
                self._listen(connection)
            finally:
                orders.put(None)
        return Sentence("The engine process ended (exit code {code})", code=_end(process))

    def _address(self) -> str | None:
        """Where to listen: on Linux no file, so that no full disk and no swept folder is in the way."""
        if sys.platform == "linux":
            return f"\0gradient-flow-{secrets.token_hex(16)}"
        if os.name == "posix":
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return str(self.folder / secrets.token_hex(4))
        return None

    def _launch(self, address: Any, key: bytes) -> subprocess.Popen[bytes]:
        told = json.dumps({"address": address, "key": key.hex(), "folder": str(self.folder)})
        process, named = _begun(self.command)
        try:
            with process.stdin as stdin:  # type: ignore[union-attr]
                stdin.write(f"{named}{told}\n".encode())
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
            _safely(self.heard, *message)


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


def _safely(tell: Callable[..., None], *what: Any) -> None:
    """What goes wrong with one message must not end the thread that hears them all."""
    try:
        tell(*what)
    except Exception:
        logger.exception("a message of a process could not be taken")


def _end(process: subprocess.Popen[bytes]) -> int:
    """Give a process a moment to end by itself, then end it; its exit code."""
    try:
        return process.wait(1)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def private_folder() -> Path:
    """The name of a folder that nobody else has; it is made when something is first written into it."""
    return Path(tempfile.gettempdir()) / f"gradient-flow-{secrets.token_hex(8)}"
