"""The browser's half: the JavaScript modules of this folder, compressed once, by name."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent


class Asset(NamedTuple):
    body: bytes
    compressed: bytes
    etag: str


def asset(name: str, folder: Path = FOLDER) -> Asset | None:
    """A module of a folder; None for any other name."""
    if name not in _names(folder):
        return None
    path = folder / name
    return _read(path, path.stat().st_mtime_ns)


@lru_cache
def _names(folder: Path) -> frozenset[str]:
    return frozenset(path.name for path in folder.glob("*.js"))


@lru_cache(maxsize=256)
def _read(path: Path, changed: int) -> Asset:
    body = path.read_bytes()
    return Asset(body, gzip.compress(body, 9, mtime=0), f'"{hashlib.sha256(body).hexdigest()[:16]}"')
