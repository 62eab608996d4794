"""Where this user's scripts find the apps that run on this machine: a file each, which nobody else may read.

A file holds the app's local address and the key that opens it. A home folder may be shared by many machines: a file
says whose it is.
"""

import contextlib
import json
import os
import secrets
import sys
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from socket import gethostname
from typing import Any, NamedTuple

LONGEST = 100_000  # bytes of such a file


class Place(NamedTuple):
    """A running app: its local address, the key to it, the file that says so, and its process (0: nobody knows)."""

    address: str
    key: bytes
    path: Path
    process: int = 0

    def knock(self) -> Connection:
        """A connection to the app. Raises OSError, EOFError or AuthenticationError where there is none any more."""
        return Client(self.address, authkey=self.key)


def folder() -> Path:
    """This user's own folder, made where it is not there. Raises OSError where it cannot be, or is another's."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gradient-flow-lab"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if hasattr(os, "getuid") and home.stat().st_uid != os.getuid():
        raise PermissionError(f"{home} belongs to another user")
    return home


def listen() -> tuple[Listener, Place]:
    """Listen for scripts, and say so in a file. Raises OSError."""
    key, name = secrets.token_bytes(32), f"{gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    path = folder() / f"{name}.json"
    listener = Listener(_address(name))
    at = listener.address
    address = at.decode() if isinstance(at, bytes) else str(at)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        told = {"address": address, "key": key.hex(), "host": gethostname(), "process": os.getpid()}
        json.dump(told, file)
    return listener, Place(address, key, path, os.getpid())


def _address(name: str) -> str | None:
    """On Linux no file, so that no full disk and no swept folder is in the way; Windows has pipes of its own."""
    if sys.platform == "linux":
        return f"\0gradient-flow-{secrets.token_hex(16)}"
    return str(folder() / f"{name}.socket") if os.name == "posix" else None


def places() -> list[Place]:
    """The apps that said they run here, the newest first. Whoever is not there any more is forgotten by `forget`."""
    found = []
    with contextlib.suppress(OSError):
        found = [(path.stat().st_mtime, path) for path in folder().glob("*.json")]
    return [place for _, path in sorted(found, reverse=True) if (place := _read(path))]


def runs(place: Place) -> bool:
    """Whether the app's process is there, as far as that can be told without knocking."""
    if os.name != "posix" or not place.process:  # where to ask is to kill
        return True
    try:
        os.kill(place.process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def forget(place: Place) -> None:
    """The app of this file is gone."""
    with contextlib.suppress(OSError):
        place.path.unlink()


def _read(path: Path) -> Place | None:
    try:
        if path.stat().st_size > LONGEST:
            return None
        said: Any = json.loads(path.read_text("utf-8"))
        if said["host"] != gethostname():
            return None
        process = int(said.get("process", 0))
        return Place(str(said["address"]), bytes.fromhex(said["key"]), path, process)
    except (OSError, ValueError, KeyError, TypeError):
        return None
